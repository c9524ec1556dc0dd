import DecisionStore
import Gateway
import NIOCore
import ProviderClient
import RoutingEngine
import Testing

@Suite("an exchange, event by event")
struct ChatExchangeTests {
    private typealias Stage = ExchangeStage

    /// An exchange that asks `a`.
    private func asking(maxAttempts: Int = 3, model: String = "auto") throws -> (ExchangeStage, StageArm) {
        let stage = ExchangeStage(try StageDecision.make(model: model, maxAttempts: maxAttempts))
        #expect(stage.tell(.decided(stage.decided)) == ["record", "choose drawn"])
        let a = StageArm("a")
        #expect(stage.tell(.asked(a, position: 0)).isEmpty)
        return (stage, a)
    }

    // MARK: - Before the decision

    @Test("what ends before a decision leaves nothing in the log")
    func beforeTheDecision() throws {
        let decided = try StageDecision.make()
        let answer = CachedAnswer(decision: decided.decision, servedArm: "b", body: ByteBuffer(), isStream: false)
        for (event, word) in [
            (ExchangeEvent.refused(.missingKey), "refuse missing_api_key"),
            (.hit(CacheHit(answer, limits: nil)), "give b"), (.clientLeft, "leave"),
        ] {
            let stage = ExchangeStage(decided)
            #expect(stage.tell(event) == [word])
            #expect(stage.awaits == .nothing)
        }
    }

    @Test("while embeddings are waited for nothing moves it but a decision, a refusal or the client's leaving")
    func embeddings() throws {
        let stage = ExchangeStage(try StageDecision.make())
        #expect(stage.tell(.writability(false)).isEmpty)
        #expect(stage.tell(.written).isEmpty)
        #expect(stage.awaits == .decision)
        #expect(stage.tell(.clientLeft) == ["leave"])
        // The embeddings came all the same.
        #expect(stage.tell(.decided(stage.decided)).isEmpty)
        #expect(stage.awaits == .nothing)
    }

    // MARK: - The log and the answer

    @Test("a whole answer goes when the decision is in the log, whichever is first")
    func wholeAnswer() throws {
        let (late, a) = try asking()
        #expect(late.tell(.upstream(Stage.answer(), from: a)) == ["end a ok", "await"])
        #expect(late.awaits == .log)
        #expect(late.tell(.written) == ["finish answer a"])
        #expect(late.awaits == .nothing)
        // It was parked: the event loop hears of both at once.
        let (early, other) = try asking()
        #expect(early.tell(.written).isEmpty)
        #expect(early.tell(.upstream(Stage.answer(), from: other)) == ["end a ok", "finish answer a"])
    }

