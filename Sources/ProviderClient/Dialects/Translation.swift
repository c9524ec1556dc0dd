import Dialects
import Glibc
import NIOCore
import WireFormats

/// Requests and answers between a client of one dialect and a provider of another.
struct Translation: Sendable {
    let outbound: OutboundShape
    /// Whose sealed values are; shared by all requests of a configuration.
    let seals: SealTable
    /// Seconds since the epoch.
    let now: @Sendable () -> Int

    init(to outbound: OutboundShape, seals: SealTable, now: @escaping @Sendable () -> Int = { Glibc.time(nil) }) {
        self.outbound = outbound
        self.seals = seals
        self.now = now
    }

    /// Bytes of a request that are taken for a token where an estimate is told before the provider has counted.
    private static let bytesPerToken = 4

    func request(_ request: ClientRequest) throws(DialectError) -> PreparedRequest {
        let unsayable = RequestFeatures(request.body, in: request.shape)
            .intersection(.unspeakable(from: request.shape, to: outbound))
        // Should have been seen before an arm of this dialect was drawn.
        if let first = RequestFeatures.named.first(where: { unsayable.contains($0.feature) }) {
            throw DialectError("\(first.name) cannot be said to this arm's provider", param: first.param)
        }
        let conversation = try Conversation(request.body, in: request.shape)
        let settings = ArmSettings(request.arm)
        let written = try conversation.written(in: outbound, for: settings, seals: seals)
        var prepared = PreparedRequest(
            body: written.body, wantsStream: written.wantsStream,
            hidesUsage: written.wantsStream && !conversation.wantsUsage, adjusted: written.adjusted.all)
        prepared.shape = request.shape
        prepared.outbound = outbound
        prepared.answerID = request.answerID
        prepared.translation = AnswerContext(
            id: request.answerID, model: request.arm.model, realm: request.arm.realm, created: now(),
            names: written.names, wantsUsage: conversation.wantsUsage,
            estimatedInput: request.body.text.readableBytes / Self.bytesPerToken, request: request.body)
        return prepared
    }

    func check(_ answer: UpstreamAnswer, to prepared: PreparedRequest) -> Result<CheckedAnswer, UpstreamFault> {
        let context = context(of: prepared)
        return AnswerCheck.object(in: answer, isTranslated: true).flatMap { document in
            var reader = outbound.reader(realm: context.realm)
            var events: [AnswerEvent] = []
            do throws(AnswerFault) { try reader.read(whole: document, into: &events) } catch {
                return .failure(UpstreamFault(error, in: document, head: answer.head))
            }
            let whole = WholeAnswer(events)
            seals.remember(whole, context)
            return .success(
                CheckedAnswer(
                    body: prepared.shape.body(of: whole, context), id: prepared.shape.answerID(context.id),
                    usage: whole.usage))
        }
    }

    /// Of a request that is not known, the arm's model and the like are not.
    private func context(of prepared: PreparedRequest) -> AnswerContext {
        prepared.translation
            ?? AnswerContext(
                id: prepared.answerID, model: "", realm: "", created: now(), wantsUsage: !prepared.hidesUsage)
    }

    func relay(_ head: UpstreamHead, to prepared: PreparedRequest) -> StreamRelay {
        let context = context(of: prepared)
        let frames = TranslatedFrames(from: outbound, to: prepared.shape, context, seals)
        return StreamRelay(head: head, frames: frames, hidesUsage: prepared.hidesUsage, shape: prepared.shape) {
            [self] answer in
            check(answer, to: prepared)
        }
    }
}

extension ArmSettings {
    init(_ arm: AskedModel) {
        self.init(
            model: arm.model, realm: arm.realm, maxOutputTokens: arm.maxOutputTokens, reasoning: arm.reasoning,
            params: arm.params, defaults: arm.defaults)
    }
}

extension UpstreamFault {
    /// An answer that its reader refused.
    init(_ fault: AnswerFault, in document: JSONDocument, head: UpstreamHead) {
        switch fault {
        case .malformed(let what): self.init(.noChoices, what)
        case .empty(let name): self = AnswerCheck.nothing(in: document, lacking: name, head: head)
        case .error(let error): self = AnswerCheck.fault(in: error, head: head, isTranslated: true)
        }
    }
}

