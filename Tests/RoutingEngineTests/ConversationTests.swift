import BanditCore
import RoutingEngine
import Testing

@Suite("Conversations")
struct ConversationTests {
    private let now = Fixture.start

    private func turn(
        _ opening: String, isOpening: Bool = false, before: String? = nil, now turns: String = "x"
    ) -> DecisionRequest {
        Fixture.request {
            $0.conversation = Conversation(opening: opening, isOpening: isOpening) {
                before.map { ($0, turns) }
            }
        }
    }

    private func engine(_ affinity: Affinity = .conversation) throws -> RoutingEngine {
        Fixture.engine(
            try Fixture.catalogue {
                $0.affinity = affinity; $0.explorationFloor = 0.3
            })
    }

    @Test("a conversation keeps the arm of its first turn, and says by what it was known")
    func keeps() throws {
        let engine = try engine()
        for start in 0..<20 {
            let first = try engine.decide(turn("c\(start)", isOpening: true), at: now, random: UInt64(start * 77))
            #expect(first.decision.kind == .fresh && first.decision.sessionSource == "conversation")
            for random in 0..<6 {
                let next = try engine.decide(turn("c\(start)"), at: now, random: UInt64(random))
                #expect(next.decision.kind == .sticky && next.decision.arm == first.decision.arm)
                #expect(next.decision.sessionID == "c\(start)" && next.decision.sessionSource == "conversation")
            }
        }
    }

    @Test("the same first turn, however often, is drawn anew each time: nothing of it is lost to evaluation")
    func openings() throws {
        let engine = try engine()
        var arms: Set<String> = []
        for random in 0..<60 {
            let choice = try engine.decide(turn("same", isOpening: true), at: now, random: UInt64(random) &* 7919)
            #expect(choice.decision.kind == .fresh)
            arms.insert(choice.decision.arm)
        }
        #expect(arms.count == 3)
    }

    @Test("examples before the question make no conversation; turns that follow each other do")
    func turns() throws {
        let engine = try engine()
        var arms: Set<String> = []
        for random in 0..<60 {
            // Every request ends in another question, after the same examples.
            let choice = try engine.decide(
                turn("examples", before: "ex", now: "q\(random)"), at: now, random: UInt64(random) &* 7919)
            #expect(choice.decision.kind == .fresh && choice.decision.sessionSource == "conversation_turns")
            arms.insert(choice.decision.arm)
        }
        #expect(arms.count == 3)
        // A conversation whose first turn nobody saw: from its second request on here it stays.
        let first = try engine.decide(turn("lost", before: "h1", now: "h2"), at: now, random: 1)
        for step in 2..<8 {
            let next = try engine.decide(
                turn("lost", before: "h\(step)", now: "h\(step + 1)"), at: now, random: UInt64(step))
            #expect(next.decision.kind == .sticky && next.decision.arm == first.decision.arm)
        }
    }

    @Test("a named session goes before the conversation, in the key's group only; affinity can be had less of")
    func named() throws {
        let engine = try engine()
        var request = turn("c", isOpening: true)
        request.session = "s"
        request.sessionSource = "x-litellm-session-id"
        let first = try engine.decide(request, at: now, random: 1)
        #expect(first.decision.sessionID == "s" && first.decision.sessionSource == "x-litellm-session-id")
        #expect(try engine.decide(request, at: now, random: 2).decision.kind == .sticky)
        #expect(try engine.decide(turn("c"), at: now, random: 2).decision.kind == .fresh)
        request.keyGroup = "other"
        #expect(try engine.decide(request, at: now, random: 2).decision.kind == .fresh)

        let named = try self.engine(.session)
        _ = try named.decide(turn("c", isOpening: true), at: now, random: 1)
        let unnamed = try named.decide(turn("c"), at: now, random: 2).decision
        #expect(unnamed.kind == .fresh && unnamed.sessionID == nil)
        let none = try self.engine(.none)
        request.keyGroup = ""
        _ = try none.decide(request, at: now, random: 1)
        #expect(try none.decide(request, at: now, random: 2).decision.kind == .fresh)
    }

    @Test("seats from the log are taken up, the newest last")
    func restored() throws {
        let engine = try engine()
        let key = SessionTable.Key(route: "auto", group: "", session: "c")
        engine.restore([
            (key, SessionTable.Seat(arm: "small", category: "code")),
            (key, SessionTable.Seat(arm: "unpriced", category: "code")),
        ])
        let next = try engine.decide(turn("c"), at: now, random: 2)
        #expect(next.decision.kind == .sticky && next.decision.arm == "unpriced")
    }

    @Test("what is written to a cache, thought and spoken is billed at its own price")
    func prices() {
        var price = ArmPrice(inputPerMillionUSD: 1, outputPerMillionUSD: 2)
        var tokens = BilledTokens(input: 10, output: 5)
        tokens.cacheWrite = 100_000
        #expect(price.cost(tokens) == 125_020_000)
        tokens.cacheWrite = 0
        tokens.cacheWriteHour = 100_000
        #expect(price.cost(tokens) == 200_020_000)
        price.cacheWriteHourInputPerMillionUSD = 3
        #expect(price.cost(tokens) == 300_020_000)
        var answer = BilledTokens()
        answer.reasoning = 1000
        answer.audioOutput = 10
        answer.audioInput = 10
        answer.imageInput = 10
        #expect(price.cost(answer) == 2_040_000)
        price.reasoningPerMillionUSD = 4
        price.audioOutputPerMillionUSD = 100
        price.audioInputPerMillionUSD = 50
        price.imageInputPerMillionUSD = 0
        #expect(price.cost(answer) == 4_000_000 + 1_000_000 + 500_000)
        #expect(price.worstCost(promptTokens: 10, completionTokens: 10) == 10 * 50_000 + 10 * 100_000)
    }
}
