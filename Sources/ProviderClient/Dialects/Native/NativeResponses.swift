import Dialects
import NIOCore
import WireFormats

/// OpenAI's responses for clients that ask in them: the client's bytes go up, the provider's come back.
enum NativeResponses {
    /// The client's bytes, but: `model` is the arm's, and `bandit` is gone. Usage is always told, so nothing is asked and nothing hidden.
    static func request(_ request: ClientRequest) throws(DialectError) -> PreparedRequest {
        var prepared = try PreparedRequest(native: request)
        prepared.shape = .responses
        prepared.outbound = .responses
        return prepared
    }

    static func check(_ answer: UpstreamAnswer) -> Result<CheckedAnswer, UpstreamFault> {
        AnswerCheck.object(in: answer).flatMap { response in
            guard let output = response.member("output"), output.kind == .array,
                !(response.member("status")?.isString("failed") ?? false)
            else { return .failure(AnswerCheck.nothing(in: response, lacking: "output", head: answer.head)) }
            return .success(
                CheckedAnswer(
                    body: response.text, id: response.member("id")?.string,
                    usage: TokenUsage(responses: response.member("usage"))))
        }
    }
}

/// What the events of a response's stream say, for clients that read them: they are forwarded as they are.
struct NativeResponsesFrames: StreamFrames {
    private(set) var summary = StreamSummary()
    private(set) var isFinished = false

    /// Its last event says all there is to say.
    var ending: ByteBuffer { ByteBuffer() }

    mutating func read(_ event: ServerSentEvent, data: ByteBuffer, of parser: ServerSentEventParser) -> FrameReading {
        var reading = FrameReading()
        if KeepAlive.isOne(data, event: event.event) {
            reading.isKeepAlive = true
            reading.output = .replaced(KeepAlive.comment)
            return reading
        }
        // Some servers end every stream as chats do; clients of this dialect read it as JSON.
        if OpenAIFrames.isDone(data) {
            reading.output = .dropped
            reading.isDone = isFinished
            return reading
        }
        guard let message = try? JSONDocument(parsing: data), message.isObject else {
            reading.fault = UpstreamFault(.malformedFrame, "the provider sent a frame that is not a JSON object")
            return reading
        }
        if let number = message.member("sequence_number")?.int {
            summary.nextSequenceNumber = Count.clamped(number) + 1
        }
        let response = message.member("response")
        if summary.id == nil { summary.id = response?.member("id")?.string }
        guard let type = message.member("type")?.string else { return reading }
        switch type {
        case "response.completed", "response.incomplete": end(response, type, &reading)
        case "response.failed":
            let error = response?.member("error").flatMap { $0.isNull ? nil : $0 } ?? message.root
            reading.fault = AnswerCheck.fault(in: error, head: UpstreamHead(status: 200))
        case "error": reading.fault = AnswerCheck.fault(in: message.root, head: UpstreamHead(status: 200))
        case "response.output_item.added": begin(message.member("item"), &reading)
        default:
            guard type.hasSuffix(".delta"), let said = message.member("delta"), said.kind == .string,
                said.range.count > 2
            else { break }
            reading.commits = true
            summary.contentBytes += said.range.count - 2
        }
        return reading
    }

    private mutating func begin(_ item: JSONValue?, _ reading: inout FrameReading) {
        guard let item, let type = item.member("type")?.string else { return }
        // A tool's name commits; a message or reasoning that has only begun does not.
        if type != "message", type != "reasoning" { reading.commits = true }
    }

    private mutating func end(_ response: JSONValue?, _ type: String, _ reading: inout FrameReading) {
        isFinished = true
        reading.isDone = true
        reading.commits = true
        summary.usage = TokenUsage(responses: response?.member("usage"))
        summary.finishReason =
            response?.member("incomplete_details")?.member("reason")?.string
            ?? String(type.dropFirst("response.".count))
    }
}