/// What a provider's frames say, in the dialect of a client that reads another.
struct TranslatedFrames: StreamFrames {
    private let shape: InboundShape
    private let outbound: OutboundShape
    private let context: AnswerContext
    private let seals: SealTable
    private var reader: any AnswerReader
    private var writer: any AnswerStreamWriter
    private(set) var summary: StreamSummary
    private(set) var isFinished = false
    private var hasSpoken = false
    private var hasCalls = false
    private var memory = SealMemory()

    init(from outbound: OutboundShape, to shape: InboundShape, _ context: AnswerContext, _ seals: SealTable) {
        self.outbound = outbound
        self.shape = shape
        self.context = context
        self.seals = seals
        reader = outbound.reader(realm: context.realm)
        writer = shape.streamWriter(context)
        summary = StreamSummary(id: shape.answerID(context.id))
    }

    var ending: ByteBuffer {
        var writer = writer
        var output = ByteBuffer()
        writer.end(to: &output)
        return output
    }

    mutating func read(_ event: ServerSentEvent, data: ByteBuffer, of parser: ServerSentEventParser) -> FrameReading {
        var reading = FrameReading(output: .dropped)
        if KeepAlive.isOne(data, event: event.event) {
            reading.isKeepAlive = true
            reading.output = .replaced(shape.keepAlive)
            return reading
        }
        var output = ByteBuffer()
        if OpenAIFrames.isDone(data) {
            end(&reading, &output)
            return reading
        }
        guard let document = try? JSONDocument(parsing: data), document.isObject else {
            reading.fault = UpstreamFault(.malformedFrame, "the provider sent a frame that is not a JSON object")
            return reading
        }
        var events: [AnswerEvent] = []
        do throws(AnswerFault) {
            try reader.read(frame: document, named: event.event.map { String(buffer: $0) }, into: &events)
        } catch {
            reading.fault = UpstreamFault(error, in: document, head: UpstreamHead(status: 200))
            return reading
        }
        for event in events {
            note(event, &reading)
            writer.write(event, to: &output)
        }
        summary.nextSequenceNumber = writer.nextSequenceNumber
        if reader.isDone {
            end(&reading, &output)
        } else if output.readableBytes > 0 {
            reading.output = .replaced(output)
        }
        return reading
    }

    private mutating func end(_ reading: inout FrameReading, _ output: inout ByteBuffer) {
        reading.isDone = true
        if !isFinished {
            guard hasSpoken else {
                reading.fault = UpstreamFault(
                    .unfinished, "the provider's stream says it is done before its answer is")
                return
            }
            isFinished = true
            summary.finishReason = hasCalls ? "tool_calls" : "stop"
            summary.isReasonAssumed = true
            reading.commits = true
        }
        writer.end(to: &output)
        summary.nextSequenceNumber = writer.nextSequenceNumber
        reading.output = .replaced(output)
    }

    private mutating func note(_ event: AnswerEvent, _ reading: inout FrameReading) {
        memory.note(event, context, in: seals)
        switch event {
        case .text(let text), .refusal(let text), .reasoning(let text):
            say(text, &reading)
        case .arguments(_, let text): say(text, &reading)
        case .call:
            hasCalls = true
            hasSpoken = true
            reading.commits = true
        case .usage(let usage):
            if summary.usage == nil { summary.usage = usage } else { summary.usage?.update(with: usage) }
            summary.usageIsEarly = !hasSpoken && !isFinished
        case .stop(let stop):
            isFinished = true
            reading.commits = true
            if summary.finishReason == nil { summary.finishReason = stop.with(calls: hasCalls).finishReason }
        case .begin, .seal, .logprobs, .callEnd: break
        }
    }

    private mutating func say(_ text: EscapedText, _ reading: inout FrameReading) {
        summary.contentBytes += text.byteCount
        hasSpoken = true
        reading.commits = true
    }
}
