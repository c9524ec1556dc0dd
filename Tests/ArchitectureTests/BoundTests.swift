import Foundation
import Testing

/// Every text from outside that is kept has a limit, and is listed here: a new one fails until somebody has thought of its own.
@Suite("Bounds of texts")
struct BoundTests {
    /// Columns of the store that hold text, and what bounds it.
    private static let columns: [String: String] = [
        "meta.key": "the router's own", "name.text": "names: TextLimit.name, TextLimit.id, ErrorWords",
        "eligibility.arms": "numbers of at most 128 arms", "eligibility.excluded": "numbers of at most 128 arms",
        "decision.session": "TextLimit.id", "serving.completion_id": "TextLimit.id",
        "outcome.completion_id": "TextLimit.id", "feedback_revision.comment": "TextLimit.comment",
        "idempotency.key": "255 characters", "snapshot.fingerprint": "the router's own",
        "api_key.id": "the router's own", "api_key.name": "TextLimit.name", "api_key.key_group": "TextLimit.name",
        "api_key.scopes": "KeyScope", "budget_baseline.route": "names of the configuration",
        "added_arm.id": "TextLimit.id", "added_arm.body": "AddedArms.bodyLimit",
        "quarantine_request.author": "ids of keys",
    ]

    private func text(of path: String) throws -> String {
        try String(contentsOf: ImportTests.root.appending(path: path), encoding: .utf8)
    }

    @Test("the store has no column of text that is not known to be bounded")
    func schema() throws {
        var found: Set<String> = []
        var table = ""
        for line in try text(of: "Sources/DecisionStore/Schema/Schema.swift").split(separator: "\n") {
            guard !line.contains("grdb_migrations") else { continue }
            let words = line.split { " (),;".contains($0) }
            if let name = words.firstIndex(of: "TABLE"), name + 1 < words.count { table = String(words[name + 1]) }
            for (index, word) in words.enumerated() where word == "TEXT" && index > 0 {
                found.insert("\(table).\(words[index - 1])")
            }
        }
        #expect(found.subtracting(Self.columns.keys) == [], "columns of text without a known bound")
        #expect(Set(Self.columns.keys).subtracting(found) == [], "no such columns")
    }

    @Test("what the gateway reads of a body as text is read with a limit")
    func bodies() throws {
        /// Files that take the text of a JSON value in another way, and why it is bounded there.
        let others: [String: String] = [
            "RequestBody.swift": "the reader with the limit", "FeedbackReading.swift": "its own reader has limits",
            "ChatHead.swift": "held against known words, the message itself, or checkSession",
            "AdminEndpoints.swift": "scopes: known words", "ArmReading.swift": "known routes and capabilities",
            "SessionSources.swift": "isName", "PromptMedia.swift": "a word of at most 64 bytes",
            "ConversationReading.swift": "the message itself, or held against known words",
            "Completions.swift": "the prompt itself",
            "EmbeddingPlan.swift": "of the provider's answer", "CategoryEmbeddings.swift": "of the provider's answer",
        ]
        let folder = ImportTests.root.appending(path: "Sources/Gateway")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
            let name = file.lastPathComponent
            for (number, line) in try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false
            ).enumerated() {
                if line.contains("document.text(") {
                    #expect(line.contains("atMost:"), "\(name):\(number + 1) reads a text without a limit")
                }
                if line.contains(".string"), line.contains("member(") || line.contains("value.string") {
                    #expect(others[name] != nil, "\(name):\(number + 1) takes a text without the reader that limits it")
                }
            }
        }
    }

    @Test("labels of metrics come from the configuration, the router's own words, or what is known")
    func labels() throws {
        // Everything that counts by a name: its caller must know the name. A new one is thought about here.
        let known = [
            "began()", "ended(_", "refused(code", "cacheHit(route", "cacheMiss(route", "fault(arm", "adjusted(arm",
            "feedback(_",
            "write(to", "write(_",
        ]
        for line in try text(of: "Sources/Gateway/Metrics/GatewayMetrics.swift").split(separator: "\n") {
            guard let start = line.firstRange(of: "    func "), line.hasPrefix("    func ") else { continue }
            let name = line[start.upperBound...]
            guard name.contains("String") else { continue }
            #expect(known.contains { name.hasPrefix($0) }, "\(name): what bounds its labels?")
        }
        #expect(
            try text(of: "Sources/Gateway/Cache/AnswerCache.swift").contains("catalogue.arm(chat.model) != nil"),
            "misses are counted for known models only")
    }
}
