package import NIOCore
import WireFormats

/// What to do next with a stream. Bytes are for the client, as they are.
package enum StreamAction: Sendable {
    /// Nothing to send (yet).
    case hold
    /// Send; after the first of these no other arm is asked.
    case forward(ByteBuffer)
    /// Send, and end the answer: the stream is whole, its `[DONE]` among the bytes.
    case finish(ByteBuffer)
    /// Nothing was sent: another arm may be asked.
    case fault(UpstreamFault)
    /// Send what came (no `[DONE]` among it), then say so in the client's dialect, and end the answer.
    case abort(ByteBuffer, UpstreamFault)
}

/// What a provider's frames say, one after the other; one for each dialect.
protocol StreamFrames: Sendable {
    /// Reads a frame that has data.
    mutating func read(_ event: ServerSentEvent, data: ByteBuffer, of parser: ServerSentEventParser) -> FrameReading
    /// Whether every choice has said why it ended.
    var isFinished: Bool { get }
    var summary: StreamSummary { get }
}

struct FrameReading {
    enum Output {
        case unchanged, dropped
        case replaced(ByteBuffer)
    }

    var output = Output.unchanged
    /// Content, a tool call, a refusal or a finish.
    var commits = false
    /// The provider says that nothing more comes.
    var isDone = false
    /// The frame is not to be forwarded, nor anything after it.
    var fault: UpstreamFault?
}

/// What is known of a stream that has ended, or so far.
package struct StreamSummary: Sendable, Equatable {
    package var id: String?
    package var usage: TokenUsage?
    /// Of the first choice that ended.
    package var finishReason: String?
    /// Bytes of JSON text of what was said: from them tokens are estimated where the provider does not count them.
    package var contentBytes: Int

    package init(
        id: String? = nil, usage: TokenUsage? = nil, finishReason: String? = nil, contentBytes: Int = 0
    ) {
        self.id = id
        self.usage = usage
        self.finishReason = finishReason
        self.contentBytes = contentBytes
    }
}

