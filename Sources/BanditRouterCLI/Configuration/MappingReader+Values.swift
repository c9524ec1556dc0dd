import RoutingEngine

/// Numbers that a key takes.
struct NumberBounds {
    var lower: Double
    var isLowerIncluded: Bool
    var upper: Double
    var isUpperIncluded: Bool
    /// “a number above 0”
    var text: String

    func contains(_ number: Double) -> Bool {
        (isLowerIncluded ? number >= lower : number > lower) && (isUpperIncluded ? number <= upper : number < upper)
    }

    /// Amounts, weights and rates: their products and quotients stay numbers.
    static let positive = NumberBounds(
        lower: 1e-9, isLowerIncluded: true, upper: 1e9, isUpperIncluded: true,
        text: "a number above 0, from 0.000000001 to 1000000000")
    /// Amounts that are not nothing when counted in billionths.
    static let dollars = NumberBounds(
        lower: 1e-9, isLowerIncluded: true, upper: 1e9, isUpperIncluded: true,
        text: "a number from 0.000000001 to 1000000000")
    static let atLeastZero = NumberBounds(
        lower: 0, isLowerIncluded: true, upper: 1e6, isUpperIncluded: true,
        text: "a number of at least 0 and at most 1000000")
    static let any = NumberBounds(
        lower: -1e12, isLowerIncluded: true, upper: 1e12, isUpperIncluded: true,
        text: "a number from -1000000000000 to 1000000000000")
    /// What `ArmPrior` keeps as it is; no prior is a certainty.
    static let priorMean = NumberBounds(
        lower: 0.001, isLowerIncluded: true, upper: 0.999, isUpperIncluded: true, text: "a number from 0.001 to 0.999")
    static let priorStrength = NumberBounds(
        lower: 0.01, isLowerIncluded: true, upper: 1e6, isUpperIncluded: true, text: "a number from 0.01 to 1000000")
    static let probability = NumberBounds(
        lower: 0, isLowerIncluded: true, upper: 1, isUpperIncluded: true, text: "a number from 0 to 1")
    static let share = NumberBounds(
        lower: 0, isLowerIncluded: false, upper: 1, isUpperIncluded: true, text: "a number above 0 and at most 1")
}

/// Typed values. Each is nil where the key is not given, and where its value is wrong, which is reported.
extension MappingReader {
    /// Text that is not empty.
    func text(_ key: String) -> String? {
        guard let scalar = scalar(key) else { return nil }
        guard !scalar.text.isEmpty else {
            report(key, scalar.isExpanded ? "must not be empty; the environment gives nothing" : "must not be empty")
            return nil
        }
        return scalar.text
    }

    func boolean(_ key: String) -> Bool? {
        guard let scalar = scalar(key) else { return nil }
        switch scalar.text {
        case "true" where !scalar.isQuoted: return true
        case "false" where !scalar.isQuoted: return false
        default:
            let meant = ["yes": "true", "on": "true", "no": "false", "off": "false"][scalar.text.lowercased()]
            report(
                key, scalar.mismatch("true or false"),
                suggestion: scalar.isExpanded ? nil : meant ?? nearestName(to: scalar.text, among: ["true", "false"]))
            return nil
        }
    }

    func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let scalar = scalar(key) else { return nil }
        let expectation =
            range.upperBound == .max
            ? "a whole number of at least \(range.lowerBound)"
            : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let number = scalar.integer, range.contains(number) else {
            report(key, scalar.mismatch(expectation))
            return nil
        }
        return number
    }

    func number(_ key: String, _ bounds: NumberBounds) -> Double? {
        guard let scalar = scalar(key) else { return nil }
        guard let number = scalar.number, bounds.contains(number) else {
            report(key, scalar.mismatch(bounds.text))
            return nil
        }
        return number
    }

    /// Microseconds; at least a millisecond and at most a hundred years.
    func microseconds(_ key: String) -> Timestamp? {
        guard let scalar = scalar(key) else { return nil }
        guard let duration = DurationText.microseconds(scalar.text) else {
            report(key, scalar.mismatch(DurationText.form), suggestion: scalar.number == nil ? nil : scalar.text + "s")
            return nil
        }
        guard duration > 0, duration <= 36_500 * 86_400_000_000 else {
            report(key, scalar.mismatch("above zero and at most 36500d"))
            return nil
        }
        return duration
    }

    func duration(_ key: String) -> Duration? { microseconds(key).map { .microseconds($0) } }

    func choice<Choice>(_ key: String, of type: Choice.Type) -> Choice?
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        guard let scalar = scalar(key) else { return nil }
        guard let choice = Choice(rawValue: scalar.text) else {
            reportChoice(scalar, among: Choice.allCases.map(\.rawValue))
            return nil
        }
        return choice
    }

    func reportChoice(_ scalar: ReadScalar, among names: [String]) {
        let last = names.last ?? ""
        let list = names.count > 1 ? "\(names.dropLast().joined(separator: ", ")) or \(last)" : last
        log.report(
            scalar.location, scalar.mismatch(list),
            suggestion: scalar.isExpanded ? nil : nearestName(to: scalar.text, among: names))
    }

    /// An id: `[A-Za-z0-9][A-Za-z0-9._:@/+-]*`, at most 200 characters.
    func identifier(_ key: String) -> String? {
        guard let text = text(key) else { return nil }
        if let reason = Identifier.fault(text) {
            let isExpanded = scalar(key)?.isExpanded ?? false
            report(
                key, "\(isExpanded ? "what the environment gives" : "“\(shown(text))”") is no id: \(reason)",
                suggestion: isExpanded ? nil : Identifier.nearest(to: text))
        }
        return text
    }
}

extension ReadScalar {
    /// Decimal digits with or without a sign; nil for anything else, leading zeros included (some read them as octal).
    var integer: Int? {
        guard !isQuoted else { return nil }
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits == "0" || !digits.hasPrefix("0") else {
            return nil
        }
        return Int(text)
    }

    /// A decimal number, `5e-05` included; nil for anything else (hexadecimal, infinity, `.nan`).
    var number: Double? {
        guard !isQuoted, text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
            let number = Double(text), number.isFinite
        else { return nil }
        return number
    }
}

/// The names of arms, routes, providers, categories and metrics.
package enum Identifier {
    package static let pattern = "[A-Za-z0-9][A-Za-z0-9._:@/+-]*"
    package static let lengthLimit = 200

    /// Why a text is no id; nil where it is one.
    package static func fault(_ text: String) -> String? {
        guard let first = text.utf8.first, isLetterOrDigit(first), text.utf8.allSatisfy(isAllowed) else {
            return "an id matches \(pattern)"
        }
        return text.utf8.count <= lengthLimit ? nil : "an id has at most \(lengthLimit) characters"
    }

    /// The id that results where every character that is not allowed becomes `-`; nil where that is none.
    package static func nearest(to text: String) -> String? {
        var id = ""
        for scalar in text.unicodeScalars {
            if scalar.isASCII, isAllowed(UInt8(scalar.value)) {
                id.unicodeScalars.append(scalar)
            } else if !id.isEmpty, !id.hasSuffix("-") {
                id += "-"
            }
        }
        while let last = id.last, last == "-" { id.removeLast() }
        while let first = id.utf8.first, !isLetterOrDigit(first) { id.removeFirst() }
        return id.isEmpty || fault(id) != nil ? nil : id
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool { isLetterOrDigit(byte) || "._:@/+-".utf8.contains(byte) }
}
