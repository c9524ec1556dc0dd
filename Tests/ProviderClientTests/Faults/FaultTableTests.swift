import NIOCore
import ProviderClient
import Testing
import WireFormats

@Suite("whose fault a refusal is")
struct FaultTableTests {
    private func fault(_ body: String, status: Int, dialect: any ProviderDialect = OpenAIDialect()) -> UpstreamFault? {
        dialect.checkChat(
            UpstreamAnswer(
                head: UpstreamHead(status: status, contentType: "application/json"), body: ByteBuffer(string: body),
                timings: UpstreamTimings(firstByteNanoseconds: 1, totalNanoseconds: 2, reusedConnection: true)),
            model: "m"
        ).fault
    }

    @Test(
        "what providers have been seen to say is understood, in every field and dialect", arguments: FaultWordings.all)
    func wording(_ wording: FaultWordings.Wording) {
        let text = JSONString.quoted(wording.words)
        for body in [
            #"{"error":{"message":\#(text),"type":"x","param":null,"code":null}}"#,
            #"{"type":"error","error":{"type":"x","message":\#(text)}}"#, #"{"error":\#(text)}"#,
            #"{"detail":\#(text)}"#,
            #"{"error":{"message":"Bad.","code":\#(text)}}"#,
        ] {
            for dialect in [OpenAIDialect(), AnthropicDialect()] as [any ProviderDialect] {
                let verdict = fault(body, status: wording.status, dialect: dialect)?.verdict
                #expect(verdict?.reason == wording.reason, "\(wording.provider): \(body)")
            }
        }
    }

    @Test("every pattern of the table has an example that it alone is for")
    func everyPattern() {
        for (reason, patterns) in FaultTable.all {
            let examples = FaultWordings.all.filter { $0.reason == reason }.map { Array($0.words.lowercased().utf8) }
            for pattern in patterns {
                #expect(examples.contains { FaultTable.matches([pattern], [$0]) }, "\(reason): \(pattern)")
            }
        }
    }

    @Test("patterns are lower-case, and none is in another of its list")
    func patterns() {
        for (reason, patterns) in FaultTable.all {
            #expect(Set(patterns).count == patterns.count, "\(reason)")
            for pattern in patterns { #expect(pattern == pattern.lowercased() && !pattern.isEmpty) }
        }
    }

    @Test(
        "words that nobody knows: the client's in its own dialect, the arm's after translation",
        arguments: [(400, FaultVerdict.Party.request, FaultVerdict.Party.arm), (422, .request, .arm)])
    func unknown(status: Int, same: FaultVerdict.Party, translated: FaultVerdict.Party) {
        let body = #"{"error":{"message":"xyzzy"}}"#
        let own = fault(body, status: status)?.verdict
        let other = fault(body, status: status, dialect: AnthropicDialect())?.verdict
        #expect(own?.reason == .unknown && own?.party == same && own?.others == FaultVerdict.Others.none)
        #expect(other?.reason == .unknown && other?.party == translated && other?.others == .all)
        #expect(other?.countsAgainstArm == false)
    }

    @Test(
        "a status that says it all needs no words",
        arguments: [
            (401, FaultVerdict.Reason.key), (402, .credit), (403, .permission), (404, .unknownModel), (405, .failure),
            (408, .failure), (409, .failure), (413, .tooLarge), (429, .rateLimit), (451, .failure), (500, .failure),
            (502, .failure), (503, .failure), (504, .failure), (529, .failure),
        ])
    func statuses(status: Int, reason: FaultVerdict.Reason) {
        #expect(fault("", status: status)?.verdict.reason == reason)
        #expect(fault(#"{"error":{"message":"xyzzy"}}"#, status: status)?.verdict.reason == reason)
    }

    @Test("what one request is refused for does not count against the arm; the rest does")
    func counting() {
        let refusals: Set<FaultVerdict.Reason> = [
            .contextOverflow, .tooLarge, .unsupported, .unsupportedValue, .moderation, .invalid, .unknown,
        ]
        for reason in FaultVerdict.Reason.allCases {
            let verdict = FaultVerdict(reason)
            #expect(verdict.countsAgainstArm == !refusals.contains(reason), "\(reason)")
        }
        #expect(FaultVerdict(.contextOverflow).others == .larger)
        #expect(FaultVerdict(.moderation).others == .one)
        #expect(FaultVerdict(.credit).party == .account && FaultVerdict(.credit).others == .all)
        #expect(FaultVerdict(.invalid).others == FaultVerdict.Others.none)
    }

    @Test(
        "an error inside a 200 is what its words name",
        arguments: [
            (
                #"{"error":{"message":"Rate limit exceeded: free-models-per-day","code":429}}"#, 429,
                FaultVerdict.Reason.rateLimit
            ),
            (#"{"error":{"message":"x","code":"insufficient_quota"}}"#, 429, .credit),
            (#"{"error":{"message":"Overloaded","type":"overloaded_error"}}"#, 529, .failure),
            (#"{"error":{"message":"prompt is too long: 9 tokens > 8 maximum","code":400}}"#, 400, .contextOverflow),
            (#"{"error":"something"}"#, 502, .failure),
            (
                #"{"choices":[{"index":0,"message":{"content":""},"finish_reason":"error","error":{"message":"No credit","code":402}}]}"#,
                402, .credit
            ),
            (#"{"choices":[{"index":0,"message":{"content":""},"finish_reason":"error"}]}"#, 502, .failure),
            (
                #"[{"error":{"code":429,"message":"Resource has been exhausted","status":"RESOURCE_EXHAUSTED"}}]"#, 429,
                .rateLimit
            ),
            (#"{"code":"429","message":"slow down"}"#, 429, .rateLimit),
            (#"{"error":{"code":400,"message":"Bad","status":"INVALID_ARGUMENT"}}"#, 400, .unknown),
        ])
    func inside(body: String, status: Int, reason: FaultVerdict.Reason) {
        let fault = fault(body, status: 200)
        #expect(fault?.kind == .errorObject)
        #expect(fault?.status == status)
        #expect(fault?.verdict.reason == reason)
        let prepared = PreparedRequest(body: ByteBuffer(), wantsStream: true, hidesUsage: false)
        for text in [body, "data: \(body)\n\n"] where !body.hasPrefix("[") || !text.hasPrefix("data") {
            var relay = OpenAIDialect().streamRelay(
                head: UpstreamHead(status: 200, contentType: "text/event-stream"), model: "m", prepared: prepared)
            var faults: [UpstreamFault] = []
            for action in [relay.receive(ByteBuffer(string: text)), relay.finish()] {
                if case .fault(let fault) = action { faults.append(fault) }
            }
            // A chunk without choices or error says nothing; whole it is an error.
            if body.contains("error") || !text.hasPrefix("data") {
                #expect(faults.first?.verdict.reason == reason, "\(text)")
                #expect(faults.first?.status == status, "\(text)")
            }
        }
    }
}
