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

    func text(_ name: StaticString) throws(InputError) -> String { try required(name, "a string") { $0.string } }
    func optionalText(_ name: StaticString) throws(InputError) -> String? {
        try optional(name, "a string") { $0.string }
    }

    func integer(_ name: StaticString) throws(InputError) -> Int64 {
        try required(name, "a whole number") { $0.int.map(Int64.init) }
    }

    func optionalInteger(_ name: StaticString) throws(InputError) -> Int64? {
        try optional(name, "a whole number") { $0.int.map(Int64.init) }
    }

    /// A place in a log: from 1, and far enough from the end of the integers that another log's length can be added.
    func place(_ name: StaticString) throws(InputError) -> Int64 {
        let place = try integer(name)
        guard (1...1 << 60).contains(place) else { throw fault(name, "must be a place in a log, from 1") }
        return place
    }

    func number(_ name: StaticString) throws(InputError) -> Double { try required(name, "a number") { $0.double } }
    func optionalNumber(_ name: StaticString) throws(InputError) -> Double? {
        try optional(name, "a number") { $0.double }
    }

    func boolean(_ name: StaticString) throws(InputError) -> Bool { try required(name, "true or false") { $0.bool } }

    func texts(_ name: StaticString) throws(InputError) -> [String] {
        try list(name, "a list of strings") { $0.string }
    }

    func numbers(_ name: StaticString) throws(InputError) -> [Double] {
        try list(name, "a list of numbers") { $0.double }
    }

    private func list<Item>(
        _ name: StaticString, _ type: String, _ read: (JSONValue) -> Item?
    ) throws(InputError) -> [Item] {
        guard let member = member(name) else { throw fault(name, "is missing") }
        guard member.kind == .array else { throw fault(name, "must be \(type)") }
        var items: [Item] = []
        for element in member.elements {
            guard let item = read(element) else { throw fault(name, "must be \(type)") }
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
        guard let number = found.double else { throw fault(name, "must be true, false, a number or null") }
        return .number(number)
    }
}
