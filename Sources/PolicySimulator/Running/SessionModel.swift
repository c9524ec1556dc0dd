/// Conversations: rounds of one category follow on each other until a new conversation begins.
package struct SessionModel: Sendable, Equatable {
    /// Mean number of turns, ≥ 1 (geometric).
    package var meanTurns: Double

    package init(meanTurns: Double) { self.meanTurns = meanTurns }

    /// Whether a new conversation begins in a round, the same for every policy.
    func begins(round: Int, random: CounterRandom) -> Bool {
        random.uniform(.session, round: round) * meanTurns < 1
    }
}
