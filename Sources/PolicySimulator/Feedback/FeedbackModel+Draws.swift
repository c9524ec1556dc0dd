import RealModule

extension FeedbackModel {
    /// Whether the decision of a round gets feedback: the same for every policy.
    func arrives(round: Int, random: CounterRandom) -> Bool {
        rate >= 1 || random.uniform(.feedback, round: round) < rate
    }

    /// Rounds until the feedback on the decision of a round is folded.
    func lag(round: Int, random: CounterRandom) -> Int {
        switch delay {
        case .fixed(let rounds): return rounds
        case .geometric(let mean):
            // P(lag ≥ n) = (mean/(1 + mean))ⁿ
            let u = 1 - random.uniform(.delay, round: round)
            return Int(saturating: (Double.log(u) / Double.log(mean / (1 + mean))).rounded(.down))
        }
    }

    /// What is said of a true reward.
    func claim(_ reward: Double, arm: Int, round: Int, random: CounterRandom) -> Double {
        for (number, poisoning) in poisonings.enumerated() where poisoning.rounds.contains(round) {
            if poisoning.arm.map({ $0 == arm }) ?? true,
                random.uniform(.poison, round: round, arm: number) < poisoning.share
            {
                return poisoning.value
            }
        }
        switch noise {
        case .none: return reward
        case .flip(let probability): return random.uniform(.noise, round: round) < probability ? 1 - reward : reward
        case .gaussian(let deviation):
            return min(1, max(0, reward + deviation * random.normal(.noise, round: round)))
        }
    }
}
