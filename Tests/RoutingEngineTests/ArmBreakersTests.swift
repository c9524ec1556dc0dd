import BanditCore
import RoutingEngine
import Synchronization
import Testing

@Suite("Breakers of an arm")
struct ArmBreakersTests {
    private static let second: Timestamp = 1_000_000
    private let definition = HealthDefinition(failuresToOpen: 5, openFor: .seconds(30))
    private let now: Timestamp = 1_767_323_045_000_000

    private func failed(
        _ witnesses: [FaultWitness], _ cause: FaultCause = .unclear, after answered: [FaultWitness] = []
    ) -> ArmBreakers {
        var breakers = ArmBreakers(definition)
        for witness in answered { breakers.succeeded(witness, at: now) }
        for witness in witnesses { breakers.failed(witness, cause, at: now) }
        return breakers
    }

    private func key(_ name: String) -> FaultWitness { FaultWitness(key: name) }
    private func request(_ number: UInt64) -> FaultWitness { FaultWitness(request: number) }

    @Test("what one key asks, however often, takes the arm from that key only", arguments: [5, 50])
    func oneKey(count: Int) {
        let breakers = failed([FaultWitness](repeating: key("attacker"), count: count))
        #expect(breakers.refusal(for: "attacker", at: now) == .breakerOpen)
        #expect(breakers.refusal(for: "other", at: now) == nil && breakers.refusal(for: nil, at: now) == nil)
        #expect(breakers.refusedKeys(at: now) == 1)
        // Where nobody else asks, that is how the arm stands.
        #expect(breakers.state(at: now) == .open)
        var used = breakers
        used.succeeded(key("other"), at: now)
        #expect(used.state(at: now) == .closed && used.refusal(for: "attacker", at: now) == .breakerOpen)
        #expect(used.refusal(for: "attacker", at: now + 30 * Self.second) == nil)
    }

    @Test("a single fault of somebody else's does not make an attack everybody's")
    func oneOther() {
        let breakers = failed([FaultWitness](repeating: key("attacker"), count: 50) + [key("other")])
        #expect(breakers.refusal(for: "third", at: now) == nil)
    }

    @Test("an arm that fails several keys in a row is open for all; a success between begins anew")
    func severalKeys() {
        let five = failed(["a", "b", "a", "b", "b"].map(key))
        #expect(five.refusal(for: "c", at: now) == .breakerOpen && five.state(at: now) == .open)
        let apart = failed(["a", "b", "c", "d"].map(key))
        #expect(apart.refusal(for: "e", at: now) == nil)
        var between = apart
        between.succeeded(key("a"), at: now)
        between.failed(key("b"), .unclear, at: now)
        #expect(between.refusal(for: "e", at: now) == nil)
    }

    @Test("what no client can bring about counts for all at once, whoever asked")
    func armsFault() {
        let breakers = failed([FaultWitness](repeating: key("a"), count: 5), .arm)
        #expect(breakers.refusal(for: "b", at: now) == .breakerOpen)
        #expect(breakers.badness(for: "b", at: now)?.isArmsFault == true)
    }

    @Test("without keys one request counts once while others are answered; each time where none is, or it was itself")
    func keyless() {
        let same = [FaultWitness](repeating: request(7), count: 9)
        #expect(failed(same, after: [request(1)]).refusal(for: nil, at: now) == nil)
        #expect(failed(same).refusal(for: nil, at: now) == .breakerOpen)
        #expect(failed(same, after: [request(7)]).refusal(for: nil, at: now) == .breakerOpen)
        #expect(failed((10..<15).map(request), after: [request(1)]).refusal(for: nil, at: now) == .breakerOpen)
        #expect(failed((10..<14).map(request), after: [request(1)]).refusal(for: nil, at: now) == nil)
        // What was answered long ago shows nothing.
        var old = failed([], after: [request(1)])
        for _ in 0..<5 { old.failed(request(7), .unclear, at: now + 601 * Self.second) }
        #expect(old.refusal(for: nil, at: now + 601 * Self.second) == .breakerOpen)
    }

    @Test("a probe that fails opens again, whatever the cause; one that succeeds closes for all")
    func probe() {
        var breakers = failed(["a", "b", "a", "b", "b"].map(key))
        let later = now + 31 * Self.second
        let (first, second) = (breakers.begin(for: "c", at: later), breakers.begin(for: "d", at: later))
        #expect(first && !second)
        breakers.failed(key("c"), .unclear, at: later)
        #expect(breakers.refusal(for: "d", at: later + Self.second) == .breakerOpen)
        let allTheSame = breakers.begin(for: "d", at: later, evenIfOpen: true)
        #expect(allTheSame)
        breakers.succeeded(key("d"), at: later)
        #expect(breakers.refusal(for: "c", at: later) == nil)
    }

    @Test("however many keys fail, what is kept of them is bounded, and they count")
    func bounded() {
        let breakers = failed((0..<5000).map { key("k\($0)") })
        #expect(breakers.refusedKeys(at: now) <= 256)
        #expect(breakers.refusal(for: "new", at: now) == .breakerOpen)
    }

    @Test("where all are open the least bad is asked: what requests may have broken before what is broken by itself")
    func leastBad() throws {
        let time = Atomic(now)
        let engine = Fixture.engine(try Fixture.catalogue(), health: HealthDefinition(failuresToOpen: 1)) {
            time.load(ordering: .relaxed)
        }
        engine.health.failed("small")
        engine.health.failed("unpriced", key("a"), .unclear)
        time.store(now + 1, ordering: .relaxed)
        engine.health.failed("large")
        time.store(now + 2, ordering: .relaxed)
        engine.health.failed("unpriced", key("b"), .unclear)
        time.store(now + 3, ordering: .relaxed)
        let request = Fixture.request { $0.keyID = "c" }
        let choice = try engine.decide(request, at: now + 3, random: 1)
        #expect(choice.decision.arm == "unpriced" && choice.decision.propensity == 1 && choice.asksOpenArms)
        #expect(choice.decision.excluded.map(\.reason) == [.breakerOpen, .breakerOpen])
        #expect(engine.health.begin("unpriced", for: "c", evenIfOpen: choice.asksOpenArms))
        // Then the one that has been open for the longest time.
        let next = engine.fallback(for: choice, tried: ArmSet([choice.position]), attempt: 1)
        #expect(next.map { choice.plan.armIDs[$0] } == "small")
        // An arm that cannot do what is asked is not asked for it all the same.
        let tools = Fixture.request {
            $0.requirements = [.tools]; $0.keyID = "c"
        }
        #expect(try engine.decide(tools, at: now + 3, random: 1).decision.arm == "unpriced")
        // What its provider asked to leave alone is left alone.
        for arm in ["small", "large", "unpriced"] {
            engine.health.failed(arm, retryAfter: 60 * Self.second)
        }
        #expect(throws: RoutingRefusal.self) { try engine.decide(request, at: now + 4, random: 1) }
    }
}
