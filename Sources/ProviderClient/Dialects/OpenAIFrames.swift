import NIOCore
import WireFormats

/// What OpenAI's chat completion chunks say.
struct OpenAIFrames: StreamFrames {
    private let hidesUsage: Bool
    private(set) var summary = StreamSummary()
    /// A bit for each of the first 64 choices that has been seen, and that has ended.
    private var seenChoices: UInt64 = 0
    private var endedChoices: UInt64 = 0
    /// The same of those that have said something, and that have called a tool.
    private var speakingChoices: UInt64 = 0
    private var callingChoices: UInt64 = 0
    /// The data of the newest chunk: what is added at the end looks like it.
    private var newest = ByteBuffer()

    init(hidesUsage: Bool) {
        self.hidesUsage = hidesUsage
    }

    var isFinished: Bool { endedChoices != 0 && seenChoices & ~endedChoices == 0 }

    static func isDone(_ data: ByteBuffer) -> Bool {
        let view = data.readableBytesView
        guard view.first == UInt8(ascii: "[") else { return false }
        let end = view.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? view.startIndex
        return view[..<end].elementsEqual("[DONE]".utf8)
    }

    mutating func read(_ event: ServerSentEvent, data: ByteBuffer, of parser: ServerSentEventParser) -> FrameReading {
        var reading = FrameReading()
        if KeepAlive.isOne(data, event: event.event) {
            reading.output = .replaced(KeepAlive.comment)
            return reading
        }
        if Self.isDone(data) {
            end(event, of: parser, &reading)
            return reading
        }
        guard let chunk = try? JSONDocument(parsing: data), chunk.isObject else {
            reading.fault = UpstreamFault(.malformedFrame, "the provider sent a frame that is not a JSON object")
            return reading
        }
        if let error = chunk.member("error"), !error.isNull {
            reading.fault = AnswerCheck.fault(in: error, beside: chunk.root, head: UpstreamHead(status: 200))
            return reading
        }
        if let name = event.event, name == ByteBuffer(staticString: "error"), !chunk.has("choices") {
            reading.fault = AnswerCheck.fault(in: chunk.root, head: UpstreamHead(status: 200))
            return reading
        }
        newest = data
        if summary.id == nil { summary.id = chunk.member("id")?.string }
        let choices = chunk.member("choices")
        choices?.forEachElement { choice in
            readChoice(choice, &reading)
            return true
        }
        readUsage(chunk, hasChoices: choices.map { $0.kind == .array && !$0.isEmpty } ?? false, event, parser, &reading)
        return reading
    }

    private mutating func readChoice(_ choice: JSONValue, _ reading: inout FrameReading) {
        let index = min(max(choice.member("index")?.int ?? 0, 0), 63)
        seenChoices |= 1 << UInt64(index)
        // Some servers send an empty reason with every chunk.
        if let fault = AnswerCheck.fault(inChoice: choice, head: UpstreamHead(status: 200)) {
            reading.fault = fault
            return
        }
        if let reason = choice.member("finish_reason")?.string, !reason.isEmpty {
            endedChoices |= 1 << UInt64(index)
            if summary.finishReason == nil { summary.finishReason = reason }
            reading.commits = true
        }
        guard let said = Self.said(in: choice) else { return }
        speakingChoices |= 1 << UInt64(index)
        if said.isCall { callingChoices |= 1 << UInt64(index) }
        guard !reading.commits else { return }
        reading.commits = true
        summary.contentBytes += said.value.range.count - 2
    }

    /// What is said and by whom.
    private static func delta(of choice: JSONValue) -> JSONValue? { choice.member("delta") ?? choice.member("message") }

    /// The first thing that a choice says, and whether it is a call of a tool.
    private static func said(in choice: JSONValue) -> (value: JSONValue, isCall: Bool)? {
        var said: (value: JSONValue, isCall: Bool)?
        delta(of: choice)?.forEachMember { name, value in
            // Whatever is said beside the role counts: content, a refusal, reasoning, tool calls, audio, what is yet to come.
            if name != "role" && saysSomething(value) { said = (value, name == "tool_calls") }
            return said == nil
        }
        return said
    }

