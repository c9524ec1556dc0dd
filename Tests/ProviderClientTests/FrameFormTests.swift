import BanditCore
import NIOCore
import ProviderClient
import TestSupport
import Testing

/// Frames that are passed over because they are like one that was read, beside frames that are all read.
@Suite("streams: frames like others")
struct FrameFormTests {
    private func relay(hidesUsage: Bool, remembers: Bool) -> StreamRelay {
        let prepared = PreparedRequest(body: ByteBuffer(), wantsStream: true, hidesUsage: hidesUsage)
        var relay = OpenAIDialect().streamRelay(
            head: UpstreamHead(status: 200, contentType: "text/event-stream"), model: "m", prepared: prepared)
        relay.remembersForms = remembers
        return relay
    }

    /// What is said of an action: everything.
    private func described(_ action: StreamAction) -> String {
        switch action {
        case .hold: "hold"
        case .forward(let bytes): "forward \(Array(bytes.readableBytesView))"
        case .finish(let bytes): "finish \(Array(bytes.readableBytesView))"
        case .fault(let fault): "fault \(fault.kind) \(fault.message)"
        case .abort(let bytes, let fault): "abort \(fault.kind) \(Array(bytes.readableBytesView))"
        }
    }

    private static func frame(_ choice: String, _ more: String = "", end: String = "\n\n") -> String {
        #"data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[\#(choice)]\#(more)}"# + end
    }

    private static func word(_ word: String) -> String {
        #"{"index":0,"delta":{"content":"\#(word)"},"logprobs":null,"finish_reason":null}"#
    }

