import NIOCore
import ProviderClient
import Testing
import WireFormats

@Suite("requests that are worth repeating")
struct RequestRepairTests {
    private func repair(_ words: String, param: String? = nil, of body: String) -> (
        repair: RequestRepair?, body: String?
    ) {
        let param = param.map { JSONString.quoted($0) } ?? "null"
        let fault = AnswerCheck.fault(
            ofStatus: UpstreamHead(status: 400),
            body: ByteBuffer(string: #"{"error":{"message":\#(JSONString.quoted(words)),"param":\#(param)}}"#))
        let body = ByteBuffer(string: body)
        let repair = RequestRepair.forRefusal(fault.verdict, of: body)
        return (repair, repair?.applied(to: body).map { String(buffer: $0) })
    }

    @Test(
        "what loses nothing is left out, or said by its other name",
        arguments: [
            (
                "Unrecognized request argument supplied: stream_options", nil,
                #"{"a":1,"stream_options":{"include_usage":true}}"#, #"{"a":1}"#
            ),
            ("got an unexpected keyword argument 'stream_options'", nil, #"{"stream_options":{},"a":1}"#, #"{"a":1}"#),
            ("Extra inputs are not permitted", "stream_options", #"{"stream_options":{},"a":1}"#, #"{"a":1}"#),
            (
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
                "max_tokens",
                #"{"max_tokens":70,"a":1}"#, #"{"a":1,"max_completion_tokens":70}"#
            ),
            (
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
                nil, #"{"max_tokens":70}"#, #"{"max_completion_tokens":70}"#
            ),
            (
                "Unrecognized request argument supplied: max_completion_tokens", nil,
                #"{"max_completion_tokens":70,"a":1}"#, #"{"a":1,"max_tokens":70}"#
            ),
            (
                "unknown field max_tokens", nil, #"{"max_tokens":9,"max_completion_tokens":8}"#,
                #"{"max_completion_tokens":8}"#
            ),
            ("`temperature` is deprecated for this model.", nil, #"{"temperature":1.0,"a":1}"#, #"{"a":1}"#),
            ("'top_p' is not supported", nil, #"{"top_p":1,"a":1}"#, #"{"a":1}"#),
            ("x does not support reasoning_effort", nil, #"{"a":1,"reasoning_effort":"low"}"#, #"{"a":1}"#),
            ("parallel_tool_calls is not supported", nil, #"{"a":1,"parallel_tool_calls":true}"#, #"{"a":1}"#),
            ("Unknown parameter: 'user'", "user", #"{"a":1,"user":"u"}"#, #"{"a":1}"#),
            ("property 'logprobs' is unsupported", nil, #"{"a":1,"logprobs":false}"#, #"{"a":1}"#),
        ])
    func repaired(words: String, param: String?, body: String, expected: String) {
        #expect(repair(words, param: param, of: body).body == expected)
    }

    @Test(
        "what would lose something is not, nor what was refused for another reason",
        arguments: [
            ("'temperature' is not supported with this model", #"{"temperature":0.2}"#),
            ("'top_p' is not supported", #"{"top_p":0.5}"#), ("n is not supported", #"{"n":2}"#),
            ("property 'logprobs' is unsupported", #"{"logprobs":true}"#),
            ("response_format is not supported", #"{"response_format":{"type":"json_object"}}"#),
            ("tool_choice is not supported", #"{"tool_choice":"required"}"#),
            ("tools are not supported", #"{"tools":[]}"#),
            ("Unsupported value: 'max_tokens' 70", #"{"max_tokens":70}"#),
            ("stream_options is bad", #"{"stream_options":{}}"#),
            ("Unknown parameter: 'stream_options'", #"{"a":1}"#),
            ("Unknown parameter: 'messages'", #"{"messages":[]}"#),
            ("maximum context length is 8192 tokens, max_tokens not supported", #"{"max_tokens":70}"#),
        ])
    func notRepaired(words: String, body: String) {
        #expect(repair(words, of: body).repair == nil)
    }

    @Test("what an arm is known to need is applied to every request, and the newest of two opposites holds")
    func remembered() {
        var known = RequestRepairs().learning(.streamOptions).learning(.temperature).learning(.user)
        func sent(_ body: String) -> (body: String, adjusted: [String]) {
            var request = PreparedRequest(body: ByteBuffer(string: body), wantsStream: false, hidesUsage: false)
            known.apply(to: &request)
            return (String(buffer: request.body), request.adjusted)
        }
        let body = #"{"temperature":1,"stream_options":{},"max_tokens":5}"#
        #expect(sent(body).body == #"{"max_tokens":5}"#)
        #expect(sent(body).adjusted == [])
        // A wish that does not change the answer is left out and named; one that does is the client's to have or not.
        #expect(sent(#"{"user":"u"}"#).body == "{}")
        #expect(sent(#"{"user":"u"}"#).adjusted == ["user"])
        #expect(sent(#"{"temperature":0}"#).body == #"{"temperature":0}"#)
        known = known.learning(.maxTokens)
        #expect(sent(body).body == #"{"max_completion_tokens":5}"#)
        known = known.learning(.maxCompletionTokens)
        #expect(sent(body).body == #"{"max_tokens":5}"#)
        #expect(Set(RequestRepair.allCases.map(\.rawValue)).count <= 32)
    }
}
