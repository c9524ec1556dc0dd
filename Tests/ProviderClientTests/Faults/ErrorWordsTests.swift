import NIOCore
import ProviderClient
import Testing
import WireFormats

@Suite("a provider's words, in all their shapes")
struct ErrorWordsTests {
    @Test(
        "whatever the shape, what is said is found",
        arguments: [
            (
                #"{"error":{"message":"m","type":"t","param":"p","code":"c"}}"#,
                ErrorWords(message: "m", code: "c", type: "t", param: "p")
            ),
            (
                #"{"type":"error","error":{"type":"t","message":"m"},"request_id":"r"}"#,
                ErrorWords(message: "m", type: "t")
            ),
            (#"{"error":"m"}"#, ErrorWords(message: "m")),
            (#"{"error":"m","error_type":"validation"}"#, ErrorWords(message: "m", type: "validation")),
            (#"{"message":"m"}"#, ErrorWords(message: "m")),
            (#"{"Message":"m","__type":"ValidationException"}"#, ErrorWords(message: "m", code: "ValidationException")),
            (
                #"{"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}"#,
                ErrorWords(message: "m", code: "400", type: "BadRequestError")
            ),
            (#"{"detail":"m"}"#, ErrorWords(message: "m")),
            (
                #"{"detail":[{"type":"missing","loc":["body","messages",0,"content"],"msg":"Field required"}]}"#,
                ErrorWords(message: "messages.0.content: Field required", type: "missing", param: "messages.0.content")
            ),
            (
                #"{"detail":[{"type":"extra_forbidden","loc":["body","a"],"msg":"Extra inputs"},{"loc":["body","b"],"msg":"Field required"}]}"#,
                ErrorWords(message: "a: Extra inputs; b: Field required", type: "extra_forbidden", param: "a")
            ),
            (
                #"{"object":"error","message":{"detail":[{"type":"missing","loc":["body","model"],"msg":"Field required"}]},"type":"invalid_request_error"}"#,
                ErrorWords(message: "model: Field required", type: "missing", param: "model")
            ),
            (#"{"detail":{"message":"m","code":"c"}}"#, ErrorWords(message: "m", code: "c")),
            (
                #"[{"error":{"code":400,"message":"Unknown name web_search_options","status":"INVALID_ARGUMENT"}}]"#,
                ErrorWords(message: "Unknown name web_search_options", code: "400", type: "INVALID_ARGUMENT")
            ),
            (
                #"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"tool_use ids must be unique","provider_name":"X"}}}"#,
                ErrorWords(message: "Provider returned error: tool_use ids must be unique", code: "400")
            ),
            (
                #"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"m\",\"code\":\"context_length_exceeded\",\"param\":\"messages\"}}"}}}"#,
                ErrorWords(message: "Provider returned error: m", code: "context_length_exceeded", param: "messages")
            ),
            (
                #"{"error":{"message":"Your input was flagged","code":403,"metadata":{"reasons":["violence","hate"]}}}"#,
                ErrorWords(message: "Your input was flagged: violence; hate", code: "403")
            ),
            (
                #"{"error":{"message":"{\"error\":{\"message\":\"m\",\"code\":\"c\"}}"}}"#,
                ErrorWords(message: "m", code: "c")
            ),
            (#""{\"detail\":\"m\"}""#, ErrorWords(message: "m")),
            (
                #"{"success":false,"errors":[{"code":7003,"message":"m"},{"code":1,"message":"n"}]}"#,
                ErrorWords(message: "m; n", code: "7003")
            ),
            (#"{"errors":["m","n"]}"#, ErrorWords(message: "m; n")),
            (
                #"{"type":"https://x/y","title":"Bad","status":400,"detail":"m"}"#,
                ErrorWords(message: "m", type: "https://x/y")
            ),
            (#"{"error":"invalid_grant","error_description":"m"}"#, ErrorWords(message: "invalid_grant")),
            (#"{"base_resp":{"status_code":1008,"status_msg":"m"}}"#, ErrorWords(message: "m", code: "1008")),
            (#"{"statusCode":400,"msg":"m"}"#, ErrorWords(message: "m", code: "400")),
            ("plain words\r\nof two lines", ErrorWords(message: "plain words of two lines")),
            (
                "<html><head><title>413 Request Entity Too Large</title></head></html>",
                ErrorWords(message: "413 Request Entity Too Large")
            ),
            ("<html><body><h1>Bad Gateway</h1></body></html>", ErrorWords(message: "Bad Gateway")),
            ("event: error\ndata: {\"error\":{\"message\":\"m\"}}\n\n", ErrorWords(message: "m")),
            ("\u{FEFF}{\"error\":\"m\"}", ErrorWords(message: "m")),
            ("", ErrorWords()), ("{}", ErrorWords()), ("[]", ErrorWords()), ("<p>", ErrorWords()),
            ("\u{1}\u{2}\u{3}", ErrorWords()),
            (#"{"error":{"message":"h\u00e9 \"q\""}}"#, ErrorWords(message: "hé \"q\"")),
        ])
    func shapes(body: String, expected: ErrorWords) {
        #expect(ErrorWords(body: ByteBuffer(string: body)) == expected)
    }

    @Test("depth and length are bounded")
    func bounds() {
        var nested = "m"
        for _ in 0..<9 { nested = #"{"error":\#(JSONString.quoted(nested))}"# }
        _ = ErrorWords(body: ByteBuffer(string: nested))
        let deep = String(repeating: #"{"error":"#, count: 400) + "1" + String(repeating: "}", count: 400)
        #expect(ErrorWords(body: ByteBuffer(string: deep)) == ErrorWords())
        let many = "[" + (0..<1_000).map { #"{"message":"m\#($0)"}"# }.joined(separator: ",") + "]"
        #expect(ErrorWords(body: ByteBuffer(string: many)).message?.components(of: ";") == 7)
    }

    @Test(
        "what is said about the router's own key or rights stays here; everything else reaches the client, without keys",
        arguments: [
            (401, "Incorrect API key provided: sk-proj-abcdefghij. You can find it", false),
            (403, "The caller does not have permission", false), (400, "API key not valid.", false),
            (403, "anything", false), (403, "Your input was flagged", true), (400, "xyzzy", true),
            (404, "model: x", true),
            (429, "You exceeded your current quota", true), (402, "Insufficient Balance", true),
        ])
    func whoseWords(status: Int, words: String, isTold: Bool) {
        let fault = AnswerCheck.fault(
            ofStatus: UpstreamHead(status: status),
            body: ByteBuffer(string: #"{"error":{"message":"\#(words)","code":"c"}}"#))
        #expect(fault.message.contains(words) == isTold)
        #expect((fault.code == "c") == isTold)
        #expect(fault.message.isEmpty == false)
    }

    @Test("a key in a provider's words is blotted out")
    func keys() {
        let fault = AnswerCheck.fault(
            ofStatus: UpstreamHead(status: 400),
            body: ByteBuffer(
                string: #"{"error":{"message":"key 'sk-proj-abc_DEF-123' of AIzaSyA1234567890 and task-force xyzzy"}}"#)
        )
        #expect(fault.message == "key '[redacted]' of [redacted] and task-force xyzzy")
    }
}

extension String {
    fileprivate func components(of part: String) -> Int {
        split(separator: part, omittingEmptySubsequences: false).count - 1
    }
}
