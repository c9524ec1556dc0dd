import Foundation
import LogFiles
import Testing

/// The schemas in the documentation and the readers say the same of a line and a row.
@Suite("JSON schemas")
struct SchemaTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/BanditRouter.docc/Resources").path

    private static let good = [
        "decision_id": "\"1\"", "arms": #"["a","b"]"#, "arm": "\"a\"", "propensity": "0.25",
        "probabilities": "[0.25,0.75]",
        "reward": "1", "time": "\"2026-01-02T03:04:05Z\"", "kind": "\"fresh\"", "category": "\"x\"", "route": "\"r\"",
        "served_arm": "\"b\"", "cost_usd": "0.1", "latency_ms": "7", "session_id": "\"s\"",
        "reward_time": "\"2026-01-02T03:04:06Z\"",
        "target_probabilities": #"{"n":[0,1]}"#, "unknown": "{}",
    ]

    @Test(
        "of every field the schema takes what the reader takes, and refuses what it refuses",
        arguments: good.keys.sorted())
    func line(field: String) throws {
        let schema = try JSONSchema(path: Self.folder + "/decision-log.schema.json")
        let values: [String?] = [
            nil, "null", "true", "false", "\"\"", "\"x\"", "0", "1", "-1", "0.5", "1.5", "12345678901", "[]", "{}",
            "[1,0]", "[1]",
            "[-0.5,1.5]", #"["a","b"]"#, #"["a","a"]"#, #"["a",""]"#, #"[true,"a"]"#, #"{"n":[1,0]}"#, #"{"n":null}"#,
            #"{"n":7}"#, #"{"n":[2,-1]}"#, "\"fresh\"", "\"sticky\"", "\"1746093600\"",
        ]
        for value in values {
            var fields = Self.good
            fields[field] = value
            // What no schema can say: which arms, how many of them, what time a text is.
            if field == "arms" || field == "arm" {
                fields["probabilities"] = nil
                fields["target_probabilities"] = nil
            }
            if field == "propensity" { fields["probabilities"] = nil }
            if field == "probabilities" { fields["propensity"] = nil }
            let text =
                "{" + fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
            let file = TemporaryFile(
                text + "\n" + text.replacingOccurrences(of: "\"decision_id\":\"1\"", with: "\"decision_id\":\"2\""))
            let error = Self.error { _ = try JSONLinesLog(path: file.path).load() }
            // A log without a row to use, or the same id on both lines, is another matter than a line.
            let isLine = error.map { $0.field != "rows" && !$0.reason.hasPrefix("the same as") } ?? false
            let isBeyond = ["is not one of the arms", "is not a time", "numbers for", "sum to", "has probability 0"]
                .contains {
                    error?.description.contains($0) == true
                }
            if isBeyond { continue }
            #expect(
                try schema.accepts(text) == !isLine,
                "\(field): \(value ?? "absent"): \(error?.description ?? "accepted")")
        }
    }

    @Test("a row of a table is valid where the reader takes it")
    func row() throws {
        let schema = try JSONSchema(path: Self.folder + "/outcome-table.schema.json")
        for column in [
            "prompt_id", "score|a", "cost|a", "ptok|a", "lat|a", "prompt_chars", "category", "note", "score|b c",
            "cost|-",
        ] {
            for value in ["", "0", "1", "0.5", "-1", "1.5", "7", "x"] {
                var cells = ["prompt_id": "p", "score|a": "0.5"]
                cells[column] = value
                let names = cells.keys.sorted()
                let file = TemporaryFile(
                    names.joined(separator: ",") + "\n" + names.map { cells[$0]! }.joined(separator: ",") + "\n")
                let error = Self.error { _ = try OutcomeTableReader.read(path: file.path) }
                let members = names.filter { !cells[$0]!.isEmpty }.map { name -> String in
                    let isText =
                        ["prompt_id", "category", "prompt", "note"].contains(name) || Double(cells[name]!) == nil
                    return "\"\(name)\":" + (isText ? "\"\(cells[name]!)\"" : cells[name]!)
                }
                // An empty cell's column name still has to be an arm's.
                if value.isEmpty, column.contains(" ") || column.hasSuffix("-") { continue }
                // That an arm with a cost has a score is beyond a schema.
                #expect(
                    try schema.accepts("{" + members.joined(separator: ",") + "}") == (error == nil),
                    "\(column)=\(value): \(error?.description ?? "accepted")")
            }
        }
    }

    private static func error(_ body: () throws -> Void) -> InputError? {
        do { try body() } catch { return error as? InputError }
        return nil
    }
}
