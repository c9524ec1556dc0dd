import Dialects
import NIOCore
import WireFormats

/// What a conversation says, whatever dialect it was said in: texts, calls, their ids and order.
enum Gist {
    static func of(_ conversation: Conversation) -> [String] {
        var gist = conversation.instruction.map { ["system: \($0.string)"] } ?? []
        for turn in conversation.turns {
            // What stands between other things in a turn is joined in some dialects.
            var text = ""
            var rest: [String] = []
            for part in turn.parts {
                switch part {
                case .text(let piece): text += piece.text.string
                case .refusal(let piece): text += piece.string
                case .image: rest.append("image")
                case .document: rest.append("document")
                case .audio: rest.append("audio")
                case .toolCall(let call):
                    rest.append("call \(call.id) \(conversation.names[call.name].name) \(canonical(call))")
                case .toolResult(let result):
                    var said = result.parts.text.string.replacing("\n", with: "")
                    if said.hasPrefix("Error: ") { said.removeFirst(7) }
                    rest.append("result \(result.id) \(said)")
                case .reasoning: break
                }
            }
            if !text.isEmpty { rest.append("text \(text)") }
            if !rest.isEmpty { gist.append("\(turn.role): " + rest.joined(separator: " | ")) }
        }
        return gist
    }

    private static func canonical(_ call: ToolCall) -> String {
        guard let document = try? JSONDocument(parsing: call.argumentsObject()) else { return "not JSON" }
        return canonical(document.root)
    }

    private static func canonical(_ value: JSONValue) -> String {
        switch value.kind {
        case .object:
            "{" + value.members.map { "\($0.key):\(canonical($0.value))" }.joined(separator: ",") + "}"
        case .array: "[" + value.elements.map(canonical).joined(separator: ",") + "]"
        case .string: "'\(value.string ?? "")'"
        case .number, .boolean, .null: String(buffer: value.rawBytes)
        }
    }
}

func document(_ text: String) throws -> JSONDocument { try JSONDocument(parsing: ByteBuffer(string: text)) }
