import NIOCore
import ProviderClient
import SimulatedProvider
import Testing
import WireFormats

/// What a model that is held to a form gives.
@Suite("simulated models: JSON, schemas and tools")
struct StructuredAnswerTests {
    static let schemas = [
        #"{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}"#,
        #"{"type":"object","properties":{"n":{"type":"integer","minimum":3,"maximum":3},"x":{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1},"m":{"type":"integer","multipleOf":7,"minimum":50},"q":{"type":"number","multipleOf":0.25,"maximum":-1}}}"#,
        #"{"type":"object","properties":{"a":{"type":"string","minLength":40},"b":{"type":"string","maxLength":3},"c":{"type":"string","pattern":"^[A-Z]{2}-\\d{3,5}(x|yz)?$"},"d":{"type":"string","pattern":"^(?:red|green)\\.[a-f0-9]+$","minLength":9}}}"#,
        #"{"type":"array","items":{"type":"string","enum":["a","b","c"]},"minItems":3,"maxItems":3,"uniqueItems":true}"#,
        ##"{"$defs":{"User":{"type":"object","properties":{"name":{"type":"string"},"friends":{"type":"array","items":{"$ref":"#/$defs/User"}}},"required":["name","friends"]}},"$ref":"#/$defs/User"}"##,
        ##"{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]},"k":{"const":"fixed"}},"required":["next","k"]}"##,
        #"{"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"b":{"type":["null","boolean"]}},"required":["b"]}]}"#,
        #"{"type":"object","additionalProperties":{"type":"number"},"minProperties":2}"#,
        #"{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"items":false}"#,
        #"{"oneOf":[{"type":"object","properties":{"kind":{"const":"cat"},"lives":{"type":"integer","minimum":9}},"required":["kind","lives"]},{"type":"null"}]}"#,
        #"{"type":"object","required":["undeclared"],"properties":{}}"#, #"{"type":"integer"}"#,
        #"{"enum":[1,"two",null]}"#, "{}",
    ]

    @Test(
        "schemas and patterns that multiply within themselves are answered at once",
        .timeLimit(.minutes(1)),
        arguments: [
            #"{"type":"string","pattern":"((((|){4096}){4096}){4096}){4096}"}"#,
            #"{"type":"string","pattern":"((((a|b){4096}){4096}){4096}){4096}"}"#,
            ##"{"type":"object","allOf":[{"$ref":"#"},{"$ref":"#"},{"$ref":"#"},{"$ref":"#"},{"$ref":"#"}]}"##,
        ])
    func multiplied(schema: String) async throws {
        let format =
            #""response_format":{"type":"json_schema","json_schema":{"name":"x","schema":\#(schema),"strict":true}}"#
        #expect(try await answer(format).kind == .object)
    }

    private func answer(
        _ more: String, prompt: String = "x", stream: Bool = false, dialect: any ProviderDialect = OpenAIDialect(),
        seed: UInt64 = 1
    ) async throws -> JSONValue {
        var found: JSONValue?
        try await withProvider(seed: seed) { _, client in
            let body =
                #"{"model":"m","stream":\#(stream),"messages":[{"role":"user","content":\#(JSONString.quoted(prompt))}],\#(more)}"#
            guard case .answer(let text, _) = try await client.chat(dialect, model: "m", body: body) else { return }
            guard stream else {
                found = try JSONValue(parsing: ByteBuffer(string: text)).member("choices")?.elements.first?.member(
                    "message")
                return
            }
            // A whole answer again.
            let whole = UpstreamAnswer(
                head: UpstreamHead(status: 200), body: ByteBuffer(string: text),
                timings: UpstreamTimings(firstByteNanoseconds: 0, totalNanoseconds: 0, reusedConnection: false))
            let checked = try OpenAIDialect().checkChat(whole, model: "m").get()
            found = try JSONValue(parsing: checked.body).member("choices")?.elements.first?.member("message")
        }
        return try #require(found)
    }

