import BanditCore
import CAllocationCount
import RoutingEngine

/// `RoutingEngine.decide`, the entry that requests come through: a route of eight priced arms in nine categories, with what
/// 4,000 requests have taught it.
func benchmarkEngine() throws {
    let arms = (0..<8).map { (arm: Int) -> ArmDefinition in
        let price = 0.1 * Double(arm + 1)
        return ArmDefinition(
            id: "model-\(arm)", provider: "provider", model: "upstream-\(arm)", contextWindow: 128_000,
            capabilities: arm < 6 ? [.tools, .json] : [],
            price: ArmPrice(inputPerMillionUSD: price, outputPerMillionUSD: 4 * price))
    }
    let route = RouteDefinition(
        id: "auto", arms: arms.map(\.id), objective: Objective(dollarsPerQuality: 0.05), explorationFloor: 0.01)
    let categories = ["general"] + (1..<9).map { "category-\($0)" }
    let catalogue = try Catalogue(arms: arms, routes: [route], categories: categories)
    var learned = LearnerState()
    var generator = Xoshiro256StarStar(seed: 6)
    for i in 0..<4_000 {
        let (category, arm) = (generator.index(below: 9), generator.index(below: 8))
        let address = learned.address(route: "auto", category: categories[category], arm: arms[arm].id)
        let reward = generator.uniform() < 0.4 + 0.03 * Double(arm) ? 1.0 : 0
        learned.apply(
            .rewarded(address, time: Timestamp(i) * 1_000_000, propensity: 0.125, previous: nil, current: reward),
            sequence: Int64(i + 1))
    }
    let engine = RoutingEngine(
        published: Published(catalogue: catalogue, state: learned, asOf: 4_000_000_000),
        health: ArmHealth(HealthDefinition()))

    func measure(_ name: String, _ request: DecisionRequest) throws {
        for seed in 0..<100 { _ = try engine.decide(request, at: 5_000_000_000, random: UInt64(seed)) }
        var failure: RoutingRefusal?
        func run(_ rounds: Int) {
            do throws(RoutingRefusal) {
                for _ in 0..<rounds {
                    let choice = try engine.decide(request, at: 5_000_000_000, random: generator.next())
                    sink += choice.decision.propensity
                }
            } catch { failure = error }
        }
        let before = allocation_count()
        run(10_000)
        let allocations = Double(allocation_count() - before) / 10_000
        let speed = time(100_000) { run(100_000) }
        if let failure { throw failure }
        line("  \(name)", figure(speed), "\(allocations) allocations")
    }
    let plain = DecisionRequest(model: "auto", category: "category-3", promptTokens: 400, maxTokens: 500)
    try measure("fresh", plain)
    var tools = plain
    tools.requirements = [.tools]
    try measure("fresh, six arms that have tools", tools)
    var session = plain
    session.session = "session-0123456789abcdef"
    try measure("sticky", session)
}
