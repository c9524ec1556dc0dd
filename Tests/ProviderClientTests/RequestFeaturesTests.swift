import Dialects
import NIOCore
import ProviderClient
import Testing
import WireFormats

@Suite("what a request says that not every dialect can")
struct RequestFeaturesTests {
    private func features(_ body: String) throws -> [String] {
        RequestFeatures(try JSONDocument(parsing: ByteBuffer(string: body))).names
    }

    @Test(
        "each is found wherever it can stand",
        arguments: [
            (#""n":2"#, ["n"]), (#""n":3.0"#, ["n"]), (#""logprobs":true,"top_logprobs":2"#, ["logprobs"]),
            (#""logit_bias":{"5":1}"#, ["logit_bias"]), (#""modalities":["text","audio"]"#, ["audio_out"]),
            (#""audio":{"voice":"x"}"#, ["audio_out"]), (#""response_format":{"type":"json_object"}"#, ["json_object"]),
            (
                #""tools":[{"type":"function","function":{"name":"f"}},{"type":"custom","custom":{"name":"c"}}]"#,
                ["custom_tool"]
            ),
            (#""tool_choice":{"type":"custom","custom":{"name":"c"}}"#, ["custom_tool"]),
            (#""tool_choice":{"type":"web_search"}"#, ["server_tool"]), (#""functions":[{"name":"f"}]"#, ["functions"]),
            (#""messages":[{"role":"function","name":"f","content":"x"}]"#, ["functions"]),
            (#""messages":[{"role":"assistant","function_call":{"name":"f"}}]"#, ["functions", "prefill"]),
            (
                #""messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"custom"}]}]"#,
                ["custom_tool", "prefill"]
            ),
            (
                #""messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x"}}]}]"#,
                ["image_url"]
            ),
            (
                #""messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"https://x/y.pdf"}}]}]"#,
                ["document_url"]
            ),
            (#""stop":"a""#, ["stop"]), (#""stop":["a","b","c","d","e"]"#, ["stop", "stops_over_4"]),
            (#""stop":["a","b","c","d","e","f"]"#, ["stop", "stops_over_4", "stops_over_5"]),
            (#""parallel_tool_calls":false"#, ["parallel_off"]),
            (
                #""messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"input_audio","input_audio":{}}]}]"#,
                ["audio_in"]
            ),
            (#""messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}]"#, ["file_id"]),
            (#""messages":[{"role":"tool","tool_call_id":"a","content":[{"type":"video_url"}]}]"#, ["content_part"]),
            (
                #""messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:text/csv;base64,QQ=="}}]}]"#,
                ["document_type"]
            ),
            (#""n":2,"logprobs":true,"functions":[{}]"#, ["n", "logprobs", "functions"]),
        ])
    func found(member: String, expected: [String]) throws {
        #expect(try features("{\(member)}") == expected)
    }

    @Test(
        "what says what would be so anyway, and what every dialect can say, is none",
        arguments: [
            #""n":1"#, #""n":null"#, #""logprobs":false"#, #""logprobs":null"#, #""logit_bias":{}"#,
            #""modalities":["text"]"#,
            #""audio":null"#, #""response_format":{"type":"text"}"#, #""response_format":{"type":"json_schema"}"#,
            #""tools":[{"type":"function"},{"type":"web_search"}]"#, #""tool_choice":"required""#,
            #""tool_choice":{"type":"function","function":{"name":"f"}}"#, #""functions":[]"#, #""seed":1"#,
            #""messages":[{"role":"user","content":"x"},{"role":"user","content":[{"type":"text","text":"n"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QQ=="}}]}]"#,
            #""messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,QQ=="}}]}]"#,
            #""messages":[{"role":"user","content":[{"type":"file","file":{"filename":"A.PDF","file_data":"QQ=="}}]}]"#,
            #""messages":7"#,
        ])
    func none(member: String) throws {
        #expect(try features("{\(member)}") == [])
    }

    @Test("a request whose features a dialect can say is never refused by it for one, and the other way round")
    func masks() throws {
        #expect(OpenAIDialect().unspeakable(in: .chat) == [])
        #expect(AnthropicDialect().unspeakable(in: .messages) == [])
        #expect(ResponsesDialect().unspeakable(in: .responses) == [])
        let body = #"{"messages":[{"role":"user","content":"x"}],"n":2}"#
        let document = try JSONDocument(parsing: ByteBuffer(string: body))
        #expect(throws: DialectError.self) { try AnthropicDialect().chatRequest(document, model: "m") }
        #expect(throws: Never.self) { try OpenAIDialect().chatRequest(document, model: "m") }
        #expect(Set(RequestFeatures.named.map(\.feature.rawValue)).count == RequestFeatures.named.count)
    }
}
