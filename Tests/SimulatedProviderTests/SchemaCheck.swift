import Foundation
import NIOCore
import WireFormats

/// Whether a value follows a JSON schema; for the part of the language that the tests use, read from the other side than
/// the generator does.
struct SchemaCheck {
    let root: JSONValue
    private(set) var problems: [String] = []

    init(_ schema: JSONValue) { root = schema }

    mutating func check(_ value: JSONValue, _ schema: JSONValue? = nil, _ path: String = "$") {
        let schema = schema ?? root
        func isValid(_ option: JSONValue) -> Bool {
            var inner = SchemaCheck(root)
            inner.check(value, option, path)
            return inner.problems.isEmpty
        }
        func fail(_ what: String) { problems.append("\(path): \(what)") }
        if let reference = schema.member("$ref")?.string {
            var target = root
            for part in reference.dropFirst(2).split(separator: "/") {
                target = target.members.first { $0.key == part }!.value
            }
            check(value, target, path)
        }
        for part in schema.member("allOf")?.elements ?? [] { check(value, part, path) }
        for name in ["anyOf", "oneOf"] as [StaticString] {
            if let options = schema.member(name)?.elements, !options.contains(where: isValid) {
                fail("none of \(name)")
            }
        }
        let raw = String(buffer: value.rawBytes)
        if let constant = schema.member("const"), String(buffer: constant.rawBytes) != raw { fail("not the constant") }
        if let options = schema.member("enum")?.elements,
            !options.contains(where: { String(buffer: $0.rawBytes) == raw })
        {
            fail("none of the enum")
        }
        if let type = schema.member("type") {
            let types = type.string.map { [$0] } ?? type.elements.compactMap(\.string)
            let kind =
                switch value.kind {
                case .object: "object"
                case .array: "array"
                case .string: "string"
                case .boolean: "boolean"
                case .null: "null"
                case .number: value.int != nil && types.contains("integer") ? "integer" : "number"
                }
            if !types.contains(kind) { fail("\(kind) is not of \(types)") }
        }
        switch value.kind {
        case .object: checkObject(value, schema, path)
        case .array: checkArray(value, schema, path)
        case .string: checkString(value.string ?? "", schema, path)
        case .number: checkNumber(value.double ?? .nan, schema, path)
        case .boolean, .null: break
        }
    }

    private mutating func checkObject(_ value: JSONValue, _ schema: JSONValue, _ path: String) {
        let properties = schema.member("properties")?.members ?? []
        let names = value.members.map(\.key)
        if Set(names).count != names.count { problems.append("\(path): a name twice") }
        for name in schema.member("required")?.elements.compactMap(\.string) ?? [] where !names.contains(name) {
            problems.append("\(path): lacks \(name)")
        }
        for (name, member) in value.members {
            if let own = properties.first(where: { $0.key == name })?.value {
                check(member, own, "\(path).\(name)")
            } else if let additional = schema.member("additionalProperties") {
                if additional.bool == false { problems.append("\(path): \(name) is not allowed") }
                if additional.kind == .object { check(member, additional, "\(path).\(name)") }
            }
        }
        if let least = schema.member("minProperties")?.int, names.count < least { problems.append("\(path): too few") }
    }

    private mutating func checkArray(_ value: JSONValue, _ schema: JSONValue, _ path: String) {
        let elements = value.elements
        let first = schema.member("prefixItems")?.elements ?? []
        for (index, element) in elements.enumerated() {
            let own = index < first.count ? first[index] : schema.member("items")
            if let own, own.kind == .object { check(element, own, "\(path)[\(index)]") }
            if own?.bool == false { problems.append("\(path): too many") }
        }
        if elements.count < max(first.count, schema.member("minItems")?.int ?? 0) {
            problems.append("\(path): too few")
        }
        if elements.count > schema.member("maxItems")?.int ?? .max { problems.append("\(path): too many") }
        let raw = elements.map { String(buffer: $0.rawBytes) }
        if schema.member("uniqueItems")?.bool == true, Set(raw).count != raw.count {
            problems.append("\(path): one twice")
        }
    }

    private mutating func checkString(_ text: String, _ schema: JSONValue, _ path: String) {
        let length = text.unicodeScalars.count
        if length < schema.member("minLength")?.int ?? 0 { problems.append("\(path): too short") }
        if length > schema.member("maxLength")?.int ?? .max { problems.append("\(path): too long") }
        if let pattern = schema.member("pattern")?.string, text.range(of: pattern, options: .regularExpression) == nil {
            problems.append("\(path): \(text) does not match \(pattern)")
        }
    }

    private mutating func checkNumber(_ number: Double, _ schema: JSONValue, _ path: String) {
        func bound(_ name: StaticString, _ isBroken: (Double) -> Bool) {
            if let bound = schema.member(name)?.double, isBroken(bound) {
                problems.append("\(path): \(number) breaks \(name)")
            }
        }
        bound("minimum") { number < $0 }
        bound("maximum") { number > $0 }
        bound("exclusiveMinimum") { number <= $0 }
        bound("exclusiveMaximum") { number >= $0 }
        bound("multipleOf") { abs((number / $0).rounded() - number / $0) > 1e-9 }
    }
}
