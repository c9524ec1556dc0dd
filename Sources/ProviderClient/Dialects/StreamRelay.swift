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
    /// In what a frame may differ from one that was just read, so that reading it would say the same and change nothing but how much
    /// was said; nil: it may in nothing.
    func likeness(of data: ByteBuffer) -> FrameLikeness?
    /// Frames like one that was read have passed, in which so many bytes were said.
    mutating func passed(contentBytes: Int)
    /// What follows the last frame of an answer that is whole, where its provider left it out.
    var ending: ByteBuffer { get }
}

extension StreamFrames {
    func likeness(of data: ByteBuffer) -> FrameLikeness? { nil }
    mutating func passed(contentBytes: Int) {}
    var ending: ByteBuffer { ByteBuffer(staticString: StreamRelay.done) }
}

struct FrameReading {
    enum Output {
        case unchanged, dropped
        case replaced(ByteBuffer)
    }

    var output = Output.unchanged
    /// Content, a tool call, a refusal or a finish.
    var commits = false
    /// A sign of life in place of an answer.
    var isKeepAlive = false
    /// The provider says that nothing more comes.
    var isDone = false
    /// The frame is not to be forwarded, nor anything after it.
    var fault: UpstreamFault?
}

/// What is known of a stream that has ended, or so far.
package struct StreamSummary: Sendable, Equatable {
    package var id: String?
    package var usage: TokenUsage?
    /// Whether that was said before the answer began, and so does not count it.
    package var usageIsEarly = false
    /// Of the first choice that ended.
    package var finishReason: String?
    /// Whether the provider ended without a reason, so that ``finishReason`` is the router's.
    package var isReasonAssumed = false
    /// Of the event that may follow, where a dialect numbers them.
    package var nextSequenceNumber = 0
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
/// What the answer is, is told by its first bytes, whatever its content type says. An answer that comes whole is brought into the
/// form of a stream: it has been paid for.
///
/// Pure: bytes and endings in, one action out. After `finish`, `fault` or `abort` there is nothing more to feed it; it answers
/// `hold` then.
package struct StreamRelay: Sendable {
    private enum Phase {
        /// Nothing has come that would tell what the answer is.
        case beginning
        /// The answer is not a stream: its body is collected to see what it says.
        case collecting
        case holding
        case forwarding
        case over
    }

    private let head: UpstreamHead
    private let hidesUsage: Bool
    /// The client's, for an answer that comes whole.
    private let shape: InboundShape
    private let judge: @Sendable (UpstreamAnswer) -> Result<CheckedAnswer, UpstreamFault>
    private var phase: Phase
    private var parser = ServerSentEventParser()
    /// Of a provider that sends AWS's frames.
    private var binary: EventStreamDecoder?
    private var frames: any StreamFrames
    /// Before the commitment: what would have been sent. Of an answer that is no stream: its body.
    private var held = ByteBuffer()
    /// What the last frame looked like that was read.
    private var form: FrameForm?
    /// Frames read since one was of the form remembered, up to `formPatience`.
    private var misses = 0
    /// Whether frames like the one before are passed over instead of being read; what is relayed is the same.
    package var remembersForms = true
    /// How many frames were passed over because they were like one that was read.
    package private(set) var framesPassed = 0

    /// After as many frames of which none was like the one before, only every so manieth is remembered.
    private static let formPatience = 16
    /// No more than this of an answer that is no stream.
    private var maxCollectedBytes = Self.maxHeldBytes
    /// Of an answer that came whole.
    private var wholeSummary: StreamSummary?

    /// Held; collected of a refusal, or of what is neither a stream nor JSON.
    static let maxHeldBytes = 1 << 20
    /// Collected of an answer that comes whole.
    static let maxWholeBytes = 32 << 20

    static let done: StaticString = "data: [DONE]\n\n"

    /// - Parameters:
    ///   - hidesUsage: of an answer that comes whole; the frames know for themselves.
    ///   - judge: reads an answer that comes whole.
    init(
        head: UpstreamHead, frames: any StreamFrames, hidesUsage: Bool, shape: InboundShape = .chat,
        judge: @escaping @Sendable (UpstreamAnswer) -> Result<CheckedAnswer, UpstreamFault>
    ) {
        self.head = head
        self.frames = frames
        self.hidesUsage = hidesUsage
        self.shape = shape
        self.judge = judge
        phase = 200..<300 ~= head.status ? .beginning : .collecting
        if phase == .beginning, head.contentType?.lowercased().hasPrefix(Self.binaryType) ?? false {
            binary = EventStreamDecoder()
        }
    }

    private static let binaryType = "application/vnd.amazon.eventstream"

    /// Whether the client has been sent something (or is to be, by the last action).
    package private(set) var hasCommitted = false

    /// Whether the provider sent a frame without data, as those do that expect a silence to be cut off.
    package private(set) var keepsAlive = false

    package var summary: StreamSummary { wholeSummary ?? frames.summary }

    /// Takes the next bytes.
    package mutating func receive(_ bytes: ByteBuffer) -> StreamAction {
        guard binary != nil, phase != .over else { return receive(text: bytes) }
        binary?.append(bytes)
        var text = ByteBuffer()
        do throws(EventStreamError) {
            while let frame = try binary?.next() { text.writeImmutableBuffer(frame.serverSentEvent) }
        } catch {
            return broken(
                UpstreamFault(.malformedFrame, "the provider sent a broken frame: \(error.reason)"), ByteBuffer())
        }
        return text.readableBytes == 0 ? .hold : receive(text: text)
    }

    private mutating func receive(text bytes: ByteBuffer) -> StreamAction {
        switch phase {
        case .over: return .hold
        case .beginning: return begin(bytes)
        case .collecting: return collect(bytes)
        case .holding, .forwarding:
            parser.append(bytes)
            return relay()
        }
    }

    /// Looks at the first bytes for what the answer is.
    private mutating func begin(_ bytes: ByteBuffer) -> StreamAction {
        var bytes = bytes
        if held.readableBytes > 0 {
            held.writeImmutableBuffer(bytes)
            bytes = held
            held = ByteBuffer()
        }
        switch BodyForm(of: bytes, contentType: head.contentType) {
        case .undecided where bytes.readableBytes <= Self.maxHeldBytes:
            held = bytes
            return .hold
        case .eventStream:
            phase = .holding
            // Some clients would take a mark for part of the first field's name.
            parser.append(ByteOrderMark.removed(from: bytes))
            return relay()
        case .json:
            phase = .collecting
            maxCollectedBytes = Self.maxWholeBytes
            return collect(bytes)
        case .other, .undecided:
            phase = .collecting
            return collect(bytes)
        }
    }

    private mutating func collect(_ bytes: ByteBuffer) -> StreamAction {
        guard held.readableBytes + bytes.readableBytes <= maxCollectedBytes else { return end(notAStream()) }
        held.writeImmutableBuffer(bytes)
        return .hold
    }

    /// The connection ended cleanly.
    package mutating func finish() -> StreamAction {
        switch phase {
        case .over: return .hold
        case .beginning where head.status == 200 && BodyForm.isEventStream(head.contentType ?? "text/event-stream"):
            return end(UpstreamFault(.unfinished, "the provider's stream ended before its answer did"))
        case .beginning: return end(notAStream())
        case .collecting: return judgeCollected()
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
        case .beginning: return end(UpstreamFault(error))
        // A refusal has said what it is with its status.
        case .collecting: return 200..<300 ~= head.status ? end(UpstreamFault(error)) : judgeCollected()
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
            passLikeFrames(run: &run, output: &output)
            let event: ServerSentEvent?
            do throws(ServerSentEventError) { event = try parser.next() } catch {
                flushed(run, into: &output)
                return broken(UpstreamFault(.malformedFrame, "the provider sent a frame that is too long"), output)
            }
            guard let event else { break }
            var reading = FrameReading()
            if let data = event.data {
                reading = frames.read(event, data: data, of: parser)
            } else {
                keepsAlive = true
            }
            if let fault = reading.fault {
                flushed(run, into: &output)
                return broken(fault, output)
            }
            if reading.commits { hasCommitted = true }
            if reading.isKeepAlive { keepsAlive = true }
            if phase == .forwarding { remember(event, reading) }
            switch reading.output {
            case .unchanged:
                run = run.isEmpty ? event.range : run.lowerBound..<event.range.upperBound
            case .dropped, .replaced:
                flushed(run, into: &output)
                run = 0..<0
                if case .replaced(let bytes) = reading.output {
                    output.writeImmutableBuffer(bytes)
                    if !hasCommitted, bytes == KeepAlive.comment { keepsAlive = true }
                }
            }
            if reading.isDone {
                flushed(run, into: &output)
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

    /// Passes over frames that differ from the last one in a word only.
    private mutating func passLikeFrames(run: inout Range<Int>, output: inout ByteBuffer) {
        guard remembersForms, let form, let start = parser.nextFrame else { return }
        let (end, count, contentBytes) = parser.text.withUnsafeReadableBytes { text in
            form.pass(text, from: start, run: &run, output: &output)
        }
        guard end > start else { return }
        misses = 0
        framesPassed += count
        parser.pass(to: end)
        frames.passed(contentBytes: contentBytes)
    }

    /// Remembers a frame that was read as the form of those to come.
    private mutating func remember(_ event: ServerSentEvent, _ reading: FrameReading) {
        guard let data = event.data, let range = event.dataRange, !reading.isDone else { return }
        misses += 1
        guard misses <= Self.formPatience || misses % Self.formPatience == 0 else { return }
        let frame = parser.bytes(event.range)
        // One that came in two pieces, say, may well be of the form already.
        if let form, form.matches(frame) { return }
        var forwarded: ByteBuffer?
        switch reading.output {
        case .unchanged: break
        case .replaced(let bytes): forwarded = bytes
        case .dropped: return
        }
        let inFrame = range.lowerBound - event.range.lowerBound..<range.upperBound - event.range.lowerBound
        form = frames.likeness(of: data).flatMap { FrameForm(frame, data: inFrame, $0, forwarded: forwarded) }
    }

    private mutating func withHeld(_ bytes: ByteBuffer) -> ByteBuffer {
        guard held.readableBytes > 0 else { return bytes }
        var joined = held
        held = ByteBuffer()
        joined.writeImmutableBuffer(bytes)
        return joined
    }

    // MARK: - Endings

    private mutating func complete(_ bytes: ByteBuffer, addsDone: Bool) -> StreamAction {
        hasCommitted = true
        phase = .over
        var output = withHeld(bytes)
        if addsDone { output.writeImmutableBuffer(frames.ending) }
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

    /// What an answer that is no event stream is: a whole answer, or the fault it tells of.
    private mutating func judgeCollected() -> StreamAction {
        let timings = UpstreamTimings(firstByteNanoseconds: 0, totalNanoseconds: 0, reusedConnection: false)
        switch judge(UpstreamAnswer(head: head, body: held, timings: timings)) {
        case .success(let answer):
            let chunks =
                shape == .chat ? AnswerChunks(answer, hidesUsage: hidesUsage) : AnswerChunks(answer, eventsOf: shape)
            guard let chunks else { return end(notAStream()) }
            held = ByteBuffer()
            wholeSummary = chunks.summary
            return complete(chunks.bytes, addsDone: false)
        case .failure(let fault):
            return end(
                fault.kind == .notJSON || fault.kind == .noChoices || fault.kind == .empty ? notAStream() : fault)
        }
    }

    private func notAStream() -> UpstreamFault {
        let what = head.contentType.map { $0.prefix(60) } ?? "no content type"
        return UpstreamFault(
            .notEventStream, "the provider answered status \(head.status) with \(what) where a stream was asked for")
    }
}
