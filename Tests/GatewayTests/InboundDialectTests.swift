import Gateway
import NIOCore
import ProviderClient
import RoutingEngine
import Testing
import WireFormats

@Suite("how clients of each dialect are told")
struct InboundDialectTests {
    private func fault(_ status: Int, _ words: String) -> UpstreamFault {
        AnswerCheck.fault(
            ofStatus: UpstreamHead(status: status, contentType: "application/json"),
            body: ByteBuffer(string: #"{"error":{"message":"\#(words)"}}"#))
    }

    private func json(_ bytes: ByteBuffer) throws -> JSONDocument { try JSONDocument(parsing: bytes) }

    /// The events of a stream's end, by name.
    private func events(_ bytes: ByteBuffer) throws -> [(name: String, data: JSONDocument)] {
        var parser = ServerSentEventParser()
        parser.append(bytes)
        var events: [(String, JSONDocument)] = []
        while let event = try parser.next() {
            events.append((event.event.map { String(buffer: $0) } ?? "", try json(#require(event.data))))
        }
        return events
    }

    @Test(
        "errors of messages have Anthropic's type for each status",
        arguments: [
            (400, "invalid_request_error"), (401, "authentication_error"), (402, "billing_error"),
            (403, "permission_error"), (404, "not_found_error"), (413, "request_too_large"),
            (429, "rate_limit_error"), (504, "timeout_error"), (503, "overloaded_error"), (529, "overloaded_error"),
            (500, "api_error"), (502, "api_error"), (405, "api_error"),
        ])
    func messagesErrors(status: Int, type: String) throws {
        let error = GatewayError(status, "some_code", "Words.", param: "messages")
        let body = try json(MessagesInbound().body(of: error, requestID: "req_1"))
        #expect(body.member("type")?.string == "error" && body.member("request_id")?.string == "req_1")
        let told = body.member("error")
        #expect(told?.member("type")?.string == type && told?.member("message")?.string == "Words.")
        #expect(told?.member("code")?.string == "some_code" && told?.member("param")?.string == "messages")
    }

    @Test("overload keeps its status for messages, and is 503 to others")
    func overload() {
        let error = GatewayError.pinnedFailure(fault(529, "Overloaded"))
        #expect(MessagesInbound().status(of: error) == 529)
        #expect(ChatInbound().status(of: error) == 503 && ResponsesInbound(created: 1).status(of: error) == 503)
    }

    @Test("a provider's words are passed on up to 16 KiB, and its word on whether to ask again")
    func words() throws {
        for length in [10_000, 1_000_000] {
            var fault = fault(400, String(repeating: "x", count: length))
            fault.shouldRetry = false
            for error in [GatewayError.passedOn(fault), .pinnedFailure(fault)] {
                #expect((min(length, 16_384)...16_400).contains(error.message.utf8.count))
                let head = String(
                    buffer: AnswerHead(error, in: ChatInbound(), requestID: "r").finished())
                #expect(head.contains("\r\nx-should-retry: false\r\n"))
            }
        }
        #expect(GatewayError(400, "invalid_value", String(repeating: "x", count: 1_000_000)).message.utf8.count < 4_200)
    }

    @Test("a prompt that is too long is told in the words that agents shorten their history at")
    func overflow() throws {
        let fault = fault(400, "This model's maximum context length is 8192 tokens")
        let error = GatewayError.passedOn(fault)
        let message = try json(MessagesInbound().body(of: error, requestID: "r")).member("error")?.member("message")
        #expect(message?.string?.hasPrefix("prompt is too long") == true)
        #expect(message?.string?.contains("8192") == true)
        let other = try json(ResponsesInbound(created: 1).body(of: error, requestID: "r")).member("error")
        #expect(other?.member("code")?.string == "context_length_exceeded")
    }

    @Test("a stream of messages that breaks ends with an error, and with nothing that a whole one ends with")
    func brokenMessages() throws {
        for (status, type) in [(429, "rate_limit_error"), (529, "overloaded_error"), (500, "api_error")] {
            let end = MessagesInbound().brokenEnding(
                .brokenStream(fault(status, "x")), after: StreamSummary(id: "msg_1"))
            let events = try events(end)
            #expect(events.map(\.name) == ["error"])
            #expect(events[0].data.member("error")?.member("type")?.string == type)
        }
        #expect(String(buffer: MessagesInbound().keepAlive).hasPrefix("event: ping\ndata: {"))
    }

    @Test("a response that breaks fails under its own id, with the next number")
    func brokenResponse() throws {
        var summary = StreamSummary(id: "resp_7")
        summary.nextSequenceNumber = 12
        let inbound = ResponsesInbound(created: 1_700)
        let events = try events(inbound.brokenEnding(.brokenStream(fault(429, "slow down")), after: summary))
        #expect(events.map(\.name) == ["response.failed"])
        let data = events[0].data
        #expect(data.member("sequence_number")?.int == 12)
        let response = data.member("response")
        #expect(response?.member("id")?.string == "resp_7" && response?.member("status")?.string == "failed")
        #expect(response?.member("error")?.member("code")?.string == "rate_limit_exceeded")
    }

    @Test("a response of which nothing was sent begins before it fails, under the decision's id")
    func silentResponse() throws {
        var error = GatewayError(503, "no_arm_available", "No arm answered.")
        error.decisionID = DecisionID(high: 0x0123_4567_89AB_7DEF, low: 0x8123_4567_89AB_CDEF)
        let events = try events(ResponsesInbound(created: 1).brokenEnding(error, after: nil))
        #expect(events.map(\.name) == ["response.created", "response.failed"])
        #expect(events.map { $0.data.member("sequence_number")?.int } == [0, 1])
        for event in events {
            #expect(
                event.data.member("response")?.member("id")?.string == "resp_0123456789ab7def8123456789abcdef")
        }
        #expect(
            events[1].data.member("response")?.member("error")?.member("code")?.string == "server_error")
    }
}

@Suite("words that are no person's")
struct HarnessTextTests {
    @Test(
        "blocks of the harness go, whatever stands around them",
        arguments: [
            ("fix the bug", "fix the bug"),
            ("<system-reminder>today is\nMonday</system-reminder>\n fix it ", "fix it"),
            ("a<command-name>/x</command-name>b<local-command-stdout>out</local-command-stdout>c", "abc"),
            ("<environment_context>\n <cwd>/</cwd>\n</environment_context>", ""),
            ("<INSTRUCTIONS>be nice</INSTRUCTIONS>hello", "hello"),
            ("is 1 < 2 and <b>bold</b>?", "is 1 < 2 and <b>bold</b>?"),
            ("x <system-reminder>cut off", "x"),
            ("x-anthropic-billing-header: cc_version=2\nhello", "hello"),
            ("<system-reminder lang=\"en\">y</system-reminder>z", "z"),
        ])
    func removed(text: String, human: String) { #expect(HarnessText().removed(from: text) == human) }

    @Test("tags are configurable")
    func tags() {
        let harness = HarnessText(tags: ["note", "ctx-*"])
        #expect(harness.removed(from: "<note>a</note>b<ctx-file>c</ctx-file>") == "b")
        #expect(harness.removed(from: "<system-reminder>a</system-reminder>") == "<system-reminder>a</system-reminder>")
    }
}

@Suite("names of models")
struct ModelAliasTests {
    @Test("of two patterns that may mean one name, neither of which says more, one is too many")
    func ties() {
        func alias(_ name: String, _ model: String) -> ModelAlias { ModelAlias(name: name, model: model) }
        #expect(alias("claude-*", "a").ties(with: alias("*-claude", "b")))
        #expect(alias("claude-*", "a").ties(with: alias("CLAUDE-*", "b")))
        #expect(!alias("claude-*", "a").ties(with: alias("gpt-4o-*", "b")))
        #expect(!alias("claude-*", "a").ties(with: alias("claude-opus-*", "b")))
        #expect(!alias("claude-*", "a").ties(with: alias("*-claude", "a")))
    }
}
