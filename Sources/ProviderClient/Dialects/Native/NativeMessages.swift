import Dialects
import NIOCore
import WireFormats

/// Anthropic's messages for clients that ask in them: the client's bytes go up, the provider's come back.
enum NativeMessages {
    /// The client's bytes, but: `model` is the arm's, and `bandit` is gone. Usage is always told, so nothing is asked and nothing hidden.
    static func request(_ request: ClientRequest) throws(DialectError) -> PreparedRequest {
        var prepared = try PreparedRequest(native: request)
        prepared.shape = .messages
        prepared.outbound = .messages
        return prepared
    }

    static func check(_ answer: UpstreamAnswer) -> Result<CheckedAnswer, UpstreamFault> {
        AnswerCheck.object(in: answer).flatMap { message in
            // An answer that says nothing has an empty list and a reason; one that is no answer has none.
            guard let content = message.member("content"), content.kind == .array,
                message.member("stop_reason")?.string != nil || !content.isEmpty
            else { return .failure(AnswerCheck.nothing(in: message, lacking: "content", head: answer.head)) }
            return .success(
                CheckedAnswer(
                    body: message.text, id: message.member("id")?.string,
                    usage: TokenUsage(anthropic: message.member("usage"))))
        }
    }
}

/// What the events of Anthropic's stream say, for clients that read them: they are forwarded as they are.
struct NativeMessagesFrames: StreamFrames {
    private(set) var summary = StreamSummary()
    private(set) var isFinished = false

    var ending: ByteBuffer { ByteBuffer(staticString: "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n") }

    mutating func read(_ event: ServerSentEvent, data: ByteBuffer, of parser: ServerSentEventParser) -> FrameReading {
        var reading = FrameReading()
        if KeepAlive.isOne(data, event: event.event) {
            reading.isKeepAlive = true
            // Clients read every `data:` as JSON.
            if data.readableBytesView.first != UInt8(ascii: "{") { reading.output = .replaced(KeepAlive.comment) }
            return reading
        }
        guard let message = try? JSONDocument(parsing: data), message.isObject else {
            reading.fault = UpstreamFault(.malformedFrame, "the provider sent a frame that is not a JSON object")
            return reading
        }
        switch message.member("type")?.string {
        case "message_start":
            let start = message.member("message")
            summary.id = start?.member("id")?.string
            summary.usage = TokenUsage(anthropic: start?.member("usage"))
            summary.usageIsEarly = true
        case "content_block_start": begin(message.member("content_block"), &reading)
        case "content_block_delta": readDelta(message.member("delta"), &reading)
        case "message_delta": end(message, &reading)
        case "message_stop":
            reading.isDone = true
            if !isFinished {
                reading.fault = UpstreamFault(.unfinished, "the provider's stream says it is done before its answer is")
            }
        case "error":
            let error = message.member("error") ?? message.root
            reading.fault = AnswerCheck.fault(in: error, head: UpstreamHead(status: 200))
        // Pings, and what is yet to be invented.
        default: break
        }
        return reading
    }

    private mutating func begin(_ block: JSONValue?, _ reading: inout FrameReading) {
        guard let block, let type = block.member("type")?.string else { return }
        switch type {
        case "text", "thinking": break
        // A tool's name, sealed thinking, what a provider's own tool found.
        default:
            reading.commits = true
            summary.contentBytes += max(0, (block.member("name")?.range.count ?? 2) - 2)
        }
    }

    private mutating func readDelta(_ delta: JSONValue?, _ reading: inout FrameReading) {
        guard let said = Self.said(in: delta), said.range.count > 2 else { return }
        reading.commits = true
        summary.contentBytes += said.range.count - 2
    }

    private static func said(in delta: JSONValue?) -> JSONValue? {
        guard let delta, delta.kind == .object else { return nil }
        let said = delta.member("text") ?? delta.member("partial_json") ?? delta.member("thinking")
        return said?.kind == .string ? said : nil
    }

    private mutating func end(_ event: JSONDocument, _ reading: inout FrameReading) {
        if let usage = TokenUsage(anthropic: event.member("usage")) {
            if summary.usage == nil { summary.usage = usage } else { summary.usage?.update(with: usage) }
            summary.usageIsEarly = false
        }
        guard let reason = event.member("delta")?.member("stop_reason")?.string else { return }
        isFinished = true
        summary.finishReason = reason
        reading.commits = true
    }

    func likeness(of data: ByteBuffer) -> FrameLikeness? {
        guard let event = try? JSONDocument(parsing: data),
            event.member("type")?.isString("content_block_delta") == true,
            let said = Self.said(in: event.member("delta"))
        else { return nil }
        return FrameLikeness(
            slots: [.init(range: said.range, isContent: true)], contentBytes: max(0, said.range.count - 2))
    }

    mutating func passed(contentBytes: Int) { summary.contentBytes += contentBytes }
}
