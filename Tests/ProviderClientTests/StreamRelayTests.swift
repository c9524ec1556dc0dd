import BanditCore
import NIOCore
import ProviderClient
import TestSupport
import Testing

@Suite("streams: hold, commit, forward, end")
struct StreamRelayTests {
    private static let role =
        #"data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#
        + "\n\n"
    private static let hello =
        #"data: {"id":"c","choices":[{"index":0,"delta":{"content":"he"},"finish_reason":null}]}"# + "\n\n"
    private static let stop = #"data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"# + "\n\n"
    private static let usage =
        #"data: {"id":"c","choices":[],"usage":{"prompt_tokens":4,"completion_tokens":2}}"# + "\n\n"
    private static let done = "data: [DONE]\n\n"

    /// What a client would have got, and how it ended.
    private struct Run: Equatable {
        var sent = ""
        var end = "open"
        var fault: UpstreamFault.Kind?
        var words: String?
        var actions: [String] = []
    }

    private func relay(
        hidesUsage: Bool = true, status: Int = 200, contentType: String? = "text/event-stream",
        dialect: any ProviderDialect = OpenAIDialect()
    ) -> StreamRelay {
        let prepared = PreparedRequest(body: ByteBuffer(), wantsStream: true, hidesUsage: hidesUsage)
        return dialect.streamRelay(
            head: UpstreamHead(status: status, contentType: contentType), model: "m", prepared: prepared)
    }

    private enum Ending { case open, clean, failed }

    private func run(_ relay: inout StreamRelay, _ pieces: [String], _ ending: Ending = .clean) -> Run {
        var run = Run()
        func take(_ action: StreamAction) {
            switch action {
            case .hold: run.actions.append("hold")
            case .forward(let bytes):
                run.actions.append("forward")
                run.sent += String(buffer: bytes)
            case .finish(let bytes):
                run.sent += String(buffer: bytes)
                run.end = "finished"
            case .fault(let fault):
                run.end = "fault"
                run.fault = fault.kind
                run.words = fault.message
            case .abort(let bytes, let fault):
                run.sent += String(buffer: bytes)
                run.end = "aborted"
                run.fault = fault.kind
                run.words = fault.message
            }
        }
        for piece in pieces { take(relay.receive(ByteBuffer(string: piece))) }
        switch ending {
        case .open: break
        case .clean: take(relay.finish())
        case .failed: take(relay.fail(UpstreamError(.reset, "gone")))
        }
        return run
    }

    private func run(_ pieces: [String], _ ending: Ending = .clean, hidesUsage: Bool = true) -> Run {
        var relay = relay(hidesUsage: hidesUsage)
        return run(&relay, pieces, ending)
    }

    @Test("a healthy stream is forwarded byte for byte, its role chunk held until there is content")
    func healthy() {
        let pieces = [Self.role, Self.hello, ": ping\n\n", Self.hello, Self.stop, Self.done]
        let result = run(pieces)
        #expect(result.sent == pieces.joined())
        #expect(result.end == "finished")
        // After the end there is nothing to do, not even for the end of the connection.
        #expect(result.actions == ["hold", "forward", "forward", "forward", "forward", "hold"])
    }

    @Test("bytes are not copied where nothing has to go")
    func noCopy() {
        var relay = relay()
        let bytes = ByteBuffer(string: Self.hello + Self.hello)
        guard case .forward(let sent) = relay.receive(bytes) else {
            Issue.record("not forwarded")
            return
        }
        #expect(sent.withUnsafeReadableBytes { $0.baseAddress } == bytes.withUnsafeReadableBytes { $0.baseAddress })
    }

    @Test("however the bytes are split, the client gets the same")
    func splits() {
        let text = [Self.role, Self.hello, ": c\r\n\r\n", Self.hello, Self.stop, Self.usage, Self.done].joined()
        let whole = run([text])
        var generator = SplitMix64(seed: 9)
        for _ in 0..<300 {
            var pieces: [String] = []
            var rest = Substring(text)
            while !rest.isEmpty {
                let length = min(rest.unicodeScalars.count, Int.random(in: 1..<80, using: &generator))
                let scalars = rest.unicodeScalars
                let end = scalars.index(scalars.startIndex, offsetBy: length)
                pieces.append(String(rest[..<end]))
                rest = rest[end...]
            }
            let split = run(pieces)
            #expect(split.sent == whole.sent)
            #expect(split.end == "finished")
        }
        #expect(whole.sent == text.replacing(Self.usage, with: ""))
    }

