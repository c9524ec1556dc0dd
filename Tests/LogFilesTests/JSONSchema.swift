import Foundation

/// As much of JSON Schema (2020-12) as the schemas of this package use; a keyword it does not know is a failure of the test.
struct JSONSchema {
    private let root: [String: Any]

    init(path: String) throws {
        let data = try Data(contentsOf: URL(filePath: path))
        root = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    /// Whether a JSON text is valid.
    func accepts(_ json: String) throws -> Bool {
        let value = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
        return try Self.accepts(value, root)
    }

    private struct UnknownKeyword: Error { let name: String }

    private static func accepts(_ value: Any, _ schema: [String: Any]) throws -> Bool {
        for (keyword, rule) in schema where try !holds(keyword, rule, value, schema) { return false }
        return true
    }

    private static func holds(_ keyword: String, _ rule: Any, _ value: Any, _ schema: [String: Any]) throws -> Bool {
        let object = value as? [String: Any]
        let list = value as? [Any]
        let number = isBoolean(value) ? nil : (value as? NSNumber)?.doubleValue
        let limit = (rule as? NSNumber)?.doubleValue ?? .nan
        switch keyword {
        case "$schema", "$comment", "title", "description": return true
        case "type":
            let names = rule as? [String] ?? [rule as? String ?? ""]
            return names.contains { isType($0, value) }
        case "enum":
            return (rule as? [Any] ?? []).contains { "\($0)" == "\(value)" && ($0 is NSNull) == (value is NSNull) }
        case "required":
            return object.map { object in (rule as? [String] ?? []).allSatisfy { object[$0] != nil } } ?? true
        case "properties":
            guard let object, let rules = rule as? [String: [String: Any]] else { return true }
            return try rules.allSatisfy { name, rule in try object[name].map { try accepts($0, rule) } ?? true }
        case "patternProperties":
            guard let object, let rules = rule as? [String: [String: Any]] else { return true }
            return try rules.allSatisfy { pattern, rule in
                try object.filter { matches($0.key, pattern) }.values.allSatisfy { try accepts($0, rule) }
            }
        case "additionalProperties":
            guard let object, let rule = rule as? [String: Any] else { return true }
            return try object.values.allSatisfy { try accepts($0, rule) }
        case "propertyNames":
            guard let object, let rule = rule as? [String: Any] else { return true }
            return try object.keys.allSatisfy { try accepts($0, rule) }
        case "pattern": return (value as? String).map { matches($0, rule as? String ?? "") } ?? true
        case "items":
            guard let list, let rule = rule as? [String: Any] else { return true }
            return try list.allSatisfy { try accepts($0, rule) }
        case "anyOf": return try (rule as? [[String: Any]] ?? []).contains { try accepts(value, $0) }
        case "minItems": return list.map { Double($0.count) >= limit } ?? true
        case "uniqueItems": return list.map { Set($0.map { "\($0)" }).count == $0.count } ?? true
        case "minLength": return (value as? String).map { Double($0.count) >= limit } ?? true
        case "minimum": return number.map { $0 >= limit } ?? true
        case "exclusiveMinimum": return number.map { $0 > limit } ?? true
        case "maximum": return number.map { $0 <= limit } ?? true
        default: throw UnknownKeyword(name: keyword)
        }
    }

    private static func isBoolean(_ value: Any) -> Bool {
        guard let number = value as? NSNumber else { return false }
        return String(cString: number.objCType) == "c" || "\(value)" == "true" || "\(value)" == "false"
    }

    private static func isType(_ name: String, _ value: Any) -> Bool {
        switch name {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "null": value is NSNull
        case "boolean": isBoolean(value)
        case "number": value is NSNumber && !isBoolean(value)
        case "integer":
            (value as? NSNumber).map { !isBoolean(value) && $0.doubleValue == $0.doubleValue.rounded() } ?? false
        default: false
        }
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        text.range(of: pattern, options: .regularExpression) != nil
    }
}
