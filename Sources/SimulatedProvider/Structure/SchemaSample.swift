import Foundation
import NIOCore
import WireFormats

/// A value that follows a JSON schema: what a model would answer that is held to it.
///
/// Understood are types, `properties`, `required`, `items`, `prefixItems`, `enum`, `const`, `$ref`, `allOf`, `anyOf`, `oneOf`, formats,
/// patterns and the bounds of numbers, lengths and counts. `not`, `if` and `contains` are not looked at.
struct SchemaSample {
    private let root: JSONValue
    private let hints: PromptHints
    private var random: SeededRandom
    private var nodes = 0
    private var numbersUsed = 0
    private var namesUsed = 0

    /// Optional members and further elements stop here, so that a schema that contains itself ends.
    private static let maxDepth = 6
    private static let maxReferences = 32
    private static let maxNodes = 4_000
    /// Of what a schema asks for: more is not given.
    private static let maxCount = 256

    init(_ schema: JSONValue, hints: PromptHints, random: SeededRandom) {
        root = schema
        self.hints = hints
        self.random = random
    }

    /// JSON text.
    mutating func json() -> String { value(of: [root], named: "", depth: 0) }

    // MARK: - Schemas

    /// The schemas that hold together: itself, what it refers to, all of `allOf`.
    private func facets(_ schema: JSONValue) -> [JSONValue] {
        var facets: [JSONValue] = []
        collect(schema, references: 0, into: &facets)
        return facets
    }

    /// Facets of one value; a schema that refers to itself several times would have no end of them.
    private static let maxFacets = 64

    private func collect(_ schema: JSONValue, references: Int, into facets: inout [JSONValue]) {
        guard facets.count < Self.maxFacets else { return }
        facets.append(schema)
        guard references < Self.maxReferences else { return }
        if let reference = schema.member("$ref")?.string, let target = resolve(reference) {
            collect(target, references: references + 1, into: &facets)
        }
        for part in schema.member("allOf")?.elements ?? [] {
            guard facets.count < Self.maxFacets else { return }
            collect(part, references: references + 1, into: &facets)
        }
    }

    /// The schema that a pointer in the same document means (`#/$defs/User`).
    private func resolve(_ reference: String) -> JSONValue? {
        guard reference.hasPrefix("#") else { return nil }
        var found = root
        for part in reference.dropFirst().split(separator: "/") {
            let name = part.replacing("~1", with: "/").replacing("~0", with: "~")
            guard let next = found.members.last(where: { $0.key == name })?.value else { return nil }
            found = next
        }
        return found
    }

    private func first(_ name: StaticString, _ schemas: [JSONValue]) -> JSONValue? {
        schemas.lazy.compactMap { $0.member(name) }.first
    }

    private func type(of schemas: [JSONValue]) -> String? {
        guard let type = first("type", schemas) else { return nil }
        return type.string ?? type.elements.compactMap(\.string).first { $0 != "null" } ?? "null"
    }

    // MARK: - Values

    private mutating func value(of schemas: [JSONValue], named name: String, depth: Int) -> String {
        nodes += 1
        guard nodes < Self.maxNodes, depth < Self.maxReferences else { return "null" }
        var schemas = schemas.flatMap { facets($0) }
        // A choice may stand in a choice.
        var choices = 0
        while let list = first("anyOf", schemas) ?? first("oneOf", schemas), choices < 4 {
            choices += 1
            schemas =
                schemas.filter { $0.member("anyOf") == nil && $0.member("oneOf") == nil }
                + withoutChoices(schemas) + (choose(list.elements, depth).map { facets($0) } ?? [])
        }
        if let constant = first("const", schemas) { return String(buffer: constant.rawBytes) }
        if let options = first("enum", schemas)?.elements, !options.isEmpty {
            let said = options.filter { !$0.isNull }
            return String(
                buffer: ((said.isEmpty ? options : said).randomElement(using: &random) ?? options[0]).rawBytes)
        }
        switch type(of: schemas) {
        case "object": return object(schemas, depth)
        case "array": return array(schemas, name, depth)
        case "string": return JSONString.quoted(string(schemas, name))
        case "integer": return integer(schemas)
        case "number": return number(schemas)
        case "boolean": return "true"
        case "null": return "null"
        default:
            if first("properties", schemas) != nil { return object(schemas, depth) }
            if first("items", schemas) != nil || first("prefixItems", schemas) != nil {
                return array(schemas, name, depth)
            }
            if first("minimum", schemas) != nil || first("maximum", schemas) != nil { return number(schemas) }
            return JSONString.quoted(string(schemas, name))
        }
    }

