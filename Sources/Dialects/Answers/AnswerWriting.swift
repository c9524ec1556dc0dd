package import NIOCore
import WireFormats

/// Writes an answer as the events that a client reads, one after the other.
package protocol AnswerStreamWriter: Sendable {
    mutating func write(_ event: AnswerEvent, to output: inout ByteBuffer)
    /// Writes what ends a whole answer.
    mutating func end(to output: inout ByteBuffer)
    /// Of the event that may follow, where the dialect numbers them.
    var nextSequenceNumber: Int { get }
}

extension AnswerStreamWriter {
    package var nextSequenceNumber: Int { 0 }
}

extension InboundShape {
    /// A whole answer, as clients of this dialect read it.
    package func body(of answer: WholeAnswer, _ context: AnswerContext) -> ByteBuffer {
        switch self {
        case .chat: ChatAnswerWriter.body(answer, context)
        case .messages: MessagesAnswerWriter.body(answer, context)
        case .responses: ResponsesAnswerWriter.body(answer, context)
        }
    }

    /// A writer of one stream.
    package func streamWriter(_ context: AnswerContext) -> any AnswerStreamWriter {
        switch self {
        case .chat: ChatStreamWriter(context)
        case .messages: MessagesStreamWriter(context)
        case .responses: ResponsesStreamWriter(context)
        }
    }

    /// What a stream's client is sent while nobody has said anything.
    package var keepAlive: ByteBuffer {
        switch self {
        case .chat, .responses: ByteBuffer(staticString: ": keep-alive\n\n")
        case .messages: ByteBuffer(staticString: "event: ping\ndata: {\"type\":\"ping\"}\n\n")
        }
    }

    /// The id that clients see of an answer that was translated.
    package func answerID(_ id: String) -> String {
        switch self {
        case .chat: "chatcmpl-\(id)"
        case .messages: "msg_\(id)"
        case .responses: "resp_\(id)"
        }
    }
}

/// Writes frames of an event stream.
enum EventFrame {
    static func write(_ name: String, _ data: JSONBytes, to output: inout ByteBuffer) {
        output.writeString("event: \(name)\ndata: ")
        output.writeBytes(data.bytes)
        output.writeStaticString("\n\n")
    }

    static func write(_ data: JSONBytes, to output: inout ByteBuffer) {
        output.writeStaticString("data: ")
        output.writeBytes(data.bytes)
        output.writeStaticString("\n\n")
    }
}