    @Test("usage that the router asked for is taken out, and read; usage the client asked for stays")
    func usage() {
        let nulled = Self.hello.replacing(#""id":"c","#, with: #""id":"c","usage":null,"#)
        let kept = Self.hello.replacing("]}\n", with: "] , \"usage\" : null }\n")
        let pieces = [Self.role, nulled, kept, Self.stop, Self.usage, Self.done]
        var hiding = relay()
        #expect(
            run(&hiding, pieces).sent
                == [Self.role, Self.hello, Self.hello.replacing("]}\n", with: "] }\n"), Self.stop, Self.done].joined())
        #expect(
            hiding.summary
                == StreamSummary(
                    id: "c", usage: TokenUsage(promptTokens: 4, completionTokens: 2), finishReason: "stop",
                    contentBytes: 4)
        )
        #expect(run(pieces, hidesUsage: false).sent == pieces.joined())
        // A provider that adds usage to its last chunk of content did not do so for us.
        let inContent = Self.stop.replacing("]}\n", with: #"],"usage":{"prompt_tokens":1}}"# + "\n")
        #expect(run([Self.hello, inContent, Self.done]).sent == Self.hello + inContent + Self.done)
    }

    @Test("other lines of a frame, and CRLF, survive the removal of usage")
    func frameLines() {
        let frame =
            ": c\r\nid: 7\r\ndata: {\"usage\":null,\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\r\nretry: 5\r\n\r\n"
        #expect(run([frame], .open).sent == frame.replacing("\"usage\":null,", with: ""))
        let lines = "data: {\"usage\":null,\ndata: \"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"
        #expect(run([lines], .open).sent == "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n")
    }