    private func problems(_ text: String?, _ schema: String) throws -> [String] {
        var check = SchemaCheck(try JSONValue(parsing: ByteBuffer(string: schema)))
        check.check(try JSONValue(parsing: ByteBuffer(string: text ?? "")))
        return check.problems
    }

    @Test("a schema is followed, whole and streamed, in both dialects", arguments: schemas)
    func schema(schema: String) async throws {
        let dialects: [any ProviderDialect] = [OpenAIDialect(), AnthropicDialect(), OpenAIDialect()]
        for (seed, dialect) in dialects.enumerated() {
            for stream in [false, true] {
                let format = #""response_format":{"type":"json_schema","json_schema":{"name":"n","schema":\#(schema)}}"#
                let message = try await answer(format, stream: stream, dialect: dialect, seed: UInt64(seed))
                let text = message.member("content")?.string
                #expect(try problems(text, schema) == [], "\(text ?? "nothing")")
            }
        }
    }

    @Test(
        "the arguments of a tool follow its parameters",
        arguments: schemas.filter { $0.hasPrefix(#"{"type":"object""#) })
    func tool(schema: String) async throws {
        let more =
            #""tools":[{"type":"function","function":{"name":"f","parameters":\#(schema)}}],"tool_choice":{"type":"function","function":{"name":"f"}}"#
        for dialect in [OpenAIDialect(), AnthropicDialect()] as [any ProviderDialect] {
            for stream in [false, true] {
                let call = try await answer(more, stream: stream, dialect: dialect).member("tool_calls")?.elements.first
                #expect(call?.member("function")?.member("name")?.string == "f")
                let text = call?.member("function")?.member("arguments")?.string
                #expect(try problems(text, schema) == [], "\(text ?? "nothing")")
            }
        }
    }

    @Test("what the prompt says is used where it fits")
    func hints() async throws {
        let format = #""response_format":{"type":"json_schema","json_schema":{"schema":\#(Self.schemas[0])}}"#
        let message = try await answer(format, prompt: "Extract: Jason is 25 years old.")
        #expect(message.member("content")?.string == #"{"name":"Jason","age":25}"#)
        let object = try await answer(#""response_format":{"type":"json_object"}"#)
        #expect(try JSONDocument(parsing: ByteBuffer(string: object.member("content")?.string ?? "")).isObject)
        let told = try await answer(
            #""response_format":{"type":"json_object"}"#,
            prompt: "Ann is 7. Answer by this schema: \(Self.schemas[0]) and nothing else")
        #expect(told.member("content")?.string == #"{"name":"Ann","age":7}"#)
    }

    @Test("any tool: one that was not called yet, the last when all were; a new question begins anew")
    func anyTool() async throws {
        func called(_ messages: String) async throws -> String? {
            var name: String?
            try await withProvider { _, client in
                let body = #"""
                    {"model":"m","messages":[{"role":"user","content":"x"}\#(messages)],"tool_choice":"required",
                     "tools":[{"type":"function","function":{"name":"look"}},{"type":"function","function":{"name":"final"}}]}
                    """#
                for dialect in [OpenAIDialect(), AnthropicDialect()] as [any ProviderDialect] {
                    guard case .answer(let text, _) = try await client.chat(dialect, model: "m", body: body) else {
                        return
                    }
                    let message = try JSONValue(parsing: ByteBuffer(string: text)).member("choices")?.elements.first?
                        .member("message")
                    let found = message?.member("tool_calls")?.elements.first?.member("function")?.member("name")?
                        .string
                    #expect(name == nil || name == found)
                    name = found
                }
            }
            return name
        }
        func turn(_ name: String) -> String {
            #",{"role":"assistant","content":null,"tool_calls":[{"id":"t\#(name)","type":"function","function":{"name":"\#(name)","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t\#(name)","content":"r"}"#
        }
        #expect(try await called("") == "look")
        #expect(try await called(turn("look")) == "final")
        #expect(try await called(turn("look") + turn("final")) == "final")
        #expect(try await called(turn("look") + #",{"role":"user","content":"again"}"#) == "look")
    }
}
