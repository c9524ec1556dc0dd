import BanditCore
import CAllocationCount

/// Calls of malloc in the decide path of every policy; fails where there is any.
func countAllocations() throws {
    let eligible = ArmSet(first: 10)
    var generator = Xoshiro256StarStar(seed: 4)
    var failed = false
    func report(_ name: String, _ count: UInt) {
        if count > 0 { failed = true }
        line("  \(name)", "\(count)")
    }
    for word in PolicyKind.allCases {
        let policy = try PolicySpecification.parse(kind: word.rawValue, arm: word == .fixed ? "a" : nil).make { _ in 0 }
        let model = LearningModel(priors: [ArmPrior](repeating: ArmPrior(), count: 10), pooling: .none)
        var table = CellTable(categories: 1, arms: 10)
        var posterior = model.posterior(of: table)
        let rounds = word == .bayesUCB || word == .topTwoThompson ? 1_000 : 20_000
        func step(_ round: Int) {
            let arm = policy.draw(posterior[0], eligible: eligible, using: &generator)
            table.addReward(category: 0, arm: arm, value: Double(round & 1), time: 0)
            posterior.update(category: 0, arm: arm, from: table)
        }
        for round in 0..<100 { step(round) }
        let before = allocation_count()
        for round in 0..<rounds { step(round) }
        report(word.rawValue, allocation_count() - before)
    }
    let cached = ActionDistribution(uniformOver: ArmSet(first: 8), armCount: 8)
    let first = allocation_count()
    for _ in 0..<10_000 { sink += Double(cached.draw(using: &generator)) }
    report("draw from the cached vector", allocation_count() - first)
    precondition(allocation_count() > 1000, "allocations must be counted")
    print(failed ? "FAILED: the decide path allocates" : "ok: the decide path allocates nothing")
}
