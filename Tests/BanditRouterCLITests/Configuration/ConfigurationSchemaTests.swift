import BanditCore
import BanditRouterCLI
import Foundation
import Gateway
import QueryCategories
import RoutingEngine
import Testing

@Suite("The table of keys")
struct ConfigurationSchemaTests {
    @Test("the decoder asks for every key of the table, and the fixture gives every one but the policies' parameters")
    func asked() throws {
        let paths = Set(ConfigurationSchema.paths.map(\.path))
        #expect(paths.count == ConfigurationSchema.paths.count)
        let text = fullText.replacingOccurrences(of: "${CLAUDE_KEY}", with: "k")
        #expect(keysAsked(whileReading: text) == paths)
        let tree = try parse(text).configuration.tree()
        for (path, key) in ConfigurationSchema.paths where !path.hasPrefix("routes[].policy.") {
            let found = (0...9).contains { index in tree.value(at: path.replacing("[]", with: "[\(index)]")) != nil }
            // A budget is per request or per day; aliases are told in one list; a token that stays is a key.
            let elsewhere: Set = [
                "routes[].budget.usd_per_day", "routes[].aliases", "arms[].aliases",
                "providers[].credentials.access_token",
            ]
            #expect(found || elsewhere.contains(path), "\(path) (\(key.type))")
        }
    }

    @Test("a default in the table is what the decoder fills in")
    func defaults() throws {
        // Sections that exist only where they are given, with no more than they need.
        let text = minimalText.replacing(
            "{ id: auto, arms: [sim] }",
            with: "{ id: auto, arms: [sim], budget: { usd_per_day: 1 }, cache: { ttl: 1m } }"
        ).replacing(
            "model: sim-small", with: "model: m, price: { input_per_million_usd: 1, output_per_million_usd: 1 }"
        ).appending("feedback: { implicit: { regenerated_within: 1m } }\n")
            .appending("classifier: { model: m.brqc, embeddings: { provider: local, model: e } }\n")
        let tree = try parse(text).configuration.tree()
        var checked = 0
        for (path, key) in ConfigurationSchema.paths {
            guard let fallback = key.fallback else { continue }
            let value = try #require(tree.value(at: path.replacing("[]", with: "[0]")), "\(path)")
            let filled = value.json.trimmingCharacters(in: ["\""])
            // 60s and 1m are the same duration.
            let same =
                filled == fallback
                || DurationText.microseconds(filled).map { $0 == DurationText.microseconds(fallback) } ?? false
            #expect(same, "\(path): the table says \(fallback), the decoder \(filled)")
            checked += 1
        }
        #expect(checked == ConfigurationSchema.paths.count { $0.key.fallback != nil } && checked > 20)
    }

    @Test("keys that are not served are keys of the table")
    func unserved() {
        let paths = Set(ConfigurationSchema.paths.map(\.path))
        #expect(ConfigurationSchema.unserved.isSubset(of: paths))
    }

    @Test("the reference in the documentation has a row for every key, with its type and default, and no other")
    func reference() throws {
        let file = packageRoot.appending(path: "Sources/BanditRouter.docc/ConfigurationReference.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        var rows: [String: [String]] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: [" "]) }
            // The table of warnings has two columns.
            guard cells.count != 2 else { continue }
            try #require(cells.count == 4, "\(line)")
            let path = cells[0].trimmingCharacters(in: ["`"])
            #expect(rows.updateValue(cells, forKey: path) == nil, "\(path) has two rows")
        }
        #expect(Set(rows.keys) == Set(ConfigurationSchema.paths.map(\.path)))
        for (path, key) in ConfigurationSchema.paths {
            guard let row = rows[path] else { continue }
            #expect(row[1] == key.type, "\(path)")
            let fallback = key.isRequired ? "required" : key.fallback.map { "`\($0)`" } ?? "–"
            #expect(row[2] == fallback, "\(path)")
            #expect(row[3].count > 10, "\(path) has no meaning")
            let isUnserved = ConfigurationSchema.unserved.contains(path)
            #expect(row[3].contains("Not supported by this version") == isUnserved, "\(path)")
        }
        for code in ConfigurationWarning.Code.allCases { #expect(text.contains("`\(code.rawValue)`"), "\(code)") }
    }
}
