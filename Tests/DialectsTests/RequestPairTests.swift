import Dialects
import Foundation
import NIOCore
import Testing
import WireFormats

@Suite("requests of every dialect in every other")
struct RequestPairTests {
    static let fixtures: [InboundShape: [String: String]] = [
        .chat: RequestFixtures.chat, .messages: RequestFixtures.messages, .responses: RequestFixtures.responses,
    ]

    static let settings: [OutboundShape: ArmSettings] = [
        .chat: ArmSettings(model: "gpt-x", realm: "o/gpt-x"),
        .responses: ArmSettings(model: "gpt-5-x", realm: "o/gpt-5-x"),
        .messages: ArmSettings(model: "claude-opus-5", realm: "a/claude-opus-5"),
        .gemini: ArmSettings(model: "gemini-3-pro", realm: "g/gemini-3-pro"),
        .converse: ArmSettings(model: "us.anthropic.claude-opus-5", realm: "b/claude"),
    ]

    static func written(_ name: String, _ inbound: InboundShape, _ outbound: OutboundShape) throws -> WrittenRequest {
        let body = try #require(fixtures[inbound]?[name])
        let settings = try #require(settings[outbound])
        return try Conversation(document(body), in: inbound).written(in: outbound, for: settings)
    }

    static let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/requests.jsonl")