    @Test(
        "content, a tool call, a refusal, reasoning or a finish commits; a role, nothing and usage do not",
        arguments: [
            (#"{"role":"assistant"}"#, "null", false),
            (#"{"role":"assistant","content":"","refusal":null}"#, "null", false),
            ("{}", "null", false), ("{}", #""""#, false), (#"{"content":null,"tool_calls":[]}"#, "null", false),
            (#"{"content":"x"}"#, "null", true), (#"{"content":" "}"#, "null", true),
            (#"{"refusal":"no"}"#, "null", true),
            (#"{"tool_calls":[{"index":0}]}"#, "null", true), (#"{"reasoning_content":"hm"}"#, "null", true),
            (#"{"function_call":{"name":"f"}}"#, "null", true), ("{}", #""stop""#, true), ("null", "null", false),
        ])
    func commitment(delta: String, finish: String, commits: Bool) {
        let chunk = #"data: {"choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(finish)}]}"# + "\n\n"
        var relay = relay()
        let result = run(&relay, [chunk], .open)
        #expect(result.sent == (commits ? chunk : ""))
        #expect(relay.hasCommitted == commits)
        // What was held goes with the first content, and first.
        guard !commits else { return }
        #expect(run(&relay, [Self.hello], .open).sent == chunk + Self.hello)
    }

    @Test("choices that are null or empty, as some providers send them, are no fault")
    func hollowChoices() {
        let hollow = [
            "data: {\"choices\":null}\n\n", "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n",
        ]
        let result = run(hollow + [Self.hello, Self.stop, Self.done])
        #expect(result.sent == (hollow + [Self.hello, Self.stop, Self.done]).joined())
        #expect(result.end == "finished")
    }

    @Test(
        "an end after the finish is completed with [DONE], clean or not, also after half a frame",
        arguments: [true, false])
    func missingDone(clean: Bool) {
        for tail in ["", "data: [DO", "data: {\"id\":"] {
            let result = run([Self.hello, Self.stop, tail], clean ? .clean : .failed)
            #expect(result.sent == Self.hello + Self.stop + Self.done)
            #expect(result.end == "finished")
        }
        // A last frame that only lacks its blank line still counts.
        #expect(run([Self.hello, Self.stop, "data: [DONE]\n"]).end == "finished")
    }

    @Test("an end without a finish is a fault: unseen before the first content, told after it")
    func unfinished() {
        for ending in [Ending.clean, .failed] {
            let kind: UpstreamFault.Kind = ending == .clean ? .unfinished : .transport
            let early = run([Self.role], ending)
            #expect(early == Run(sent: "", end: "fault", fault: kind, words: early.words, actions: ["hold"]))
            let late = run([Self.role, Self.hello], ending)
            #expect(late.end == "aborted")
            #expect(late.fault == kind)
            #expect(late.sent == Self.role + Self.hello)
        }
        #expect(run([]).fault == .unfinished)
        // The word that it is done, where nothing was, is a fault as well, and is not shown.
        #expect(run([Self.role, Self.done]).fault == .unfinished)
        #expect(run([Self.role, Self.done]).sent.isEmpty)
        #expect(run([Self.done]).fault == .unfinished)
    }

    @Test("[DONE] without a finish: what was said is delivered, with a reason that is marked as the router's")
    func assumedReason() {
        func end(_ index: Int, _ reason: String) -> String {
            #"{"index":\#(index),"delta":{},"finish_reason":"\#(reason)","native_finish_reason":null}"#
        }
        func chunk(_ ends: String...) -> String {
            #"data: {"object":"chat.completion.chunk","id":"c","choices":[\#(ends.joined(separator: ","))]}"# + "\n\n"
        }
        var relay = relay()
        let result = run(&relay, [Self.role, Self.hello + Self.done])
        #expect(result.sent == Self.role + Self.hello + chunk(end(0, "stop")) + Self.done)
        #expect(result.end == "finished")
        #expect(relay.summary.finishReason == "stop")
        #expect(relay.summary.isReasonAssumed)
        // Usage that comes before the end stays before the reason; only the choices that lack one are given one.
        let second = Self.hello.replacing(#""index":0"#, with: #""index":1"#)
        let two = run([Self.hello, second, Self.stop, Self.usage, Self.done], hidesUsage: false)
        #expect(two.sent == Self.hello + second + Self.stop + Self.usage + chunk(end(1, "stop")) + Self.done)
        let call = Self.hello.replacing(#"{"content":"he"}"#, with: #"{"tool_calls":[{"index":0,"id":"t"}]}"#)
        #expect(run([call, Self.done]).sent == call + chunk(end(0, "tool_calls")) + Self.done)
        var whole = self.relay()
        _ = run(&whole, [Self.hello, Self.stop, Self.done])
        #expect(!whole.summary.isReasonAssumed)
    }

    @Test("Anthropic: message_stop without a stop reason is completed as well, and so is a stranger's [DONE]")
    func anthropicAssumedReason() {
        for end in [Self.event(#"{"type":"message_stop"}"#), Self.done] {
            var relay = relay(dialect: AnthropicDialect(now: { 5 }))
            let result = run(&relay, Array(Self.anthropic.prefix(4)) + [end])
            let mark = #""finish_reason":"stop","native_finish_reason":null}]}"#
            #expect(result.sent.hasSuffix(mark + "\n\n" + Self.done))
            #expect(result.end == "finished")
            #expect(relay.summary.isReasonAssumed)
            var silent = self.relay(dialect: AnthropicDialect(now: { 5 }))
            #expect(run(&silent, [Self.anthropic[0], end]).fault == .unfinished)
        }
    }

    @Test(
        "frames that only say the provider is alive become comments, before the first word and after it",
        arguments: [
            "data: \n\n", "data:\n\n", "data\n\n", "data: : PROCESSING\n\n", "data: ping\n\n", "data: [PING]\n\n",
            "data: keep-alive\n\n", "data: {}\n\n", "data: null\n\n", "event: ping\ndata: {\"type\":\"ping\"}\n\n",
            "event: heartbeat\ndata: 17\n\n", "data: \ndata: \n\n", "data:  \r\n\r\n",
        ])
    func keepAlive(frame: String) {
        let comment = ": keep-alive\n\n"
        let result = run([Self.role, frame, Self.hello, frame, Self.stop, Self.done])
        #expect(result.sent == [Self.role, comment, Self.hello, comment, Self.stop, Self.done].joined())
        #expect(result.end == "finished")
        var anthropic = relay(dialect: AnthropicDialect(now: { 5 }))
        #expect(run(&anthropic, [Self.anthropic[0], frame] + Self.anthropic.dropFirst()).end == "finished")
    }

    @Test("a frame of 12 MB in small pieces is one frame; one beyond the bound is given up")
    func longFrame() {
        let image = String(repeating: "A", count: 12_000_000)
        let chunk = #"data: {"choices":[{"index":0,"delta":{"images":["\#(image)"]}}]}"# + "\n\n"
        func sent(_ text: String) -> (bytes: Int, end: String) {
            var relay = relay()
            var rest = ByteBuffer(string: text)
            var bytes = 0
            while let piece = rest.readSlice(length: min(16_384, rest.readableBytes)), piece.readableBytes > 0 {
                switch relay.receive(piece) {
                case .forward(let sent): bytes += sent.readableBytes
                case .fault: return (bytes, "fault")
                default: break
                }
            }
            return (bytes, "open")
        }
        #expect(sent(chunk) == (chunk.utf8.count, "open"))
        let tooLong = chunk + "data: " + image + image + image
        #expect(sent("data: " + tooLong.dropFirst(6).replacing("\n", with: "")).end == "fault")
    }

    @Test("every choice must finish, where the provider does not say that it is done")
    func severalChoices() {
        let second = Self.hello.replacing(#""index":0"#, with: #""index":1"#)
        #expect(run([Self.hello, second, Self.stop]).fault == .unfinished)
        let stopped = Self.stop.replacing(#""index":0"#, with: #""index":1"#)
        #expect(run([Self.hello, second, Self.stop, stopped, Self.done]).end == "finished")
    }

    @Test(
        "a frame that is no JSON object ends the stream and is not forwarded",
        arguments: [
            "data: {\"id\":\n\n", "data: [1]\n\n", "data: hello\n\n", "data: {} {}\n\n", "data: NaN\n\n",
        ])
    func malformedFrame(frame: String) {
        #expect(run([Self.role, frame]).end == "fault")
        let late = run([Self.hello + frame + Self.hello])
        #expect(late.end == "aborted")
        #expect(late.fault == .malformedFrame)
        #expect(late.sent == Self.hello)
    }

    @Test("an error object in the stream is a fault, in the provider's words")
    func errorFrame() {
        let frame = #"data: {"error":{"message":"over \"loaded\"","code":"busy"}}"# + "\n\n"
        #expect(run([Self.role, frame]).fault == .errorObject)
        let late = run([Self.hello, frame])
        #expect(late.fault == .errorObject)
        #expect(late.words == #"over "loaded""#)
        #expect(late.sent == Self.hello)
    }

    @Test("what is no event stream is a fault, whatever it is; its own error is read", arguments: [true, false])
    func notAStream(clean: Bool) {
        func fault(_ status: Int, _ type: String?, _ body: String) -> UpstreamFault.Kind? {
            var relay = relay(status: status, contentType: type)
            return run(&relay, [body], clean ? .clean : .failed).fault
        }
        #expect(fault(200, "text/html", "<html>") == (clean ? .notEventStream : .transport))
        #expect(fault(200, "application/json", #"{"error":{"message":"x"}}"#) == (clean ? .errorObject : .transport))
        #expect(fault(200, "text/event-stream", #"{"error":{"message":"x"}}"#) == (clean ? .errorObject : .transport))
        #expect(fault(200, "application/json", #"{"choices":[]}"#) == (clean ? .notEventStream : .transport))
        #expect(fault(200, "text/plain", "dataless") == (clean ? .notEventStream : .transport))
        #expect(fault(429, "application/json", #"{"error":{"message":"x"}}"#) == .status)
        #expect(fault(302, nil, "") == .redirect)
        #expect(fault(204, nil, "") == (clean ? .notEventStream : .transport))
        var untyped = relay(contentType: nil)
        #expect(run(&untyped, [Self.hello, Self.stop, Self.done]).end == "finished")
    }

    @Test("a stream that sends without saying anything is given up")
    func endlessHold() {
        let filler = ": " + String(repeating: "x", count: 60_000) + "\n\n"
        let result = run(Array(repeating: filler, count: 40), .open)
        #expect(result.end == "fault")
        #expect(result.sent.isEmpty)
    }

    // MARK: - Anthropic

    private static func event(_ data: String) -> String { "event: x\ndata: \(data)\n\n" }

    private static let anthropic = [
        event(
            #"{"type":"message_start","message":{"id":"msg_1","model":"claude-x","usage":{"input_tokens":9,"cache_read_input_tokens":2,"output_tokens":1}}}"#
        ),
        event(#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#),
        event(#"{"type":"ping"}"#),
        event(#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"h\u00e9"}}"#),
        event(#"{"type":"content_block_stop","index":0}"#),
        event(
            #"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}"#
        ),
        event(
            #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"q\":"}}"#),
        event(#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"1}"}}"#),
        event(#"{"type":"content_block_stop","index":1}"#),
        event(#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":12}}"#),
        event(#"{"type":"message_stop"}"#),
    ]

    private static func chunk(_ delta: String, finish: String = "null") -> String {
        #"data: {"id":"msg_1","object":"chat.completion.chunk","created":5,"model":"claude-x","choices":"#
            + #"[{"index":0,"delta":\#(delta),"finish_reason":\#(finish)}]}"# + "\n\n"
    }

    @Test("Anthropic's events come out as OpenAI's chunks", arguments: [true, false])
    func anthropicStream(hidesUsage: Bool) {
        var relay = relay(hidesUsage: hidesUsage, dialect: AnthropicDialect(now: { 5 }))
        let result = run(&relay, Self.anthropic)
        var expected = [
            Self.chunk(#"{"role":"assistant","content":""}"#), Self.chunk(#"{"content":"h\u00e9"}"#),
            Self.chunk(
                #"{"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":""}}]}"#),
            Self.chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"q\":"}}]}"#),
            Self.chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"#),
            Self.chunk("{}", finish: #""tool_calls""#),
        ]
        if !hidesUsage {
            expected.append(
                #"data: {"id":"msg_1","object":"chat.completion.chunk","created":5,"model":"claude-x","choices":[],"#
                    + #""usage":{"prompt_tokens":11,"completion_tokens":12,"total_tokens":23,"prompt_tokens_details":{"cached_tokens":2}}}"#
                    + "\n\n")
        }
        #expect(result.sent == (expected + [Self.done]).joined())
        #expect(result.end == "finished")
        // message_start does not commit, nor does the beginning of a text block.
        #expect(result.actions.prefix(4) == ["hold", "hold", "hold", "forward"])
        #expect(
            relay.summary
                == StreamSummary(
                    id: "msg_1", usage: TokenUsage(promptTokens: 11, completionTokens: 12, cachedPromptTokens: 2),
                    finishReason: "tool_calls", contentBytes: 16))
    }

    @Test(
        "Anthropic: cut anywhere, it is a fault before the first content and an error event after, until it has its reason"
    )
    func anthropicCut() {
        for count in 0..<Self.anthropic.count {
            var relay = relay(dialect: AnthropicDialect(now: { 5 }))
            let result = run(&relay, Array(Self.anthropic.prefix(count)))
            #expect(result.end == (count < 4 ? "fault" : count < 10 ? "aborted" : "finished"), "\(count)")
            #expect(result.sent.contains("[DONE]") == (count >= 10))
        }
        var failing = relay(dialect: AnthropicDialect(now: { 5 }))
        let error = Self.event(#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#)
        let result = run(&failing, Array(Self.anthropic.prefix(4)) + [error])
        #expect(result.fault == .errorObject)
        #expect(result.words == "Overloaded")
    }

    /// As a client reads it: in a comment, or behind something else, the word means nothing.
    private func saysDone(_ text: String) -> Bool {
        var parser = ServerSentEventParser()
        parser.append(ByteBuffer(string: text))
        while let event = try? parser.next() {
            if event.data == ByteBuffer(string: "[DONE]") { return true }
        }
        return false
    }

    @Test("random frames in random pieces: no crash, one end at most, and never [DONE] after a fault")
    func fuzz() {
        var generator = SplitMix64(seed: 21)
        let parts =
            [
                Self.role, Self.hello, Self.stop, Self.usage, Self.done, "data: {", "}\n\n", "\r", ": c\n\n",
                "data: {\"error\":1}\n\n",
            ] + Self.anthropic
        for round in 0..<fuzzCases {
            var relay = relay(dialect: round % 2 == 0 ? OpenAIDialect() : AnthropicDialect(now: { 5 }))
            let pieces = (0..<Int.random(in: 0..<8, using: &generator)).map { _ in
                var part = parts.randomElement(using: &generator)!
                if Int.random(in: 0..<4, using: &generator) == 0 {
                    part = String(part.dropLast(Int.random(in: 0..<6, using: &generator)))
                }
                if Int.random(in: 0..<3, using: &generator) == 0 {
                    part = String(
                        decoding: NumberEdges.replaced(
                            in: Array(part.utf8), place: Int.random(in: 0..<16, using: &generator),
                            edge: Int.random(in: 0..<64, using: &generator)), as: UTF8.self)
                }
                return part
            }
            let result = run(&relay, pieces, Bool.random(using: &generator) ? .clean : .failed)
            #expect(result.end != "open")
            // Not a matter of bytes: a blank line may be a CR, and a frame may say more than its data.
            #expect(saysDone(result.sent) == (result.end == "finished"), "\(result.sent)")
            if case .hold = relay.receive(ByteBuffer(string: Self.hello)) {
            } else {
                Issue.record("alive after its end")
            }
        }
    }
}