/// Relays a provider's event stream to a client: holds it until it is worth something, forwards its bytes as they are
/// wherever nothing has to go, and tells a whole stream from a broken one.
///
/// Pure: bytes and endings in, one action out. After `finish`, `fault` or `abort` there is nothing more to feed it; it answers
/// `hold` then.
package struct StreamRelay: Sendable {
    private enum Phase {
        /// The answer is not a stream: its body is collected to see what it says.
        case collecting
        case holding
        case forwarding
        case over
    }

    private let head: UpstreamHead
    private var phase: Phase
    private var parser = ServerSentEventParser()
    private var frames: any StreamFrames
    /// Before the commitment: what would have been sent.
    private var held = ByteBuffer()

    /// Held, or collected of an answer that is no stream.
    static let maxHeldBytes = 1 << 20

    static let done: StaticString = "data: [DONE]\n\n"

    init(head: UpstreamHead, frames: any StreamFrames) {
        self.head = head
        self.frames = frames
        let isEventStream = head.contentType.map { $0.lowercased().hasPrefix("text/event-stream") } ?? true
        phase = head.status == 200 && isEventStream ? .holding : .collecting
    }

    /// Whether the client has been sent something (or is to be, by the last action).
    package private(set) var hasCommitted = false

    package var summary: StreamSummary { frames.summary }

    /// Takes the next bytes.
    package mutating func receive(_ bytes: ByteBuffer) -> StreamAction {
        switch phase {
        case .over: return .hold
        case .collecting:
            guard held.readableBytes + bytes.readableBytes <= Self.maxHeldBytes else { return end(judgeCollected()) }
            held.writeImmutableBuffer(bytes)
            return .hold
        case .holding, .forwarding:
            parser.append(bytes)
            return relay()
        }
    }

    /// The connection ended cleanly.
    package mutating func finish() -> StreamAction {
        switch phase {
        case .over: return .hold
        case .collecting: return end(judgeCollected())
        case .holding, .forwarding:
            // What is left of a frame is read as one if it can be; after the end of the answer it does not matter if not.
            let before = self
            parser.finish()
            let last = relay()
            if case .abort = last, before.frames.isFinished {
                self = before
                return complete(ByteBuffer(), addsDone: true)
            }
            guard phase != .over else { return last }
            var output = ByteBuffer()
            if case .forward(let bytes) = last { output = bytes }
            guard frames.isFinished else {
                return broken(UpstreamFault(.unfinished, "the provider's stream ended before its answer did"), output)
            }
            return complete(output, addsDone: true)
        }
    }

    /// The call failed in the middle.
    package mutating func fail(_ error: UpstreamError) -> StreamAction {
        switch phase {
        case .over: return .hold
        case .collecting: return end(head.status == 200 ? UpstreamFault(error) : judgeCollected())
        // Everything has been said; what the failure cut off is the provider's goodbye.
        case .holding, .forwarding:
            return frames.isFinished
                ? complete(ByteBuffer(), addsDone: true) : broken(UpstreamFault(error), ByteBuffer())
        }
    }

    // MARK: - Frames

    private mutating func relay() -> StreamAction {
        var output = ByteBuffer()
        // The stretch of the parser's text that is forwarded as it is.
        var run = 0..<0
        func flushed(_ run: Range<Int>, into output: inout ByteBuffer) {
            guard !run.isEmpty else { return }
            if output.readableBytes == 0 {
                output = parser.bytes(run)
            } else {
                output.writeImmutableBuffer(parser.bytes(run))
            }
        }
        while true {
            let event: ServerSentEvent?
            do throws(ServerSentEventError) { event = try parser.next() } catch {
                flushed(run, into: &output)
                return broken(UpstreamFault(.malformedFrame, "the provider sent a frame that is too long"), output)
            }
            guard let event else { break }
            var reading = FrameReading()
            if let data = event.data { reading = frames.read(event, data: data, of: parser) }
            if let fault = reading.fault {
                flushed(run, into: &output)
                return broken(fault, output)
            }
            if reading.commits { hasCommitted = true }
            switch reading.output {
            case .unchanged:
                run = run.isEmpty ? event.range : run.lowerBound..<event.range.upperBound
            case .dropped, .replaced:
                flushed(run, into: &output)
                run = 0..<0
                if case .replaced(let bytes) = reading.output { output.writeImmutableBuffer(bytes) }
            }
            if reading.isDone {
                flushed(run, into: &output)
                guard frames.isFinished else {
                    let fault = UpstreamFault(.unfinished, "the provider's stream says it is done before its answer is")
                    return broken(fault, withoutDone(output))
                }
                return complete(output, addsDone: false)
            }
        }
        flushed(run, into: &output)
        guard hasCommitted else {
            held.writeImmutableBuffer(output)
            guard held.readableBytes <= Self.maxHeldBytes else {
                return broken(
                    UpstreamFault(.malformedFrame, "the provider sends without saying anything"), ByteBuffer())
            }
            return .hold
        }
        phase = .forwarding
        let bytes = withHeld(output)
        return bytes.readableBytes == 0 ? .hold : .forward(bytes)
    }

    private mutating func withHeld(_ bytes: ByteBuffer) -> ByteBuffer {
        guard held.readableBytes > 0 else { return bytes }
        var joined = held
        held = ByteBuffer()
        joined.writeImmutableBuffer(bytes)
        return joined
    }

    /// `[DONE]` is the last frame of these bytes; nothing of it may show after a broken stream.
    private func withoutDone(_ bytes: ByteBuffer) -> ByteBuffer {
        var parser = ServerSentEventParser()
        parser.append(bytes)
        var end = 0
        while let event = try? parser.next(), event.data.map({ !OpenAIFrames.isDone($0) }) ?? true {
            end = event.range.upperBound
        }
        return parser.bytes(0..<end)
    }

    // MARK: - Endings

    private mutating func complete(_ bytes: ByteBuffer, addsDone: Bool) -> StreamAction {
        hasCommitted = true
        phase = .over
        var output = withHeld(bytes)
        if addsDone { output.writeStaticString(Self.done) }
        return .finish(output)
    }

    private mutating func broken(_ fault: UpstreamFault, _ bytes: ByteBuffer) -> StreamAction {
        phase = .over
        guard hasCommitted else { return .fault(fault) }
        return .abort(withHeld(bytes), fault)
    }

    private mutating func end(_ fault: UpstreamFault) -> StreamAction {
        phase = .over
        return .fault(fault)
    }

    /// What an answer that is no event stream is.
    private func judgeCollected() -> UpstreamFault {
        guard head.status == 200 else {
            return 200..<300 ~= head.status
                ? UpstreamFault(
                    .notEventStream, "the provider answered status \(head.status) where a stream was asked for")
                : AnswerCheck.fault(ofStatus: head, body: held)
        }
        if let document = try? JSONDocument(parsing: held), document.isObject,
            let error = document.member("error"), !error.isNull
        {
            return AnswerCheck.fault(.errorObject, in: error, head: head)
        }
        let what = head.contentType.map { $0.prefix(60) } ?? "no content type"
        return UpstreamFault(.notEventStream, "the provider answered with \(what) where a stream was asked for")
    }
}