    /// What stands beside a choice still holds.
    private func withoutChoices(_ schemas: [JSONValue]) -> [JSONValue] {
        schemas.filter { $0.member("anyOf") != nil || $0.member("oneOf") != nil }.compactMap { schema -> JSONValue? in
            let rest = schema.members.filter { $0.key != "anyOf" && $0.key != "oneOf" }
            guard !rest.isEmpty else { return nil }
            let text = rest.map { "\(JSONString.quoted($0.key)):\(String(buffer: $0.value.rawBytes))" }
            return try? JSONValue(parsing: ByteBuffer(string: "{\(text.joined(separator: ","))}"))
        }
    }

    /// Something rather than nothing, but where it is too deep already.
    private func choose(_ options: [JSONValue], _ depth: Int) -> JSONValue? {
        let nothing = options.first { $0.member("type")?.isString("null") ?? false }
        if depth >= Self.maxDepth, let nothing { return nothing }
        return options.first { !($0.member("type")?.isString("null") ?? false) } ?? nothing
    }

    private mutating func object(_ schemas: [JSONValue], _ depth: Int) -> String {
        let required = Set(schemas.flatMap { $0.member("required")?.elements ?? [] }.compactMap(\.string))
        var written: [String] = []
        var seen: Set<String> = []
        for (name, schema) in schemas.flatMap({ $0.member("properties")?.members ?? [] })
        where seen.insert(name).inserted {
            guard required.contains(name) || depth < Self.maxDepth else { continue }
            written.append("\(JSONString.quoted(name)):\(value(of: [schema], named: name, depth: depth + 1))")
        }
        let additional = first("additionalProperties", schemas)
        let least = min(first("minProperties", schemas)?.int ?? 0, Self.maxCount)
        let isMap = seen.isEmpty && additional?.kind == .object && depth < Self.maxDepth
        for name in required.subtracting(seen).sorted() + (0..<Self.maxCount).map({ "key_\($0 + 1)" }) {
            let isRequired = required.contains(name)
            guard isRequired || written.count < max(least, isMap ? 1 : 0), seen.insert(name).inserted else { continue }
            let made = additional.flatMap { $0.kind == .object ? $0 : nil }
            written.append(
                "\(JSONString.quoted(name)):\(made.map { value(of: [$0], named: name, depth: depth + 1) } ?? "\"\"")")
        }
        return "{\(written.joined(separator: ","))}"
    }

    private mutating func array(_ schemas: [JSONValue], _ name: String, _ depth: Int) -> String {
        var written: [String] = []
        for schema in first("prefixItems", schemas)?.elements ?? [] {
            written.append(value(of: [schema], named: name, depth: depth + 1))
        }
        let least = min(first("minItems", schemas)?.int ?? 0, Self.maxCount)
        let most = min(first("maxItems", schemas)?.int ?? Self.maxCount, Self.maxCount)
        let isUnique = first("uniqueItems", schemas)?.bool ?? false
        let items = first("items", schemas)
        guard items?.kind != .boolean else { return "[\(written.joined(separator: ","))]" }
        let wanted = depth >= Self.maxDepth ? least : max(least, min(most, max(written.count, 2)))
        var tries = 0
        while written.count < wanted, tries < 8 * Self.maxCount {
            tries += 1
            let element = items.map { value(of: [$0], named: name, depth: depth + 1) } ?? JSONString.quoted(words(2))
            if isUnique, written.contains(element) { continue }
            written.append(element)
        }
        return "[\(written.joined(separator: ","))]"
    }

    // MARK: - Numbers

    /// The least and the greatest that are allowed.
    private func bounds(_ schemas: [JSONValue], step: Double) -> (low: Double?, high: Double?) {
        var low = schemas.compactMap { $0.member("minimum")?.double }.max()
        var high = schemas.compactMap { $0.member("maximum")?.double }.min()
        if let above = schemas.compactMap({ $0.member("exclusiveMinimum")?.double }).max() {
            low = max(low ?? -.infinity, step >= 1 ? above.rounded(.down) + 1 : above + step)
        }
        if let below = schemas.compactMap({ $0.member("exclusiveMaximum")?.double }).min() {
            high = min(high ?? .infinity, step >= 1 ? below.rounded(.up) - 1 : below - step)
        }
        return (low, high)
    }

