import Foundation
import NIOCore
import WireFormats

/// What the simulated provider reads of a request body: a chat, Anthropic's messages, or a response.
struct SimulatedRequest: Sendable {
    let body: ByteBuffer
    let model: String
    let isStream: Bool
    let includesUsage: Bool
    let maxTokens: Int?
    let promptCharacters: Int
    let wanted: WantedForm
    /// Of what the user said last.
    let hints: PromptHints
    /// Of an embeddings request.
    let inputs: [String]
    let dimensions: Int

    /// - Throws: a message for the client, where the body is no JSON object.
    init(body: ByteBuffer) throws(Malformed) {
        self.body = body
        let parsed = try? JSONSerialization.jsonObject(with: Data(body.readableBytesView))
        guard let object = parsed as? [String: Any] else { throw Malformed(message: "the body is not a JSON object") }
        guard let model = object["model"] as? String, !model.isEmpty else {
            throw Malformed(message: "model is missing")
        }
        self.model = model
        isStream = object["stream"] as? Bool ?? false
        includesUsage = (object["stream_options"] as? [String: Any])?["include_usage"] as? Bool ?? false
        maxTokens =
            object["max_completion_tokens"] as? Int ?? object["max_tokens"] as? Int
            ?? object["max_output_tokens"] as? Int
        // A response's items and a chat's messages have role and content in common.
        let said = (object["input"] as? String).map { [["role": "user", "content": $0]] }
        let messages = (object["messages"] ?? object["input"]) as? [[String: Any]] ?? said ?? []
        promptCharacters =
            messages.reduce(0) { $0 + Self.characters(in: $1["content"]) }
            + Self.characters(in: object["system"] ?? object["instructions"])
        wanted = (try? JSONDocument(parsing: body)).map { WantedForm($0) } ?? .prose
        let newest = messages.last { $0["role"] as? String == "user" && !Self.text(of: $0["content"]).isEmpty }
        hints = PromptHints(Self.text(of: newest?["content"]))
        switch object["input"] {
        case let text as String: inputs = [text]
        case let texts as [String]: inputs = texts
        default: inputs = []
        }
        dimensions = min(max(object["dimensions"] as? Int ?? 64, 1), 4_096)
    }

    struct Malformed: Error { let message: String }

    private static func characters(in content: Any?) -> Int {
        switch content {
        case let text as String: text.utf8.count
        case let parts as [[String: Any]]:
            parts.reduce(0) { $0 + (($1["text"] as? String)?.utf8.count ?? characters(in: $1["content"])) }
        default: 0
        }
    }

    private static func text(of content: Any?) -> String {
        switch content {
        case let text as String: text
        case let parts as [[String: Any]]: parts.compactMap { $0["text"] as? String }.joined(separator: "\n")
        default: ""
        }
    }
}

/// The text as a JSON string, quotes included.
func jsonString(_ text: String) -> String { JSONString.quoted(text) }
