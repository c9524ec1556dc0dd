/// Floating-point numbers become integers here and nowhere else: `Int(x)` of a number that does not fit ends the process, and a number
/// from outside may be anything.
///
/// The unchecked conversions of the standard library are declared again below and marked: in every module that sees this one (all of
/// them do, see `ArchitectureTests`), the compiler prefers these to its own and refuses `Int(x)` of a `Double` or a `Float`.
extension FixedWidthInteger {
    /// The nearest integer towards zero, at the ends of the type where the number lies beyond them; 0 for what is no number.
    @inlinable
    package init(saturating source: Double) {
        // The bounds as doubles: the upper one may be rounded up, to the first number that does not fit.
        if source >= Double(Self.max) {
            self = .max
        } else if source <= Double(Self.min) {
            self = .min
        } else {
            self = source == source ? Self(exactly: source.rounded(.towardZero)) ?? 0 : 0
        }
    }

    /// As ``init(saturating:)`` of a `Double`.
    @inlinable
    package init(saturating source: Float) { self.init(saturating: Double(source)) }

    /// The nearest integer towards zero of a number that the program itself has just kept within a range that fits; traps on others.
    ///
    /// For numbers from outside there is ``init(saturating:)``. `ArchitectureTests` lists where this one may be used.
    @inlinable
    package init(trusted source: Double) {
        self = Self(truncatingIfNeeded: Int64.Swift::init(source))
    }

    /// As ``init(trusted:)`` of a `Double`.
    @inlinable
    package init(trusted source: Float) {
        self = Self(truncatingIfNeeded: Int64.Swift::init(source))
    }
}

extension Int {
    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Double) { self.init(saturating: source) }

    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Float) { self.init(saturating: source) }
}

extension Int8 {
    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Double) { self.init(saturating: source) }

    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Float) { self.init(saturating: source) }
}

extension Int16 {
    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Double) { self.init(saturating: source) }

    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Float) { self.init(saturating: source) }
}

extension Int32 {
    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Double) { self.init(saturating: source) }

    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Float) { self.init(saturating: source) }
}

extension Int64 {
    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Double) { self.init(saturating: source) }

    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Float) { self.init(saturating: source) }
}

extension UInt {
    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Double) { self.init(saturating: source) }

    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Float) { self.init(saturating: source) }
}

extension UInt8 {
    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Double) { self.init(saturating: source) }

    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Float) { self.init(saturating: source) }
}

extension UInt16 {
    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Double) { self.init(saturating: source) }

    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Float) { self.init(saturating: source) }
}

extension UInt32 {
    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Double) { self.init(saturating: source) }

    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Float) { self.init(saturating: source) }
}

extension UInt64 {
    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Double) { self.init(saturating: source) }

    @available(*, deprecated, message: "traps on what does not fit: use init(saturating:)")
    package init(_ source: Float) { self.init(saturating: source) }
}