    /// The next number of the prompt that fits, else one from the range.
    private mutating func pick(_ low: Double?, _ high: Double?, isWhole: Bool) -> Double {
        let lower = low ?? min(1, high.map { $0 - 99 } ?? 1)
        let upper = max(lower, high ?? max(lower + 99, 100))
        let given = hints.numbers.dropFirst(numbersUsed).first
        if let given, given >= lower, high.map({ given <= $0 }) ?? true, !isWhole || given == given.rounded() {
            numbersUsed += 1
            return given
        }
        return lower + random.uniform() * (min(upper, lower + 1_000) - lower)
    }

    private mutating func integer(_ schemas: [JSONValue]) -> String {
        let step = max(1, first("multipleOf", schemas)?.double ?? 1)
        let (low, high) = bounds(schemas, step: 1)
        var value = pick(low.map { $0.rounded(.up) }, high.map { $0.rounded(.down) }, isWhole: true).rounded(.down)
        value = fitted(value, to: step, low, high)
        return String(Int(exactly: value) ?? 1)
    }

    private mutating func number(_ schemas: [JSONValue]) -> String {
        let step = first("multipleOf", schemas)?.double
        let (low, high) = bounds(schemas, step: 0.01)
        let value = pick(low, high, isWhole: false)
        if let step, step > 0 { return text(fitted(value, to: step, low, high)) }
        let rounded = (value * 100).rounded() / 100
        let isInside = rounded >= low ?? -.infinity && rounded <= high ?? .infinity
        return text(isInside ? rounded : value)
    }

    private func text(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? String(format: "%.10g", value)
    }

    /// The nearest multiple that is inside the bounds.
    private func fitted(_ value: Double, to step: Double, _ low: Double?, _ high: Double?) -> Double {
        var fitted = (value / step).rounded(.down) * step
        if let low, fitted < low { fitted = (low / step).rounded(.up) * step }
        if let high, fitted > high { fitted = (high / step).rounded(.down) * step }
        return fitted
    }

    // MARK: - Texts

    private mutating func string(_ schemas: [JSONValue], _ name: String) -> String {
        let least = min(max(0, schemas.compactMap { $0.member("minLength")?.int }.max() ?? 0), 16 * Self.maxCount)
        let most = max(least, schemas.compactMap { $0.member("maxLength")?.int }.min() ?? .max)
        if let pattern = first("pattern", schemas)?.string, let sample = PatternSample(pattern) {
            return sample.text(least: least, &random)
        }
        if let format = first("format", schemas)?.string, let text = formatted(format) { return text }
        var text = plain(name)
        while text.unicodeScalars.count < least { text += text.isEmpty ? words(1) : " " + words(1) }
        if text.unicodeScalars.count > most {
            var cut = String.UnicodeScalarView()
            cut.append(contentsOf: text.unicodeScalars.prefix(most))
            text = String(cut)
        }
        return text
    }

    private mutating func formatted(_ format: String) -> String? {
        switch format {
        case "date": return "2026-01-15"
        case "time": return "12:30:00Z"
        case "date-time": return "2026-01-15T12:30:00Z"
        case "duration": return "P1D"
        case "email", "idn-email": return "user@example.com"
        case "uri", "url", "iri": return "https://example.com/page"
        case "uri-reference", "iri-reference": return "/page"
        case "hostname", "idn-hostname": return "example.com"
        case "ipv4": return "192.0.2.1"
        case "ipv6": return "2001:db8::1"
        case "uuid":
            func hex(_ count: Int) -> String {
                (0..<count).map { _ in String(random.next() & 15, radix: 16) }.joined()
            }
            return "\(hex(8))-\(hex(4))-4\(hex(3))-8\(hex(3))-\(hex(12))"
        case "json-pointer": return "/a"
        case "regex": return "a+"
        default: return nil
        }
    }

    /// What a field of this name would hold.
    private mutating func plain(_ name: String) -> String {
        let name = name.lowercased()
        func isAbout(_ words: String...) -> Bool { words.contains { name.contains($0) } }
        if isAbout("name", "city", "location", "country", "place", "person", "author", "customer", "company", "capital")
        {
            defer { namesUsed += 1 }
            let given = hints.names.isEmpty ? nil : hints.names[namesUsed % hints.names.count]
            return given ?? ["Alice", "Paris", "Acme"][namesUsed % 3]
        }
        if isAbout("query", "question", "prompt", "input", "message") { return String(hints.text.prefix(200)) }
        if isAbout("email") { return "user@example.com" }
        if isAbout("url", "link") { return "https://example.com/page" }
        if isAbout("date") { return "2026-01-15" }
        if isAbout("currency") { return "USD" }
        if isAbout("language") { return "English" }
        return words(4)
    }

    private mutating func words(_ count: Int) -> String {
        SimulatedAnswer.prose(count: count, &random).joined()
    }
}