    /// `BANDIT_ROUTER_RECORD=1` writes them anew, to be looked at before they are kept.
    @Test("every body is the one that was looked at, and that the providers' own types were held against")
    func goldens() throws {
        var lines: [String] = []
        for inbound in InboundShape.allCases {
            for outbound in OutboundShape.allCases where inbound.own != outbound {
                for name in RequestFixtures.names {
                    let written = try Self.written(name, inbound, outbound)
                    _ = try JSONDocument(parsing: written.body)
                    let adjusted = written.adjusted.all.map { "\"\($0)\"" }.joined(separator: ",")
                    lines.append(
                        #"{"in":"\#(inbound)","out":"\#(outbound)","name":"\#(name)","adjusted":[\#(adjusted)],"body":\#(String(buffer: written.body))}"#
                    )
                }
            }
        }
        let text = lines.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["BANDIT_ROUTER_RECORD"] != nil {
            try text.write(to: Self.golden, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: Self.golden, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines.count == expected.count)
        for (line, expected) in zip(lines, expected) { #expect(line == expected) }
    }

    @Test(
        "what is translated and read back says the same: texts, calls, ids and order",
        arguments: RequestFixtures.names)
    func thereAndBack(name: String) throws {
        for inbound in InboundShape.allCases {
            for outbound in OutboundShape.allCases {
                guard let back = outbound.inbound, back != inbound else { continue }
                var original = try Conversation(document(try #require(Self.fixtures[inbound]?[name])), in: inbound)
                original.answerCalls()
                let written = try Self.written(name, inbound, outbound)
                var again = try Conversation(JSONDocument(parsing: written.body), in: back)
                again.answerCalls()
                guard name != "resultImage" || outbound != .chat else {
                    // The image is shown in the next turn.
                    #expect(Gist.of(again).joined().contains("image"))
                    continue
                }
                #expect(Gist.of(again) == Gist.of(original), "\(inbound) to \(outbound)")
            }
        }
    }

    @Test("numbers keep their digits and texts their escapes")
    func verbatim() throws {
        for outbound in OutboundShape.allCases where outbound != .messages {
            let text = String(buffer: try Self.written("maxTokens", .messages, outbound).body)
            #expect(text.contains("0.70"), "\(outbound)")
            #expect(String(buffer: try Self.written("text", .messages, outbound).body).contains(#"Hi \"you\" \u00e9"#))
        }
    }

    @Test("what a provider's billing is told by is told to nobody else")
    func billing() throws {
        for outbound in OutboundShape.allCases where outbound != .messages {
            #expect(!String(buffer: try Self.written("text", .messages, outbound).body).contains("billing"))
        }
    }

    @Test("offers that a provider would run itself are left out and named")
    func offers() throws {
        #expect(try Self.written("tool", .responses, .messages).adjusted.names.contains("tool:web_search"))
        #expect(try Self.written("parallel", .messages, .chat).adjusted.names.contains("tool:web_search"))
    }

    @Test("names too long or in a namespace go by another and come back")
    func names() throws {
        var names = ToolNames()
        let long = String(repeating: "a", count: 70)
        #expect(names.wireName(long).utf8.count == 64)
        #expect(names[names.wireName(long)].name == long)
        #expect(names.wireName("f", namespace: "ns") == "ns__f")
        #expect(names["ns__f"] == ToolNames.Identity(name: "f", namespace: "ns"))
        #expect(ToolNames.legal("a.b") != ToolNames.legal("a_b"))
    }

    @Test("a configuration overrules, fills in, and adds its own")
    func params() throws {
        var settings = ArmSettings(model: "m", realm: "r")
        settings.params = try document(#"{"temperature":0.1,"reasoning_effort":"high","raw":{"x":{"y":1}}}"#)
        settings.defaults = try document(#"{"top_p":0.5,"temperature":0.9}"#)
        let asked = try document(#"{"messages":[{"role":"user","content":"a"}],"temperature":1,"max_tokens":9}"#)
        let body = try JSONDocument(
            parsing: try Conversation(asked, in: .messages).written(in: .chat, for: settings).body)
        #expect(body.member("temperature")?.double == 0.1)
        #expect(body.member("top_p")?.double == 0.5)
        #expect(body.member("reasoning_effort")?.string == "high")
        #expect(body.member("x")?.member("y")?.int == 1)
        #expect(body.member("max_completion_tokens")?.int == 9)
    }

    @Test("the own dialect can say all; masks and names are whole")
    func masks() {
        for inbound in InboundShape.allCases {
            #expect(RequestFeatures.unspeakable(from: inbound, to: inbound.own) == [])
            for outbound in OutboundShape.allCases where inbound.own != outbound {
                #expect(RequestFeatures.unspeakable(from: inbound, to: outbound).contains(.serverTool))
            }
        }
    }

    @Test(
        "features of messages and responses are found",
        arguments: [
            (
                InboundShape.messages,
                #""messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://x"}}]}]"#,
                ["image_url"]
            ),
            (.messages, #""messages":[{"role":"assistant","content":"a"}]"#, ["prefill"]),
            (
                .messages,
                #""messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"document","source":{"type":"file","file_id":"f"}}]}]}]"#,
                ["file_id"]
            ),
            (
                .messages, #""messages":[{"role":"user","content":[{"type":"web_search_tool_result"}]}]"#,
                ["server_tool"]
            ),
            (
                .messages,
                #""tools":[{"type":"bash_20250124","name":"bash"}],"tool_choice":{"type":"tool","name":"bash"}"#,
                ["server_tool"]
            ),
            (.messages, #""tools":[{"type":"bash_20250124","name":"bash"}]"#, []),
            (.messages, #""mcp_servers":[{}],"container":"c","stop_sequences":["a"]"#, ["stop", "mcp", "container"]),
            (.messages, #""tool_choice":{"type":"auto","disable_parallel_tool_use":true}"#, ["parallel_off"]),
            (
                .responses, #""input":[{"role":"user","content":[{"type":"input_image","image_url":"https://x"}]}]"#,
                ["image_url"]
            ),
            (.responses, #""input":[{"type":"web_search_call"}],"tool_choice":{"type":"web_search"}"#, ["server_tool"]),
            (
                .responses, #""input":[{"type":"additional_tools","tools":[{"type":"custom","name":"p"}]}]"#,
                ["custom_tool"]
            ),
            (
                .responses, #""include":["message.output_text.logprobs"],"text":{"format":{"type":"json_object"}}"#,
                ["logprobs", "json_object"]
            ),
            (.responses, #""input":[{"type":"mcp_call"},{"type":"some_day"}]"#, ["mcp"]),
        ])
    func found(shape: InboundShape, members: String, expected: [String]) throws {
        #expect(try RequestFeatures(document("{\(members)}"), in: shape).names == expected)
    }
}