    /// `[DONE]`. What has said something and not why it ended is given the reason that the provider forgot, marked as not its own.
    private mutating func end(_ event: ServerSentEvent, of parser: ServerSentEventParser, _ reading: inout FrameReading)
    {
        reading.isDone = true
        guard !isFinished else { return }
        guard speakingChoices != 0 else {
            reading.fault = UpstreamFault(.unfinished, "the provider's stream says it is done before its answer is")
            return
        }
        var output = ByteBuffer(staticString: #"data: {"object":"chat.completion.chunk""#)
        if let chunk = try? JSONDocument(parsing: newest) {
            for name in ["id", "created", "model"] as [StaticString] {
                guard let value = chunk.member(name) else { continue }
                output.writeString(",\"\(name)\":")
                output.writeImmutableBuffer(value.rawBytes)
            }
        }
        output.writeStaticString(#","choices":["#)
        var isFirst = true
        for index in 0..<64 as Range<UInt64> where seenChoices & ~endedChoices & (1 << index) != 0 {
            let reason = callingChoices & (1 << index) != 0 ? "tool_calls" : "stop"
            if summary.finishReason == nil { summary.finishReason = reason }
            output.writeString(
                #"\#(isFirst ? "" : ","){"index":\#(index),"delta":{},"finish_reason":"\#(reason)","native_finish_reason":null}"#
            )
            isFirst = false
        }
        output.writeStaticString("]}\n\n")
        output.writeImmutableBuffer(parser.bytes(event.range))
        endedChoices = seenChoices
        summary.isReasonAssumed = true
        reading.commits = true
        reading.output = .replaced(output)
    }

    private static func saysSomething(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .null, .boolean: false
        case .string: value.range.count > 2
        case .array, .object: !value.isEmpty
        case .number: false
        }
    }

    private mutating func readUsage(
        _ chunk: JSONDocument, hasChoices: Bool, _ event: ServerSentEvent, _ parser: ServerSentEventParser,
        _ reading: inout FrameReading
    ) {
        guard let usage = chunk.member("usage") else { return }
        if let counted = TokenUsage(openAI: usage) {
            if summary.usage == nil { summary.usage = counted } else { summary.usage?.update(with: counted) }
        }
        guard hidesUsage else { return }
        if usage.isNull {
            var splice = JSONSplice(chunk)
            splice.remove("usage")
            reading.output = .replaced(Self.frame(splice.applied(), in: event, of: parser))
        } else if !hasChoices {
            reading.output = .dropped
        }
    }

    /// The frame with other data and everything else as it was.
    private static func frame(
        _ data: ByteBuffer, in event: ServerSentEvent, of parser: ServerSentEventParser
    ) -> ByteBuffer {
        guard let range = event.dataRange else {
            var frame = ByteBuffer(staticString: "data: ")
            // Data of several lines can only be rejoined as several lines.
            for byte in data.readableBytesView {
                frame.writeInteger(byte)
                if byte == 0x0A { frame.writeStaticString("data: ") }
            }
            frame.writeStaticString("\n\n")
            return frame
        }
        var frame = ByteBufferAllocator().buffer(capacity: event.range.count)
        frame.writeImmutableBuffer(parser.bytes(event.range.lowerBound..<range.lowerBound))
        frame.writeImmutableBuffer(data)
        frame.writeImmutableBuffer(parser.bytes(range.upperBound..<event.range.upperBound))
        return frame
    }

    // MARK: - Frames like others

    /// Strings of a chunk that never differ within a stream, or are looked at.
    private static let fixedStrings: Set<String> = [
        "id", "object", "model", "system_fingerprint", "service_tier", "provider", "error", "usage",
    ]

    func likeness(of data: ByteBuffer) -> FrameLikeness? {
        guard let chunk = try? JSONDocument(parsing: data), chunk.isObject, chunk.member("error")?.isNull ?? true,
            chunk.member("usage")?.isNull ?? true
        else { return nil }
        var strings: [Range<Int>] = []
        var said: JSONValue?
        var ends = false
        chunk.member("choices")?.forEachElement { choice in
            if let reason = choice.member("finish_reason")?.string, !reason.isEmpty { ends = true }
            if said == nil { said = Self.said(in: choice)?.value }
            Self.delta(of: choice)?.forEachMember { name, value in
                if name != "role" { Self.collectStrings(of: value, into: &strings) }
                return true
            }
            return !ends
        }
        guard !ends else { return nil }
        chunk.root.forEachMember { name, value in
            if value.kind == .string, !Self.fixedStrings.contains(name) { strings.append(value.range) }
            return true
        }
        strings.sort { $0.lowerBound < $1.lowerBound }
        return FrameLikeness(
            slots: strings.map { string in
                .init(range: string, isContent: said.map { $0.range.contains(string.lowerBound) } ?? false)
            },
            contentBytes: said.map { $0.range.count - 2 } ?? 0)
    }

    private static func collectStrings(of value: JSONValue, into strings: inout [Range<Int>]) {
        switch value.kind {
        case .string: strings.append(value.range)
        case .object:
            value.forEachMember { _, value in
                collectStrings(of: value, into: &strings)
                return true
            }
        case .array:
            value.forEachElement { value in
                collectStrings(of: value, into: &strings)
                return true
            }
        case .null, .boolean, .number: break
        }
    }

    mutating func passed(contentBytes: Int) { summary.contentBytes += contentBytes }
}