    private static let stop = frame(#"{"index":0,"delta":{},"finish_reason":"stop"}"#)
    private static let done = "data: [DONE]\n\n"

    @Test("of a stream of words each is passed over but the first two, whatever is in them", arguments: [true, false])
    func words(hidesUsage: Bool) {
        let words = [
            "Hello", " world", " 你好", #"\n\"quoted\" \u00e9"#, String(repeating: "long ", count: 500), "🦆", ".", " x",
        ]
        let null = #","usage":null"#
        let frames = words.map { Self.frame(Self.word($0), null + #","obfuscation":"\#($0.count)""#) }
        var relay = relay(hidesUsage: hidesUsage, remembers: true)
        // The first commits, the second is remembered, and each read may begin with the rest of a frame.
        guard case .forward = relay.receive(ByteBuffer(string: frames[0])),
            case .forward = relay.receive(ByteBuffer(string: frames[1])),
            case .forward(let rest) = relay.receive(ByteBuffer(string: frames[2...].joined()))
        else {
            Issue.record("a word was not forwarded")
            return
        }
        let expected = frames[2...].joined()
        #expect(String(buffer: rest) == (hidesUsage ? expected.replacing(null, with: "") : expected))
        #expect(relay.framesPassed == words.count - 2)
        #expect(relay.summary.contentBytes == words.reduce(0) { $0 + $1.utf8.count })
        #expect(relay.summary.id == "c")
    }

    @Test("nothing is passed over that is not what JSON, UTF-8 or a frame must be, or says more than a word")
    func oddities() {
        let odd: [(String, [UInt8])] = [
            ("a control character", Array(Self.frame(Self.word("a\u{1}b")).utf8)),
            ("a line feed in a word", Array(Self.frame(Self.word("a\nb")).utf8)),
            ("a bad escape", Array(Self.frame(Self.word(#"a\x"#)).utf8)),
            ("half an escape", Array(Self.frame(Self.word(#"a\u00"#)).utf8)),
            ("bad UTF-8", Array(Self.frame(Self.word("a#b")).utf8).map { $0 == UInt8(ascii: "#") ? 0xFF : $0 }),
            ("an end without its quote", Array(Self.frame(#"{"index":0,"delta":{"content":"a"#).utf8)),
            ("an error", Array(Self.frame(Self.word("a"), #","error":{"message":"m"}"#).utf8)),
            ("an end", Array(Self.stop.utf8)),
            ("usage", Array(Self.frame("", #","usage":{"prompt_tokens":4,"completion_tokens":2}"#).utf8)),
            ("another id", Array(Self.frame(Self.word("a")).replacing(#""c""#, with: #""d""#).utf8)),
            ("an empty word", Array(Self.frame(Self.word("")).utf8)),
            (
                "data of two lines",
                Array(Self.frame(Self.word("a")).replacing(#","model""#, with: "\ndata: ,\"model\"").utf8)
            ),
            ("the end", Array(Self.done.utf8)),
        ]
        for hidesUsage in [true, false] {
            for (what, bytes) in odd {
                var relay = relay(hidesUsage: hidesUsage, remembers: true)
                _ = relay.receive(ByteBuffer(string: Self.frame(Self.word("a"))))
                _ = relay.receive(ByteBuffer(string: Self.frame(Self.word("b"))))
                _ = relay.receive(ByteBuffer(string: Self.frame(Self.word("c"))))
                #expect(relay.framesPassed == 1)
                _ = relay.receive(ByteBuffer(bytes: bytes))
                #expect(relay.framesPassed == 1, "\(what)")
            }
        }
    }

    // MARK: - At random

    /// Where a word goes in a frame that is to be said again with others.
    private static let place = "@@"

    private static let goodWords = [
        "a", " word", "", #"\n"#, #"\\"#, #"\""#, #"\ud83e\udd86"#, "é", "你好", "🦆", "null", "[DONE]", "data: ", "usage",
        String(repeating: "x", count: 40),
    ]
    private static let badWords = [#"\q"#, "\u{1}", "\t", "\"", "\\", #"{"a":1}"#, "\n", "\r\n\r\n"]

    private static func word(_ generator: inout SplitMix64) -> String {
        (Int.random(in: 0..<60, using: &generator) == 0 ? badWords : goodWords).randomElement(using: &generator)!
    }

    private static func choice(_ generator: inout SplitMix64) -> String {
        let index = ["0", "0", "0", "1", "64"].randomElement(using: &generator)!
        let word = place
        let delta = [
            #""content":"\#(word)""#, #""content":"\#(word)""#, #""role":"assistant","content":"\#(word)""#,
            #""reasoning_content":"\#(word)","content":null"#, #""content":"","refusal":"\#(word)""#,
            #""tool_calls":[{"index":0,"function":{"name":"f","arguments":"\#(word)"}}]"#,
            #""audio":{"data":"\#(word)"}"#,
            #""content":"x","content":"\#(word)""#, #""content":["\#(word)",1]"#, #""role":"\#(word)""#, "",
        ].randomElement(using: &generator)!
        let reason = [
            "null", "null", "null", "null", "null", "null", #""""#, #""stop""#, "1",
        ].randomElement(using: &generator)!
        let name = ["delta", "delta", "delta", "delta", "message"].randomElement(using: &generator)!
        return #"{"index":\#(index),"\#(name)":{\#(delta)},"finish_reason":\#(reason)}"#
    }

    private static func frame(_ generator: inout SplitMix64) -> String {
        let more = [
            "", "", "", #","usage":null"#, #","usage":null"#,
            #","obfuscation":"\#(place)""#,
            #","error":null"#, #","error":{"message":"m"}"#, #","usage":{"prompt_tokens":4,"completion_tokens":2}"#,
            #","error":"\#(place)""#, #","id":"e""#,
            #","usage":null,"x":"\#(place)""#,
        ].randomElement(using: &generator)!
        let end = ["\n\n", "\n\n", "\n\n", "\n\n", "\r\n\r\n", "\r\r", "\n\r\n", "\n"].randomElement(using: &generator)!
        let count = Int.random(in: 0..<12, using: &generator)
        let choices = (0..<(count == 0 ? 2 : count == 1 ? 0 : 1)).map { _ in choice(&generator) }.joined(separator: ",")
        switch Int.random(in: 0..<24, using: &generator) {
        case 0: return ": keep-alive\(end)"
        case 1: return "event: x\n\(frame(choices, more, end: end))"
        case 2: return done
        case 3: return stop
        default: return frame(choices, more, end: end)
        }
    }

    @Test("a stream is relayed as if every frame of it had been read")
    func fuzz() {
        var generator = SplitMix64(seed: 23)
        var passed = 0
        for _ in 0..<fuzzCases {
            // Committed: what can be passed over comes after the first word.
            var bytes = Array(Self.frame(Self.word("a")).utf8)
            while bytes.count < 4_096, Int.random(in: 0..<12, using: &generator) > 0 {
                // The same frame with other words, many times, as streams are; some of them a little wrong.
                let form = Self.frame(&generator)
                for _ in 0..<Int.random(in: 1..<8, using: &generator) {
                    var frame = Array(form.replacing(Self.place, with: Self.word(&generator)).utf8)
                    switch Int.random(in: 0..<60, using: &generator) {
                    case 0 where !frame.isEmpty:
                        let at = Int.random(in: 0..<frame.count, using: &generator)
                        frame[at] = UInt8.random(in: 0...255, using: &generator)
                    case 1 where !frame.isEmpty:
                        frame.remove(at: Int.random(in: 0..<frame.count, using: &generator))
                    default: break
                    }
                    bytes += frame
                }
            }
            let hidesUsage = Bool.random(using: &generator)
            var fast = relay(hidesUsage: hidesUsage, remembers: true)
            var slow = relay(hidesUsage: hidesUsage, remembers: false)
            var at = 0
            while at < bytes.count {
                let piece = bytes[at..<min(bytes.count, at + Int.random(in: 1..<3_000, using: &generator))]
                at = piece.endIndex
                let (one, other) = (fast.receive(ByteBuffer(bytes: piece)), slow.receive(ByteBuffer(bytes: piece)))
                guard described(one) == described(other) else {
                    Issue.record(
                        "\(described(one))\nis not\n\(described(other))\nof \(String(decoding: bytes, as: UTF8.self))")
                    return
                }
            }
            let isClean = Bool.random(using: &generator)
            let gone = UpstreamError(.reset, "gone")
            let (one, other) = (isClean ? fast.finish() : fast.fail(gone), isClean ? slow.finish() : slow.fail(gone))
            guard described(one) == described(other), fast.summary == slow.summary else {
                let text = String(decoding: bytes, as: UTF8.self)
                Issue.record(
                    "\(described(one)) \(fast.summary)\nis not\n\(described(other)) \(slow.summary)\nof \(text)")
                return
            }
            passed += fast.framesPassed
        }
        // Many streams get to where frames can be passed over, before something wrong ends them.
        #expect(passed > fuzzCases / 4)
    }
}
