import BanditCore
import RoutingEngine
import Testing

@Suite("Priors of a route from a benchmark")
struct RoutePriorsTests {
    /// The small arm is good at code and dear, the large one bad at it; nothing is said of `general`.
    private func priors(weight: Double) -> RoutePriors {
        func sums(_ mean: Double) -> SignalSums { SignalSums(count: 400, sum: 400 * mean, sumSquares: 400 * mean) }
        func costs(_ mean: Double) -> SignalSums {
            SignalSums(count: 400, sum: 400 * mean, sumSquares: 400 * mean * mean)
        }
        return RoutePriors(
            path: "priors.json", mass: 100, weight: weight,
            cells: [
                RoutePriors.Cell(category: "code", arm: "small", rewards: sums(0.9), costsUSD: costs(0.02)),
                RoutePriors.Cell(category: "code", arm: "unpriced", rewards: sums(0.3), costsUSD: costs(0.001)),
                RoutePriors.Cell(category: "elsewhere", arm: "small", rewards: sums(0.1)),
                RoutePriors.Cell(category: "code", arm: "nobody", rewards: sums(0.1)),
            ])
    }

    private func published(_ priors: RoutePriors?, state: LearnerState = LearnerState()) throws -> PublishedCategory {
        let catalogue = try Fixture.catalogue { $0.priors = priors }
        let published = Published(catalogue: catalogue, state: state, asOf: Fixture.start)
        return published.routes[0].categories[catalogue.categories.firstIndex(of: "code") ?? 0]
    }

    @Test("a route starts from what the benchmark says of its cells, worth its mass, and knows its costs")
    func start() throws {
        let plain = try published(nil)
        let primed = try published(priors(weight: 1))
        let all = ArmSet(first: 3)
        #expect(abs(plain.distribution(over: all).probabilities[0] - 1.0 / 3) < 1e-9)
        #expect(primed.distribution(over: all).probabilities[0] > 0.8)
        #expect(primed.state.count[0] == 100 && primed.state.count[1] == 0 && primed.state.count[2] == 100)
        #expect(abs(primed.state.mean(0) - 0.9) < 0.02 && abs(primed.state.mean(2) - 0.3) < 0.05)
        // An arm without a price is known to cost what the benchmark measured.
        #expect(plain.state.expectedCostUSD[2].isNaN)
        #expect(abs(primed.state.expectedCostUSD[2] - 0.001) < 1e-6)
    }

    @Test("feedback that disagrees takes the benchmark's weight away, and nothing of it is learned state")
    func disagreement() throws {
        var learned = LearnerState()
        let cell = learned.address(route: "auto", category: "code", arm: "small")
        for i in 0..<60 {
            learned.apply(
                .rewarded(cell, time: Fixture.start, propensity: 1, previous: nil, current: i % 10 == 0 ? 1 : 0),
                sequence: Int64(i + 1))
        }
        let doubted = try published(priors(weight: 0.8), state: learned).state
        let trusted = try published(priors(weight: 1), state: learned).state
        #expect(doubted.mean(0) < 0.2, "a tenth of sixty, not nine tenths of a hundred")
        #expect(trusted.mean(0) > 0.5)
        #expect(doubted.count[0] < 61 && trusted.count[0] == 160)
    }
}
