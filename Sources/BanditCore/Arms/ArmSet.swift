/// A set of arms, by index: two words of bits, no allocation.
package struct ArmSet: Sendable, Hashable, Sequence {
    /// How many arms a route may have.
    package static let capacity = 128

    @usableFromInline var low: UInt64
    @usableFromInline var high: UInt64

    /// No arm.
    @inlinable
    package init() {
        low = 0
        high = 0
    }

    /// The arms 0 ..< count.
    @inlinable
    package init(first count: Int) {
        precondition(count >= 0 && count <= Self.capacity, "a route has at most \(Self.capacity) arms")
        low = count >= 64 ? .max : (1 << UInt64(count)) &- 1
        high = count <= 64 ? 0 : (count == 128 ? .max : (1 << UInt64(count - 64)) &- 1)
    }

    /// The arms of a sequence of indices in 0 ..< capacity; repeats do not matter.
    @inlinable
    package init(_ arms: some Sequence<Int>) {
        self.init()
        for arm in arms { insert(arm) }
    }

    /// Whether the arm is in the set; false for an index outside 0 ..< capacity.
    @inlinable
    package func contains(_ arm: Int) -> Bool {
        if arm < 0 || arm >= Self.capacity { return false }
        let word = arm < 64 ? low : high
        return (word >> UInt64(truncatingIfNeeded: arm & 63)) & 1 == 1
    }

    @inlinable
    package mutating func insert(_ arm: Int) {
        precondition(arm >= 0 && arm < Self.capacity, "an arm index must be in 0 ..< \(Self.capacity)")
        let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: arm & 63)
        if arm < 64 { low |= bit } else { high |= bit }
    }

    @inlinable
    package mutating func remove(_ arm: Int) {
        if arm < 0 || arm >= Self.capacity { return }
        let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: arm & 63)
        if arm < 64 { low &= ~bit } else { high &= ~bit }
    }

    @inlinable
    package var count: Int { low.nonzeroBitCount + high.nonzeroBitCount }

    @inlinable
    package var isEmpty: Bool { low | high == 0 }

    /// The smallest arm, nil when there is none.
    @inlinable
    package var first: Int? {
        if low != 0 { return low.trailingZeroBitCount }
        return high == 0 ? nil : 64 + high.trailingZeroBitCount
    }

    @inlinable
    package func intersection(_ other: ArmSet) -> ArmSet {
        var result = self
        result.low &= other.low
        result.high &= other.high
        return result
    }

    @inlinable
    package func union(_ other: ArmSet) -> ArmSet {
        var result = self
        result.low |= other.low
        result.high |= other.high
        return result
    }

    @inlinable
    package func subtracting(_ other: ArmSet) -> ArmSet {
        var result = self
        result.low &= ~other.low
        result.high &= ~other.high
        return result
    }

    @inlinable
    package var underestimatedCount: Int { count }

    @inlinable
    package func makeIterator() -> Iterator { Iterator(rest: self) }

    /// The arms in ascending order.
    package struct Iterator: IteratorProtocol {
        @usableFromInline var rest: ArmSet

        @inlinable
        init(rest: ArmSet) { self.rest = rest }

        @inlinable
        package mutating func next() -> Int? {
            if rest.low != 0 {
                let arm = rest.low.trailingZeroBitCount
                rest.low &= rest.low &- 1
                return arm
            }
            if rest.high == 0 { return nil }
            let arm = rest.high.trailingZeroBitCount
            rest.high &= rest.high &- 1
            return arm + 64
        }
    }
}
