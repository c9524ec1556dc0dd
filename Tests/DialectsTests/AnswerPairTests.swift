import Dialects
import Foundation
import NIOCore
import ProviderClient
import Testing
import WireFormats

@Suite("answers of every dialect in every other")
struct AnswerPairTests {
    static let context = AnswerContext(
        id: "0123", model: "m", realm: "p/m", created: 1_700, estimatedInput: 21,
        request: try? document(#"{"model":"r","input":"a"}"#))

    static func events(_ outbound: OutboundShape, _ name: String) throws -> [AnswerEvent] {
        var reader = outbound.reader(realm: context.realm)
        var events: [AnswerEvent] = []
        for frame in try #require(AnswerFixtures.streams[outbound.rawValue]?[name]) {
            let halves = frame.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
            try reader.read(
                frame: document(String(halves[1])), named: halves[0].isEmpty ? nil : String(halves[0]), into: &events)
        }
        return events
    }

    static func stream(_ events: [AnswerEvent], to inbound: InboundShape) -> ByteBuffer {
        var writer = inbound.streamWriter(context)
        var output = ByteBuffer()
        for event in events { writer.write(event, to: &output) }
        writer.end(to: &output)
        return output
    }

    static let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/answers.jsonl")

    @Test("every stream and every whole answer is the one that was looked at")
    func goldens() throws {
        var lines: [String] = []
        for outbound in OutboundShape.allCases {
            for inbound in InboundShape.allCases where inbound.own != outbound {
                for name in ["calls", "refusal", "text"] {
                    let events = try Self.events(outbound, name)
                    let stream = JSONString.quoted(String(buffer: Self.stream(events, to: inbound)))
                    let whole = String(buffer: inbound.body(of: WholeAnswer(events), Self.context))
                    lines.append(
                        #"{"out":"\#(outbound)","in":"\#(inbound)","name":"\#(name)","stream":\#(stream),"whole":\#(whole)}"#
                    )
                }
            }
        }
        if ProcessInfo.processInfo.environment["BANDIT_ROUTER_RECORD"] != nil {
            try (lines.joined(separator: "\n") + "\n").write(to: Self.golden, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: Self.golden, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines.count == expected.count)
        for (line, expected) in zip(lines, expected) { #expect(line == expected) }
    }

    @Test("a stream says what a whole answer says", arguments: OutboundShape.allCases)
    func alike(outbound: OutboundShape) throws {
        for inbound in InboundShape.allCases {
            for name in ["calls", "refusal", "text"] {
                let events = try Self.events(outbound, name)
                var parser = ServerSentEventParser()
                parser.append(Self.stream(events, to: inbound))
                var reader = inbound.own.reader(realm: Self.context.realm)
                var again: [AnswerEvent] = []
                while let frame = try parser.next() {
                    guard let data = frame.data, let json = try? JSONDocument(parsing: data) else { continue }
                    try reader.read(frame: json, named: frame.event.map { String(buffer: $0) }, into: &again)
                }
                var whole: [AnswerEvent] = []
                var other = inbound.own.reader(realm: Self.context.realm)
                let body = inbound.body(of: WholeAnswer(events), Self.context)
                try other.read(whole: JSONDocument(parsing: body), into: &whole)
                #expect(Self.gist(again) == Self.gist(whole), "\(outbound) \(inbound) \(name)")
                #expect(Self.gist(again) == Self.gist(events), "\(outbound) \(inbound) \(name)")
            }
        }
    }

    /// Texts, calls and their ids and arguments; a refusal is a text in some dialects.
    static func gist(_ events: [AnswerEvent]) -> [String] {
        let answer = WholeAnswer(events)
        var gist: [String] = []
        for part in answer.parts {
            switch part {
            case .text(let text, _), .refusal(let text): gist.append("says \(text.string)")
            case .call(let call): gist.append("calls \(call.head.id) \(call.head.name) \(call.text.string)")
            case .reasoning(let reasoning):
                if !reasoning.text.isEmpty { gist.append("thinks \(reasoning.text.string)") }
            }
        }
        return gist
    }

    @Test("usage is the same in every dialect", arguments: OutboundShape.allCases)
    func usage(outbound: OutboundShape) throws {
        let usage = try #require(WholeAnswer(Self.events(outbound, "text")).usage)
        #expect(usage.promptTokens == 9)
        #expect(usage.completionTokens == 4)
        #expect(usage.cachedPromptTokens == 5)
        for inbound in InboundShape.allCases {
            let body = try JSONDocument(
                parsing: inbound.body(of: WholeAnswer(Self.events(outbound, "text")), Self.context))
            let again =
                switch inbound {
                case .chat: TokenUsage(openAI: body.member("usage"))
                case .messages: TokenUsage(anthropic: body.member("usage"))
                case .responses: TokenUsage(responses: body.member("usage"))
                }
            #expect(again?.promptTokens == 9)
            #expect(again?.cachedPromptTokens == 5)
            #expect(again?.completionTokens == 4)
        }
    }

    @Test("a streamed call without arguments ends as an empty object in a chat", arguments: OutboundShape.allCases)
    func noArguments(outbound: OutboundShape) throws {
        let text = String(buffer: Self.stream(try Self.events(outbound, "calls"), to: .chat))
        #expect(text.contains(#""arguments":"{}""#))
        #expect(text.hasSuffix("data: [DONE]\n\n"))
    }

    @Test(
        "endings that are faults of the arm, and prompts that were blocked",
        arguments: [
            (OutboundShape.gemini, #"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}"#, true),
            (.gemini, #"{"candidates":[{"content":{"parts":[]},"finishReason":"STOP"}]}"#, true),
            (.gemini, #"{"promptFeedback":{"blockReason":"SAFETY"}}"#, false), (.gemini, "{}", true),
            (.gemini, #"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}"#, true),
            (.converse, #"{"output":{"message":{"content":[]}},"stopReason":"malformed_tool_use"}"#, true),
            (.converse, #"{"output":{"message":{"content":[]}},"stopReason":"content_filtered"}"#, false),
            (.converse, "{}", true), (.chat, #"{"choices":[]}"#, true), (.messages, #"{"content":[]}"#, true),
            (.messages, #"{"content":[],"stop_reason":"refusal"}"#, false),
            (.responses, #"{"status":"failed","output":[],"error":{"code":"x","message":"m"}}"#, true),
            (.responses, #"{"output":[],"incomplete_details":{"reason":"content_filter"}}"#, false),
        ])
    func endings(outbound: OutboundShape, body: String, isFault: Bool) throws {
        var reader = outbound.reader(realm: "r")
        var events: [AnswerEvent] = []
        var failed = false
        do { try reader.read(whole: document(body), into: &events) } catch { failed = true }
        #expect(failed == isFault)
        if !isFault { #expect(WholeAnswer(events).stop == .refusal) }
    }

    @Test("a tool of free text gets its text, unwrapped where the provider knows objects only")
    func freeform() throws {
        var context = Self.context
        _ = context.names.wireName("patch", isFreeform: true)
        let head = ToolCallHead(id: "c", name: "patch", seal: nil)
        let events: [AnswerEvent] = [
            .call(index: 0, head), .arguments(index: 0, EscapedText(#"{"input":"a"#)),
            .arguments(index: 0, EscapedText(#"\nb"}"#)), .callEnd(index: 0), .stop(.toolCalls),
        ]
        var writer = InboundShape.responses.streamWriter(context)
        var output = ByteBuffer()
        for event in events { writer.write(event, to: &output) }
        writer.end(to: &output)
        let text = String(buffer: output)
        #expect(
            text.contains(#""type":"custom_tool_call","id":"ctc_0123_0","call_id":"c","name":"patch","input":"a\nb""#))
        #expect(text.contains("response.custom_tool_call_input.done"))
    }
}