    @Test(
        "a stream's first content goes when the decision is in the log, whichever is first; what came before it goes with it"
    )
    func stream() throws {
        for isWrittenFirst in [true, false] {
            let (stage, a) = try asking()
            if isWrittenFirst { stage.tell(.written) }
            #expect(stage.tell(.upstream(Stage.head, from: a)).isEmpty)
            #expect(stage.tell(.upstream(Stage.role, from: a)).isEmpty)
            let first = stage.tell(.upstream(Stage.word, from: a))
            if isWrittenFirst {
                #expect(first == ["head a announced", "write", "flush"])
            } else {
                #expect(first == ["await"])
                #expect(stage.tell(.written) == ["head a announced", "write", "flush"])
            }
            #expect(stage.tell(.upstream(Stage.word, from: a)) == ["write", "flush"])
            #expect(stage.tell(.upstream(Stage.stop, from: a)) == ["write", "flush"])
            #expect(
                stage.tell(.upstream(Stage.done, from: a)) == ["end a streamed", "write", "finish stream ok a"])
            #expect(stage.sent.components(of: "\"he\"") == 2)
            #expect(stage.sent.hasPrefix("data: {\"id\":\"s1\",\"choices\":[{\"index\":0,\"delta\":{\"role\""))
            #expect(stage.sent.hasSuffix("data: [DONE]\n\n"))
        }
    }

    @Test("a stream that ends while it waits for the log is sent whole afterwards, a broken one with its broken ending")
    func heldStream() throws {
        let (whole, a) = try asking()
        whole.tell(.upstream(Stage.head, from: a))
        #expect(whole.tell(.upstream(Stage.word, from: a)) == ["await"])
        #expect(whole.tell(.upstream(Stage.word, from: a)).isEmpty)
        whole.tell(.upstream(Stage.stop, from: a))
        #expect(whole.tell(.upstream(Stage.done, from: a)) == ["end a streamed"])
        #expect(whole.awaits == .log)
        #expect(whole.tell(.written) == ["head a announced", "write", "finish stream ok a"])
        #expect(whole.sent.components(of: "\"he\"") == 2)
        #expect(whole.sent.hasSuffix("data: [DONE]\n\n"))

        for (event, label) in [
            (Stage.reset, "transport"), (Stage.end, "unfinished"), (Stage.garbage, "malformedFrame"),
        ] {
            let (broken, a) = try asking()
            broken.tell(.upstream(Stage.head, from: a))
            broken.tell(.upstream(Stage.word, from: a))
            #expect(broken.tell(.upstream(event, from: a)).first == "end a broke \(label)")
            #expect(broken.tell(.written) == ["head a announced", "write", "finish stream error a"])
            #expect(broken.sent.contains("\"he\""))
            #expect(broken.sent.hasSuffix("\"code\":\"upstream_stream_error\"}}\n\n"))
        }
    }

    @Test("what waits for the log is bounded: the provider is made to wait, too, and goes on afterwards")
    func heldLimit() throws {
        let (stage, a) = try asking()
        stage.tell(.upstream(Stage.head, from: a))
        stage.tell(.upstream(Stage.word, from: a))
        let large = Stage.frame(#"{"content":"\#(String(repeating: "x", count: 700_000))"}"#)
        #expect(stage.tell(.upstream(large, from: a)).isEmpty)
        #expect(stage.tell(.upstream(large, from: a)) == ["pause a"])
        #expect(stage.tell(.writability(true)).isEmpty)
        #expect(stage.tell(.written) == ["head a announced", "write", "flush"])
        #expect(stage.tell(.writability(true)) == ["resume a"])
    }

    // MARK: - Faults

    @Test(
        "a fault before the first content is the next arm's turn, and the log must say who serves before anything leaves"
    )
    func faultBeforeContent() throws {
        let fault: [[UpstreamEvent]] = [
            [Stage.error(500)], [Stage.error(429)], [Stage.error(401)], [Stage.reset],
            [Stage.answer(200, ByteBuffer())],
            [Stage.head, Stage.role, Stage.end], [Stage.head, Stage.reset], [Stage.head, Stage.role, Stage.garbage],
            [Stage.end], [Stage.word],
        ]
        for events in fault {
            let (stage, a) = try asking()
            stage.tell(.written)
            for event in events { stage.tell(.upstream(event, from: a)) }
            #expect(stage.said.first?.hasPrefix("end a failed") == true)
            #expect(stage.said.last == "choose fallback 0 1")
            // A call that is not over is ended.
            let isOver = if case .body = events[events.count - 1] { false } else { true }
            #expect(stage.said.contains("cancel a") != isOver)
            let b = StageArm("b")
            stage.tell(.asked(b, position: 1))
            // What the first one still says is of no interest.
            #expect(stage.tell(.upstream(Stage.answer(), from: a)).isEmpty)
            #expect(stage.tell(.upstream(Stage.answer(), from: b)) == ["end b ok", "announce b c1", "await"])
            #expect(stage.awaits == .log)
            #expect(stage.tell(.written) == ["finish answer b"])
        }
    }

    @Test("a stream of another arm than the drawn one is announced once, before its head")
    func announcedStream() throws {
        let (stage, a) = try asking()
        stage.tell(.upstream(Stage.error(503), from: a))
        let b = StageArm("b")
        stage.tell(.asked(b, position: 1))
        stage.tell(.upstream(Stage.head, from: b))
        #expect(stage.tell(.upstream(Stage.word, from: b)) == ["announce b s1", "await"])
        #expect(stage.tell(.written) == ["head b", "write", "flush"])
    }

    @Test("a fault after the first content is the client's to see: a broken ending, and no other arm")
    func faultAfterContent() throws {
        for (event, label, isOver) in [
            (Stage.reset, "transport", true), (Stage.end, "unfinished", true), (Stage.garbage, "malformedFrame", false),
        ] {
            let (stage, a) = try asking()
            stage.tell(.written)
            stage.tell(.upstream(Stage.head, from: a))
            stage.tell(.upstream(Stage.word, from: a))
            let expected = ["end a broke \(label)", "cancel a", "write", "finish stream error a"]
            #expect(stage.tell(.upstream(event, from: a)) == expected.filter { !isOver || $0 != "cancel a" })
            #expect(
                stage.sent.hasSuffix(
                    "\"type\":\"server_error\",\"param\":null,\"code\":\"upstream_stream_error\"}}\n\n"))
            #expect(!stage.sent.contains("[DONE]"))
            #expect(stage.awaits == .nothing)
        }
    }

    @Test("a client's mistake is passed on, no other arm is asked", arguments: [400, 422])
    func clientsMistake(status: Int) throws {
        let (stage, a) = try asking()
        #expect(stage.tell(.upstream(Stage.error(status), from: a)) == ["end a failed status", "await"])
        #expect(stage.tell(.written) == ["finish refusal \(status) c\(status)"])
    }

    @Test("attempts are counted, the last resort comes once and after all others")
    func attempts() throws {
        let (stage, a) = try asking(maxAttempts: 2)
        stage.tell(.written)
        #expect(stage.tell(.upstream(Stage.error(500), from: a)).last == "choose fallback 0 1")
        let c = StageArm("c")
        stage.tell(.asked(c, position: 2))
        #expect(stage.tell(.upstream(Stage.error(500), from: c)).last == "choose last 0,2")
        let z = StageArm("z")
        stage.tell(.asked(z, position: -1))
        #expect(
            stage.tell(.upstream(Stage.error(500), from: z)) == [
                "end z failed status", "finish refusal 503 no_arm_available",
            ])
        guard case .refusal(let error) = stage.lastEnding else { return #expect(Bool(false), "no refusal") }
        #expect(error.message == "No arm answered: a (status_500), c (status_500), z (status_500).")
    }

    @Test("where no arm is left, the last resort is looked for; where there is none, the client is told why")
    func noArmLeft() throws {
        let (limited, a) = try asking()
        limited.tell(.written)
        limited.tell(.upstream(Stage.error(429), from: a))
        #expect(limited.tell(.noArmLeft) == ["choose last 0"])
        #expect(limited.tell(.noArmLeft) == ["finish refusal 429 rate_limit_exceeded"])
        // One fault of another kind, and it is no matter of limits.
        let (mixed, other) = try asking()
        mixed.tell(.written)
        mixed.tell(.upstream(Stage.error(429), from: other))
        let b = StageArm("b")
        mixed.tell(.asked(b, position: 1))
        mixed.tell(.upstream(Stage.reset, from: b))
        mixed.tell(.noArmLeft)
        #expect(mixed.tell(.noArmLeft) == ["finish refusal 503 no_arm_available"])
    }

    @Test("an arm that may not be asked after all is passed over and not looked for again")
    func unavailable() throws {
        let stage = ExchangeStage(try StageDecision.make())
        stage.tell(.decided(stage.decided))
        #expect(stage.tell(.armUnavailable(position: 0)) == ["choose fallback 0 0"])
        #expect(stage.tell(.armUnavailable(position: 2)) == ["choose fallback 0,2 0"])
        #expect(stage.tell(.noArmLeft) == ["choose last 0,2"])
        #expect(stage.tell(.armUnavailable(position: -1)) == ["choose fallback 0,2 0"])
        #expect(stage.tell(.noArmLeft) == ["await"])
        #expect(stage.tell(.written) == ["finish refusal 503 no_arm_available"])
    }

    @Test("a decision for the last resort asks it first")
    func lastResortOnly() throws {
        let stage = ExchangeStage(try StageDecision.ofLastResort())
        #expect(stage.tell(.decided(stage.decided)) == ["record", "choose last "])
        let z = StageArm("z")
        stage.tell(.asked(z, position: -1))
        stage.tell(.written)
        #expect(stage.tell(.upstream(Stage.answer(), from: z)) == ["end z ok", "finish answer z"])
    }

    @Test("an arm asked for by name tells its own fault")
    func pinned() throws {
        for (event, word) in [
            (Stage.error(429), "refusal 429 rate_limit_exceeded"), (Stage.error(500), "refusal 502 upstream_error"),
            (UpstreamEvent.failed(UpstreamError(.timeoutTotal, "late")), "refusal 504 upstream_timeout"),
        ] {
            let (stage, a) = try asking(model: "a")
            stage.tell(.written)
            stage.tell(.upstream(event, from: a))
            stage.tell(.noArmLeft)
            #expect(stage.tell(.noArmLeft) == ["finish \(word)"])
        }
    }

    @Test("the deadline ends it before the next arm is asked")
    func deadline() throws {
        let (stage, a) = try asking()
        stage.tell(.upstream(.failed(UpstreamError(.timeoutTotal, "late")), from: a))
        #expect(stage.tell(.outOfTime) == ["await"])
        #expect(stage.tell(.written) == ["finish refusal 503 no_arm_available"])
    }

    @Test("what cannot be said in an arm's dialect is the next one's turn, and told where none can")
    func untranslatable() throws {
        let stage = ExchangeStage(try StageDecision.make())
        stage.tell(.decided(stage.decided))
        let error = DialectError("no", param: "n")
        #expect(stage.tell(.untranslatable(error, arm: "a", position: 0)) == ["choose fallback 0 1"])
        #expect(stage.tell(.untranslatable(error, arm: "b", position: 1)) == ["choose fallback 0,1 2"])
        #expect(stage.tell(.noArmLeft) == ["choose last 0,1"])
        #expect(stage.tell(.noArmLeft) == ["await"])
        #expect(stage.tell(.written) == ["finish refusal 400 invalid_value"])
    }

    // MARK: - Whose fault it is

    @Test("a full context is the turn of a larger arm, or of one whose size nobody knows, in any wording")
    func overflow() throws {
        for words in [
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
            "request (9001 tokens) exceeds the available context size (8192 tokens)",
            "prompt is too long: 9001 tokens > 8192 maximum",
        ] {
            for (windows, next) in [
                ([8_000, 4_000, 32_000, 8_000], "choose fallback 0,1 1"),
                ([8_000, nil, 8_000, nil], "choose fallback 0,2 1"),
                ([nil, 4_000, 4_000, 4_000], "choose fallback 0 1"),
            ] as [([Int?], String)] {
                let stage = ExchangeStage(try StageDecision.make(windows: windows))
                let a = StageArm("a")
                for event in [ExchangeEvent.decided(stage.decided), .asked(a, position: 0), .written] {
                    stage.tell(event)
                }
                #expect(stage.tell(.upstream(Stage.refusal(400, words), from: a)) == ["end a failed status", next])
                stage.tell(.noArmLeft)
                // The last resort is of no use where it is known to be no larger.
                if stage.awaits == .choice { stage.tell(.noArmLeft) }
                #expect(stage.said == ["finish refusal 400 context_length_exceeded"])
            }
        }
    }

    @Test(
        "what the router, or the client, need not have said is left out, and the same arm asked once more, each time for a reason"
    )
    func again() throws {
        let (stage, a) = try asking(maxAttempts: 1)
        stage.tell(.written)
        for word in ["stream_options", "temperature", "max_tokens"] {
            let event = Stage.refusal(400, "Unsupported parameter: '\(word)'")
            #expect(stage.tell(.upstream(event, from: a)) == ["end a failed status", "choose again a 0"])
            stage.tell(.asked(a, position: 0))
        }
        #expect(stage.tell(.upstream(Stage.unsupported, from: a)).last == "choose last 0")
        // Where it helps nothing is lost: no attempt of the route's is used up.
        let (helped, b) = try asking(maxAttempts: 2)
        helped.tell(.written)
        helped.tell(.upstream(Stage.unsupported, from: b))
        helped.tell(.asked(b, position: 0))
        #expect(helped.tell(.upstream(Stage.answer(), from: b)) == ["end a ok", "finish answer a"])
        let (failing, c) = try asking(maxAttempts: 2)
        failing.tell(.upstream(Stage.unsupported, from: c))
        #expect(failing.tell(.noArmLeft) == ["choose fallback 0 1"])
    }

    @Test("an account in trouble is the next arm's turn, whatever the status")
    func account() throws {
        for event in [
            Stage.refusal(400, "Your credit balance is too low to access this API."),
            Stage.refusal(402, "Insufficient Balance"),
            Stage.refusal(403, "Your account has been deactivated"),
            Stage.refusal(429, "You exceeded your current quota", code: "insufficient_quota"),
        ] {
            let (stage, a) = try asking()
            #expect(stage.tell(.upstream(event, from: a)) == ["end a failed status", "choose fallback 0 1"])
            #expect(
                stage.lastAttempt.map {
                    if case .failed(let fault) = $0.result { fault.verdict.party == .account } else { false }
                } == true)
        }
    }

    @Test("a moderation's refusal is passed on after one other opinion at most")
    func moderation() throws {
        for words in [
            "content_filter triggered", "Your request was rejected by our safety system", "Content Exists Risk",
        ] {
            let (stage, a) = try asking()
            stage.tell(.written)
            #expect(
                stage.tell(.upstream(Stage.refusal(400, words, code: "first"), from: a)).last == "choose fallback 0 1")
            let b = StageArm("b")
            stage.tell(.asked(b, position: 1))
            for event in [Stage.error(500), Stage.refusal(400, words, code: "second"), Stage.answer()] {
                let (again, a) = try asking()
                again.tell(.written)
                again.tell(.upstream(Stage.refusal(400, words, code: "first"), from: a))
                again.tell(.asked(b, position: 1))
                again.tell(.upstream(event, from: b))
                let isAnswer = again.said.first == "end b ok"
                #expect(again.said.last == (isAnswer ? "await" : "finish refusal 400 first"))
            }
            #expect(stage.tell(.clientLeft).last == "finish left")
        }
    }

    @Test("an error inside a 200 is what its words name")
    func innerError() throws {
        for (words, ending) in [
            (
                #"{"error":{"message":"Rate limit exceeded: free-models-per-day","code":429}}"#,
                "refusal 429 rate_limit_exceeded"
            ),
            (
                #"{"choices":[{"index":0,"error":{"message":"Rate limit exceeded","code":429}}]}"#,
                "refusal 429 rate_limit_exceeded"
            ),
            (#"{"error":{"message":"boom","code":500}}"#, "refusal 502 upstream_error"),
        ] {
            let (stage, a) = try asking(model: "a")
            stage.tell(.written)
            stage.tell(.upstream(Stage.answer(200, ByteBuffer(string: words)), from: a))
            stage.tell(.noArmLeft)
            #expect(stage.tell(.noArmLeft) == ["finish \(ending)"])
        }
    }

    // MARK: - Silence

    @Test("a long silence is bridged by a head that names no arm; the arm that speaks at last only goes on")
    func silence() throws {
        let (stage, a) = try asking()
        #expect(stage.tell(.silence(isLong: false)).isEmpty)
        #expect(stage.tell(.silence(isLong: true)) == ["await"])
        #expect(stage.tell(.written) == ["head, alive"])
        #expect(stage.tell(.silence(isLong: true)) == ["alive"])
        // It commits to nothing: the arm fails, another one is asked, and the silence goes on.
        #expect(stage.tell(.upstream(Stage.reset, from: a)).last == "choose fallback 0 1")
        let b = StageArm("b")
        stage.tell(.asked(b, position: 1))
        #expect(stage.tell(.silence(isLong: true)) == ["alive"])
        stage.tell(.upstream(Stage.head, from: b))
        #expect(stage.tell(.upstream(Stage.word, from: b)) == ["announce b s1", "await"])
        #expect(stage.tell(.silence(isLong: true)).isEmpty)
        #expect(stage.tell(.written) == ["settled b", "write", "flush"])
        #expect(stage.tell(.silence(isLong: true)).isEmpty)
    }

    @Test("a provider's own sign of life is passed on sooner, in a comment or an empty frame; a role is none")
    func signOfLife() throws {
        for (event, passes) in [
            (Stage.comment, true), (UpstreamEvent.body(ByteBuffer(string: "event: ping\n\n")), true),
            (.body(ByteBuffer(string: ":\n\n")), true), (Stage.role, false),
        ] {
            let (stage, a) = try asking()
            stage.tell(.written)
            stage.tell(.upstream(Stage.head, from: a))
            stage.tell(.upstream(event, from: a))
            #expect(stage.tell(.silence(isLong: false)) == (passes ? ["head, alive"] : []))
        }
    }

    @Test(
        "where all arms fail after a sign of life, the stream ends broken, with the error that would have been the answer"
    )
    func brokenSilence() throws {
        for (event, ending, code) in [
            (Stage.reset, "broken 503 no_arm_available", "no_arm_available"),
            (Stage.error(429), "broken 429 rate_limit_exceeded", "rate_limit_exceeded"),
            (Stage.error(400), "broken 400 c400", "c400"),
        ] {
            let (stage, a) = try asking(maxAttempts: 1)
            stage.tell(.written)
            stage.tell(.silence(isLong: true))
            stage.tell(.upstream(event, from: a))
            if stage.awaits == .choice { stage.tell(.noArmLeft) }
            #expect(stage.said.suffix(2) == ["write", "finish \(ending)"])
            #expect(stage.sent.hasPrefix("data: {\"error\":{"))
            #expect(stage.sent.contains("\"code\":\"\(code)\""))
            #expect(!stage.sent.contains("[DONE]"))
        }
    }

    @Test("a whole answer is not kept alive: its head is its status")
    func wholeSilence() throws {
        let stage = ExchangeStage(try StageDecision.make())
        stage.tell(.decided(stage.decided))
        stage.tell(.asked(StageArm("a", wantsStream: false), position: 0))
        stage.tell(.written)
        #expect(stage.tell(.silence(isLong: true)).isEmpty)
    }

    // MARK: - The client

    @Test("a client that does not read slows its provider down, in every state with a call")
    func backPressure() throws {
        let (stage, a) = try asking()
        #expect(stage.tell(.writability(true)).isEmpty)
        #expect(stage.tell(.writability(false)) == ["pause a"])
        #expect(stage.tell(.writability(false)).isEmpty)
        #expect(stage.tell(.writability(true)) == ["resume a"])
        stage.tell(.upstream(Stage.head, from: a))
        stage.tell(.upstream(Stage.word, from: a))
        #expect(stage.tell(.writability(false)) == ["pause a"])
        stage.tell(.written)
        #expect(stage.tell(.writability(true)) == ["resume a"])
        #expect(stage.tell(.writability(false)) == ["pause a"])
        // The provider has said all: what it still sends must not wait for a client that is served.
        stage.tell(.upstream(Stage.stop, from: a))
        #expect(
            stage.tell(.upstream(Stage.done, from: a)) == [
                "end a streamed", "resume a", "write", "finish stream ok a",
            ])
    }

    @Test(
        "a client that leaves ends the call, whatever state it is in, and is told of as served only once it got something"
    )
    func clientLeaves() throws {
        let (asked, _) = try asking()
        #expect(asked.tell(.clientLeft) == ["end a cancelled", "cancel a", "finish left"])
        let (reading, a) = try asking()
        reading.tell(.upstream(Stage.head, from: a))
        reading.tell(.upstream(Stage.word, from: a))
        #expect(reading.tell(.clientLeft) == ["end a cancelled", "cancel a", "finish left"])
        let (answered, b) = try asking()
        answered.tell(.upstream(Stage.answer(), from: b))
        #expect(answered.tell(.clientLeft) == ["finish left"])
        let (streaming, c) = try asking()
        streaming.tell(.written)
        streaming.tell(.upstream(Stage.head, from: c))
        streaming.tell(.upstream(Stage.word, from: c))
        #expect(streaming.tell(.clientLeft) == ["end a cancelled", "cancel a", "finish left a"])
        guard case .left(_, let completion) = streaming.lastEnding else { return #expect(Bool(false), "not left") }
        #expect(completion == "s1")
        let choosing = ExchangeStage(try StageDecision.make())
        choosing.tell(.decided(choosing.decided))
        #expect(choosing.tell(.clientLeft) == ["finish left"])
    }

    @Test("what is recorded of a stream is what the client was sent, its broken ending too")
    func recording() throws {
        let (stage, a) = try asking()
        stage.tell(.written)
        let recording = ContentRecording()
        for event in [Stage.head, Stage.word, Stage.reset] { stage.tell(.upstream(event, from: a)) }
        recording.append(ByteBuffer(string: stage.sent))
        let content = recording.content(
            of: stage.decided.decision.id, request: ByteBuffer(string: "{}"), answer: nil)
        #expect(content.answer.map { String(decoding: $0, as: UTF8.self) } == stage.sent)
        #expect(stage.sent.contains("upstream_stream_error"))
    }
}

extension String {
    fileprivate func components(of part: String) -> Int {
        split(separator: part, omittingEmptySubsequences: false).count - 1
    }
}
