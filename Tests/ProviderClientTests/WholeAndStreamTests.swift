import Dialects
import NIOCore
import ProviderClient
import Testing
import WireFormats

@Suite("a whole answer where a stream was asked for, and the reverse")
struct WholeAndStreamTests {
    private static let message = #"""
        {"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[
        {"type":"thinking","thinking":"Hm \"so\"","signature":"SIG"},
        {"type":"text","text":"Paris \ud83d\ude00","citations":[{"type":"char_location","cited_text":"P"}]},
        {"type":"server_tool_use","id":"srv_1","name":"web_search","input":{"query":"a\"b"}},
        {"type":"web_search_tool_result","tool_use_id":"srv_1","content":[{"type":"web_search_result","url":"u"}]},
        {"type":"tool_use","id":"toolu_1","name":"f","input":{}}],
        "stop_reason":"tool_use","stop_sequence":null,
        "usage":{"input_tokens":9,"output_tokens":4,"cache_read_input_tokens":5,"service_tier":"standard"}}
        """#
    private static let response = #"""
        {"id":"resp_1","object":"response","created_at":1,"status":"completed","error":null,"incomplete_details":null,
        "model":"gpt-x","output":[
        {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm"}],"encrypted_content":"E"},
        {"type":"web_search_call","id":"ws_1","status":"completed"},
        {"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{\"x\":1}","status":"completed"},
        {"type":"custom_tool_call","id":"ct_1","call_id":"call_2","name":"g","input":"free","status":"completed"},
        {"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[
        {"type":"output_text","text":"Paris \ud83d\ude00","annotations":[{"type":"url_citation","url":"u"}],"logprobs":[]},
        {"type":"refusal","refusal":"No."}]}],
        "usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":5},"output_tokens":4,"total_tokens":13}}
        """#

    private struct Case {
        let shape: InboundShape
        let dialect: any ProviderDialect
        let whole: String
        let ask: String
    }

    private static let cases = [
        Case(
            shape: .messages, dialect: AnthropicDialect(), whole: message,
            ask: #"{"model":"auto","max_tokens":9,"messages":[{"role":"user","content":"x"}]}"#),
        Case(shape: .responses, dialect: ResponsesDialect(), whole: response, ask: #"{"model":"auto","input":"x"}"#),
    ]

    private static func prepared(_ one: Case) throws -> PreparedRequest {
        try one.dialect.request(
            ClientRequest(
                JSONDocument(parsing: ByteBuffer(string: one.ask)), in: one.shape, to: AskedModel("m"), answerID: "1"))
    }

    private static func streamed(_ one: Case) throws -> (bytes: ByteBuffer, summary: StreamSummary) {
        var prepared = try prepared(one)
        prepared.wantsStream = true
        var relay = one.dialect.streamRelay(
            head: UpstreamHead(status: 200, contentType: "application/json"), model: "m", prepared: prepared)
        var bytes = ByteBuffer()
        for action in [relay.receive(ByteBuffer(string: one.whole)), relay.finish()] {
            switch action {
            case .hold: break
            case .forward(let more), .finish(let more): bytes.writeImmutableBuffer(more)
            case .abort(_, let fault), .fault(let fault): Issue.record("\(one.shape): \(fault)")
            }
        }
        return (bytes, relay.summary)
    }

    @Test("the client of a stream gets its dialect's events, and the answer is counted", arguments: 0..<2)
    func wholeAsStream(number: Int) throws {
        let one = Self.cases[number]
        let (bytes, summary) = try Self.streamed(one)
        #expect(summary.usage?.promptTokens == (one.shape == .messages ? 14 : 9))
        #expect(summary.usage?.completionTokens == 4)
        #expect(summary.id == (one.shape == .messages ? "msg_1" : "resp_1"))
        // What relays such a provider's own stream takes it for one.
        var prepared = try Self.prepared(one)
        prepared.wantsStream = true
        var relay = one.dialect.streamRelay(
            head: UpstreamHead(status: 200, contentType: "text/event-stream"), model: "m", prepared: prepared)
        for action in [relay.receive(bytes), relay.finish()] {
            if case .fault(let fault) = action { Issue.record("\(one.shape): \(fault)") }
            if case .abort(_, let fault) = action { Issue.record("\(one.shape): \(fault)") }
        }
        #expect(relay.summary.usage?.completionTokens == 4)
        let text = String(buffer: bytes)
        let last = one.shape == .messages ? "event: message_stop" : "event: response.completed"
        #expect(text.contains(last) && text.contains(one.shape == .messages ? "SIG" : "encrypted_content"))
    }

    @Test("a sequence number at the end of what numbers can be stops nothing", arguments: [Int.max, .min, -1])
    func sequenceNumbers(number: Int) throws {
        let one = Self.cases[1]
        var prepared = try Self.prepared(one)
        prepared.wantsStream = true
        var relay = one.dialect.streamRelay(
            head: UpstreamHead(status: 200, contentType: "text/event-stream"), model: "m", prepared: prepared)
        let frame = #"data: {"type":"response.created","sequence_number":\#(number),"response":{"id":"resp_1"}}"#
        _ = relay.receive(ByteBuffer(string: frame + "\n\n"))
        #expect(relay.summary.id == "resp_1" && relay.summary.nextSequenceNumber >= 1)
    }

    @Test(
        "a turn of thousands of calls is translated in time, with ids of their own or with one", .timeLimit(.minutes(1))
    )
    func calls() throws {
        for id in [{ "c\($0)" }, { _ in "c" }] as [(Int) -> String] {
            let calls = (0..<20_000).map {
                #"{"id":"\#(id($0))","type":"function","function":{"name":"f","arguments":"{}"}}"#
            }
            let answers = (0..<20_000).map { #"{"role":"tool","tool_call_id":"\#(id($0))","content":"\#($0)"}"# }
            let ask =
                #"{"model":"auto","max_tokens":9,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":null,"tool_calls":["#
                + calls.joined(separator: ",") + "]}," + answers.joined(separator: ",") + "]}"
            for dialect in [AnthropicDialect(), ResponsesDialect()] as [any ProviderDialect] {
                let prepared = try dialect.request(
                    ClientRequest(JSONDocument(parsing: ByteBuffer(string: ask)), in: .chat, to: AskedModel("m")))
                let text = String(buffer: prepared.body)
                #expect(text.contains("19999"), "\(type(of: dialect)) \(id(7)) \(text.suffix(300))")
                #expect(!text.contains("No result"), "\(type(of: dialect)) \(id(7))")
            }
        }
    }

    @Test("choices out of order, and thousands of them, are put together", .timeLimit(.minutes(1)))
    func choices() throws {
        func whole(_ indexes: [Int]) throws -> [JSONValue] {
            let frames =
                indexes.map {
                    #"data: {"id":"c","choices":[{"index":\#($0),"delta":{"content":"\#($0)"},"finish_reason":null}]}"#
                } + indexes.map { #"data: {"id":"c","choices":[{"index":\#($0),"delta":{},"finish_reason":"stop"}]}"# }
            let dialect = OpenAIDialect()
            let ask = #"{"model":"auto","messages":[{"role":"user","content":"x"}]}"#
            let prepared = try dialect.request(
                ClientRequest(JSONDocument(parsing: ByteBuffer(string: ask)), in: .chat, to: AskedModel("m")))
            let answer = UpstreamAnswer(
                head: UpstreamHead(status: 200, contentType: "text/event-stream"),
                body: ByteBuffer(string: (frames + ["data: [DONE]"]).joined(separator: "\n\n") + "\n\n"),
                timings: UpstreamTimings(firstByteNanoseconds: 0, totalNanoseconds: 0, reusedConnection: false))
            let checked = try dialect.check(answer, to: prepared, model: "m").get()
            return try JSONDocument(parsing: checked.body).member("choices")?.elements ?? []
        }
        let few = try whole([2, 0, 1])
        #expect(few.compactMap { $0.member("index")?.int }.sorted() == [0, 1, 2])
        for choice in few {
            #expect(choice.member("message")?.member("content")?.string == choice.member("index")?.int.map(String.init))
            #expect(choice.member("finish_reason")?.string == "stop")
        }
        #expect(try whole(Array(0..<20_000)).count == 20_000)
    }

    @Test("the client of a whole answer gets one, with all that the stream told", arguments: 0..<2)
    func streamAsWhole(number: Int) throws {
        let one = Self.cases[number]
        let (bytes, _) = try Self.streamed(one)
        let answer = UpstreamAnswer(
            head: UpstreamHead(status: 200, contentType: "text/event-stream"), body: bytes,
            timings: UpstreamTimings(firstByteNanoseconds: 0, totalNanoseconds: 0, reusedConnection: false))
        let checked = try one.dialect.check(answer, to: Self.prepared(one), model: "m").get()
        let (said, wanted) = try (
            JSONDocument(parsing: checked.body), JSONDocument(parsing: ByteBuffer(string: one.whole))
        )
        let list: StaticString = one.shape == .messages ? "content" : "output"
        let kinds = (said.member(list)?.elements ?? []).map { $0.member("type")?.string }
        #expect(kinds == (wanted.member(list)?.elements ?? []).map { $0.member("type")?.string })
        #expect(checked.usage?.completionTokens == 4 && checked.contentBytes > 100)
        if one.shape == .messages {
            let blocks = said.member("content")?.elements ?? []
            #expect(
                blocks[0].member("thinking")?.string == "Hm \"so\"" && blocks[0].member("signature")?.string == "SIG")
            #expect(blocks[1].member("text")?.string == "Paris 😀")
            #expect(blocks[1].member("citations")?.elements.count == 1)
            #expect(blocks[2].member("input")?.member("query")?.string == "a\"b")
            #expect(said.member("stop_reason")?.string == "tool_use")
            #expect(said.member("usage")?.member("service_tier")?.string == "standard")
        }
    }
}
