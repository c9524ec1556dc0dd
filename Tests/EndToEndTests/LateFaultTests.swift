import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    /// The second half of the matrix fault × phase × {stream, not}; the first half, faults before the first word, is in
    /// ``FailoverTests``.
    @Suite("faults in mid-answer: who was called, what the client got, what was billed, who is credited")
    struct LateFaultTests {
        struct Case: Sendable, CustomTestStringConvertible {
            let fault: FaultPlan.Fault
            /// What is booked of the attempt: of a stream that had begun, and of a whole answer.
            let stream: String?
            let whole: String?

            var testDescription: String { fault.rawValue }
        }

        static let cases = [
            Case(fault: .cut, stream: "closed", whole: "closed"),
            Case(fault: .reset, stream: "reset", whole: "reset"),
            Case(fault: .stall, stream: "timeoutBetweenChunks", whole: "timeoutBetweenChunks"),
            Case(fault: .cleanEnd, stream: "unfinished", whole: "closed"),
            Case(fault: .malformedFrame, stream: "malformedFrame", whole: "notJSON"),
            Case(fault: .truncatedJSON, stream: "malformedFrame", whole: "notJSON"),
            Case(fault: .errorObject, stream: "errorObject", whole: "errorObject"),
            Case(fault: .noFinishReason, stream: nil, whole: nil),
            Case(fault: .noDone, stream: nil, whole: nil),
        ]

        @Test("every fault after the second word, streamed and whole; every cell ends within its timeouts")
        func matrix() async throws {
            let file = RouterFile(
                routeKeys: ["timeouts: { connect: 1s, first_byte: 600ms, between_chunks: 300ms, total: 20s }"],
                sections: ["health: { failures_to_open: 1000 }"])
            try await withRouter(file) { world in
                var credits: [String: Double] = [:]
                let clock = ContinuousClock()
                for test in Self.cases {
                    for streams in [true, false] {
                        world.provider.forgetCalls()
                        world.provider.clearScripts()
                        world.provider.script([FaultPlan(fault: test.fault, atToken: 2)], for: "m-a")
                        let start = clock.now
                        let answer = try await world.chat(#""stream":\#(streams)"#)
                        let what = "\(test.fault), stream \(streams): \(answer.text.suffix(300))"
                        // One wait between chunks, or one for the first byte, and the other arm's answer.
                        #expect(clock.now - start < .seconds(5), "\(what)")
                        #expect(answer.status == 200, "\(what)")
                        let error = streams ? test.stream : test.whole
                        // What began is never asked of another arm; a whole answer is.
                        let failsOver = !streams && error != nil
                        let served = failsOver ? "b" : "a"
                        #expect(world.asked == (failsOver ? ["m-a", "m-b"] : ["m-a"]), "\(what)")
                        #expect(answer.header("x-bandit-arm") == served, "\(what)")
                        let breaks = streams && error != nil
                        if streams {
                            #expect((answer.events.last == "[DONE]") == !breaks, "\(what)")
                            let words = answer.events.compactMap { JSON($0)["choices"][0]["delta"]["content"].string }
                            #expect(words.filter { !$0.isEmpty }.count >= 2, "\(what)")
                            if breaks {
                                #expect(
                                    JSON(answer.events.last ?? "")["error"]["code"].string == "upstream_stream_error",
                                    "\(what)")
                            }
                        } else {
                            #expect(answer.json["choices"][0]["message"]["content"].string?.isEmpty == false, "\(what)")
                        }
                        let id = answer.header("x-bandit-decision-id")
                        let decision = try await world.settled(id)
                        let attempts = decision["attempts"]
                        #expect(attempts.list.count == (failsOver ? 2 : 1), "\(what): \(attempts)")
                        #expect(attempts[0]["error"].string == error, "\(what): \(attempts)")
                        let outcome = decision["outcome"]
                        #expect(outcome["status"].string == (breaks ? "error" : "ok"), "\(what)")
                        #expect(decision["served_arm"].string == served, "\(what)")
                        // Billed: what the provider counted, or an estimate that is marked; the failed call's cost is unknown.
                        let cost = try #require(outcome["cost_usd"].number, "\(what): \(outcome)")
                        let tokens = try #require(outcome["completion_tokens"].number, "\(what)")
                        let prompt = try #require(outcome["prompt_tokens"].number, "\(what)")
                        #expect(tokens >= 1 && abs(cost - (prompt * 1000 + tokens * 2000) / 1e6) < 1e-9, "\(what)")
                        #expect(
                            outcome["tokens_estimated"].bool == breaks,
                            "\(what): \(outcome)")
                        if failsOver {
                            #expect(
                                attempts[0]["cost_usd"] == .null && attempts[1]["cost_usd"].number == cost, "\(what)")
                        }
                        // Credited: the arm whose words the client saw.
                        let receipt = try await world.feedback(id, "true")
                        #expect(
                            receipt.status == 200 && receipt.json["arm"].string == served, "\(what): \(receipt.text)")
                        credits[served, default: 0] += 1
                    }
                }
                for (arm, count) in credits { #expect(try await world.cell(arm)["n"].number == count, "\(arm)") }
                #expect(credits.values.reduce(0, +) == Double(2 * Self.cases.count))
            }
        }
    }
}
