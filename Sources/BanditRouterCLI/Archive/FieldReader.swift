import BanditCore
import LogFiles
import ProviderClient
import RoutingEngine
import WireFormats

/// The members of one JSON object of a file, each of the type that is asked for; or an error with file, line and the member's path.
struct FieldReader {
    let file: String
    let line: Int
    let path: String
    let value: JSONValue

    func fault(_ name: StaticString, _ reason: String) -> InputError {
        InputError(file: file, line: line, field: path + name.description, reason: reason)
    }

    private func member(_ name: StaticString) -> JSONValue? {
        value.member(name).flatMap { $0.isNull ? nil : $0 }
    }

    private func required<Value>(
        _ name: StaticString, _ type: String, _ read: (JSONValue) -> Value?
    ) throws(InputError) -> Value {
        guard let found = try optional(name, type, read) else { throw fault(name, "is missing") }
        return found
    }

    private func optional<Value>(
        _ name: StaticString, _ type: String, _ read: (JSONValue) -> Value?
    ) throws(InputError) -> Value? {
        guard let member = member(name) else { return nil }
        guard let found = read(member) else { throw fault(name, "must be \(type)") }
        return found
    }

    /// A string of at most ``ArchiveLimits/longestName`` bytes, or as many as are given.
    func text(_ name: StaticString, upTo limit: Int = ArchiveLimits.longestName) throws(InputError) -> String {
        try required(name, "a string of at most \(limit) bytes") { $0.text(upTo: limit) }
    }

    func optionalText(
        _ name: StaticString, upTo limit: Int = ArchiveLimits.longestName
    ) throws(InputError) -> String? {
        try optional(name, "a string of at most \(limit) bytes") { $0.text(upTo: limit) }
    }

    func integer(_ name: StaticString, in range: ClosedRange<Int64>) throws(InputError) -> Int64 {
        try required(name, Self.whole(range)) { $0.int.map(Int64.init).flatMap { range.contains($0) ? $0 : nil } }
    }

    func optionalInteger(_ name: StaticString, in range: ClosedRange<Int64>) throws(InputError) -> Int64? {
        try optional(name, Self.whole(range)) { $0.int.map(Int64.init).flatMap { range.contains($0) ? $0 : nil } }
    }

    private static func whole(_ range: ClosedRange<Int64>) -> String {
        "a whole number from \(range.lowerBound) to \(range.upperBound)"
    }

    /// A count of tokens.
    func optionalCount(_ name: StaticString) throws(InputError) -> Int? {
        try optionalInteger(name, in: 0 ... .max).map { Count.clamped(Int($0)) }
    }

    /// A place in a log: from 1, and far enough from the end of the integers that another log's length can be added.
    func place(_ name: StaticString) throws(InputError) -> Int64 { try integer(name, in: 1...ArchiveLimits.lastPlace) }

    func number(_ name: StaticString, in range: ClosedRange<Double>) throws(InputError) -> Double {
        try required(name, Self.real(range)) { $0.double.flatMap { range.contains($0) ? $0 : nil } }
    }

    func optionalNumber(_ name: StaticString, in range: ClosedRange<Double>) throws(InputError) -> Double? {
        try optional(name, Self.real(range)) { $0.double.flatMap { range.contains($0) ? $0 : nil } }
    }

    private static func real(_ range: ClosedRange<Double>) -> String {
        "a number from \(range.lowerBound) to \(range.upperBound)"
    }

    func boolean(_ name: StaticString) throws(InputError) -> Bool { try required(name, "true or false") { $0.bool } }

    func optionalBoolean(_ name: StaticString) throws(InputError) -> Bool? {
        try optional(name, "true or false") { $0.bool }
    }

    func texts(_ name: StaticString) throws(InputError) -> [String] {
        try list(name, "a list of at most \(ArmSet.capacity) strings") { $0.text(upTo: ArchiveLimits.longestName) }
    }

    func numbers(_ name: StaticString, in range: ClosedRange<Double>) throws(InputError) -> [Double] {
        try list(name, "a list of at most \(ArmSet.capacity) numbers from \(range.lowerBound) to \(range.upperBound)") {
            $0.double.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    private func list<Item>(
        _ name: StaticString, _ type: String, _ read: (JSONValue) -> Item?
    ) throws(InputError) -> [Item] {
        guard let member = member(name) else { throw fault(name, "is missing") }
        guard member.kind == .array else { throw fault(name, "must be \(type)") }
        var items: [Item] = []
        for element in member.elements {
            guard let item = read(element), items.count < ArmSet.capacity else {
                throw fault(name, "must be \(type)")
            }
            items.append(item)
        }
        return items
    }

    func object(_ name: StaticString) throws(InputError) -> FieldReader? {
        guard let member = member(name) else { return nil }
        guard member.kind == .object else { throw fault(name, "must be an object") }
        return FieldReader(file: file, line: line, path: path + "\(name).", value: member)
    }

    /// A list of objects; empty where there is none.
    func objects(_ name: StaticString) throws(InputError) -> [FieldReader] {
        guard let member = member(name) else { return [] }
        guard member.kind == .array else { throw fault(name, "must be a list of objects") }
        var found: [FieldReader] = []
        for (index, element) in member.elements.enumerated() {
            guard element.kind == .object else { throw fault(name, "must be a list of objects") }
            found.append(FieldReader(file: file, line: line, path: path + "\(name)[\(index)].", value: element))
        }
        return found
    }

    /// true, false, a number, or null for a retraction; the member must be there.
    func feedbackValue(_ name: StaticString) throws(InputError) -> FeedbackValue {
        guard let found = value.member(name) else { throw fault(name, "is missing") }
        if found.isNull { return .retraction }
        if let yes = found.bool { return .boolean(yes) }
        guard let number = found.double, number.magnitude <= ArchiveLimits.largestNumber else {
            throw fault(name, "must be true, false, null, or a number within ±\(ArchiveLimits.largestNumber)")
        }
        return .number(number)
    }
}

/// What a log can hold at the most: an archive that says more was not exported by a router.
enum ArchiveLimits {
    /// Bytes of a name: of an arm, a route, a key.
    static let longestName = 512
    /// Bytes of what clients choose: the id of an answer, an idempotency key, an error.
    static let longestClientText = 65_536
    /// Bytes of a comment; and of a part of a base's state, in base64.
    static let longestText = 16_777_216
    static let lastPlace: Int64 = 1 << 60
    /// What a client says when something was seen: years 1970 to 9999.
    static let instants: ClosedRange<Int64> = 0...253_402_300_800_000_000
    /// Of a measured number: milliseconds, prices, values of a metric.
    static let largestNumber = 1e18
    /// How far the sum of probabilities may be from one.
    static let sumTolerance = 1e-6
}

extension JSONValue {
    fileprivate func text(upTo limit: Int) -> String? {
        string.flatMap { $0.utf8.count <= limit ? $0 : nil }
    }
}
