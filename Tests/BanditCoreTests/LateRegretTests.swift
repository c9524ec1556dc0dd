import BanditCore
import Testing

/// What a policy still loses a round once it has had every chance to learn: where that does not go to nothing, regret grows for ever.
@Suite("regret in the long run")
struct LateRegretTests {
    /// Worlds that a policy which explores too little gets stuck in.
    enum Kind: String, CaseIterable, Sendable {
        /// One arm among twenty is better, everywhere.
        case needle
        /// What the pooled prior says of a category from all others is wrong there.
        case mislead
        /// Each category has a best arm of its own; arms are alike over all.
        case hard
        /// Near ties.
        case close

        /// `[category][arm]`: mean rewards.
        func means(using generator: inout Xoshiro256StarStar) -> [[Double]] {
            switch self {
            case .needle:
                let best = Int(truncatingIfNeeded: generator.next() % 20)
                return (0..<4).map { _ in (0..<20).map { $0 == best ? 0.6 : 0.5 } }
            case .mislead:
                let usual: [Double] = [0.8, 0.7, 0.6, 0.5, 0.4]
                let odd: [Double] = [0.3, 0.45, 0.5, 0.55, 0.6]
                return [usual, usual, usual, usual, usual, odd]
            case .hard:
                return (0..<5).map { category in (0..<5).map { $0 == category ? 0.65 : 0.5 } }
            case .close:
                return (0..<4).map { _ in (0..<6).map { _ in 0.5 + 0.06 * generator.uniform() } }
            }
        }
    }

    /// Regret a round in the second half of 50,000 rounds.
    private func lateRate(_ kind: Kind, _ concentration: Concentration, seed: UInt64) -> Double {
        var generator = Xoshiro256StarStar(seed: seed)
        let means = kind.means(using: &generator)
        let (categories, arms) = (means.count, means[0].count)
        let model = LearningModel(
            priors: [ArmPrior](repeating: ArmPrior(), count: arms), concentration: concentration)
        var table = CellTable(categories: categories, arms: arms)
        var learned = IncrementalPosterior(model: model, table: table)
        let rounds = 50_000
        var late = 0.0
        for round in 0..<rounds {
            let category = Int(truncatingIfNeeded: generator.next() % UInt64(categories))
            let arm = ThompsonPolicy().draw(
                learned.posterior[category], eligible: ArmSet(first: arms), using: &generator)
            let truth = means[category]
            table.addReward(category: category, arm: arm, value: generator.uniform() < truth[arm] ? 1 : 0, time: 0)
            learned.observed(category: category, arm: arm, in: table)
            if round >= rounds / 2 { late += (truth.max() ?? 0) - truth[arm] }
        }
        return late / Double(rounds / 2)
    }

    @Test("annealed, at most .02 a round is lost in the end, in the worst of six worlds", arguments: Kind.allCases)
    func annealed(kind: Kind) {
        let rates = (0..<6).map { lateRate(kind, .annealed, seed: UInt64(900 + $0)) }
        #expect(rates.allSatisfy { $0 <= 0.02 }, "\(kind): \(rates)")
    }
}
