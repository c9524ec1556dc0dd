import PolicySimulator
import Testing

@Suite("Summaries")
struct SummaryTests {
    private func summary(threads: Int) async throws -> SimulationSummary {
        let simulation = Worlds.simulation(
            Worlds.bernoulli(costs: [1, 2, 3, 1, 2, 3]),
            [try Worlds.policy("ts", "thompson"), try Worlds.policy("odd, \"id\"", "uniform")], horizon: 300,
            replications: 4)
        let labels = SimulationLabels(
            title: "test", policies: ["ts", "odd, \"id\""], arms: ["a", "b", "c"], categories: ["code", "chat"],
            rounds: 300, replications: 4, seed: 1)
        return SimulationSummary(
            labels: labels, results: await simulation.run(replications: [0, 1, 2, 3], threads: threads))
    }

    @Test("the same bytes come out whatever the order in which runs end")
    func sameBytes() async throws {
        let one = try await summary(threads: 1)
        let shuffled = SimulationSummary(labels: one.labels, results: one.policies.flatMap(\.runs).reversed())
        #expect(one.json() == shuffled.json())
        #expect(one.csv() == shuffled.csv())
        #expect(one.html() == shuffled.html())
    }

    @Test("means and standard errors are those of the replications")
    func estimates() throws {
        let estimate = try #require(MeanEstimate([1, 2, 3, 6]))
        #expect(estimate.mean == 3)
        #expect(abs(estimate.standardError - (14.0 / 3 / 4).squareRoot()) < 1e-15)
        #expect(MeanEstimate([1, nil]) == nil && MeanEstimate([]) == nil)
    }

    @Test("differences are paired: a policy less itself has no error")
    func pairedDifferences() async throws {
        let summary = try await summary(threads: 2)
        let own = try #require(summary.policies[0].difference(to: summary.policies[0], \.meanReward))
        #expect(own.mean == 0 && own.standardError == 0)
        let other = try #require(summary.policies[1].difference(to: summary.policies[0], \.meanReward))
        #expect(other.mean < 0 && other.standardError > 0)
    }

    @Test("curves.csv has a line for every round and policy, and quotes what needs it")
    func curves() async throws {
        let lines = try await summary(threads: 1).csv().split(separator: "\n")
        #expect(lines[0].hasPrefix("round,policy,regret_mean,"))
        #expect(lines.count == 1 + 2 * 200)
        #expect(lines[2].hasPrefix("1,\"odd, \"\"id\"\"\","))
        let last = lines[lines.count - 2].split(separator: ",", omittingEmptySubsequences: false)
        #expect(last[0] == "300" && last[1] == "ts" && last.count == 15)
    }
}
