import BanditCore
import Testing

extension PropensityCase: CustomTestStringConvertible {
    var testDescription: String { name }
}

/// Against SciPy (Golden/golden.py).
@Suite struct GoldenTests {
    @Test("Thompson's distribution is the integral to 1e-9, hard cases included", arguments: Golden.propensities)
    func propensities(_ golden: PropensityCase) {
        let result = thompsonDistribution(
            alpha: golden.alpha, beta: golden.beta, penalty: golden.penalty, eligible: ArmSet(first: golden.alpha.count)
        )
        for (arm, expected) in golden.probabilities.enumerated() {
            #expect(abs(result.probabilities[arm] - expected) < 1e-9, "\(golden.name), arm \(arm)")
        }
        #expect(abs(result.sumError) < 2e-9, "\(golden.name)")
        #expect(abs(result.probabilities.reduce(0, +) - 1) < 1e-12)
    }

    @Test("an arm a whole point behind another by its penalty never wins, and takes nothing from those that may")
    func hopeless() {
        let (alpha, beta) = ([30.0, 4, 0.7, 90], [20.0, 1, 0.2, 10])
        for scale in [1.0, 1e3, 1e9] {
            let result = thompsonDistribution(
                alpha: alpha, beta: beta, penalty: [0, 0.25, 1.25 * scale, scale], eligible: ArmSet(first: 4))
            let pair = thompsonDistribution(
                alpha: alpha, beta: beta, penalty: [0, 0.25, 0, 0], eligible: ArmSet(first: 2))
            #expect(result == pair && result.probabilities[1] > 0.3)
        }
        // All of them dear: the least dear is the one that counts.
        let dear = thompsonDistribution(
            alpha: alpha, beta: beta, penalty: [5e6, 2e6, 7e6, 9e6], eligible: ArmSet([0, 2, 3]))
        #expect(dear.probabilities == [1, 0, 0, 0])
    }

    @Test("normal, Student and Gumbel arms race to 1e-9")
    func otherArms() {
        for golden in Golden.gaussians {
            let result = gaussianDistribution(armCount: golden.scale.count, eligible: ArmSet(first: golden.scale.count))
            {
                (golden.location[$0], golden.scale[$0])
            }
            expectClose(result, golden)
        }
        for golden in Golden.students {
            let result = studentDistribution(armCount: golden.scale.count, eligible: ArmSet(first: golden.scale.count))
            {
                (golden.location[$0], golden.scale[$0], golden.degrees[$0])
            }
            expectClose(result, golden)
        }
        for golden in Golden.gumbels {
            let result = gumbelDistribution(armCount: golden.scale.count, eligible: ArmSet(first: golden.scale.count)) {
                (golden.location[$0], golden.scale[$0])
            }
            expectClose(result, golden)
        }
    }

    private func expectClose(_ result: RaceResult, _ golden: RaceCase) {
        for (arm, expected) in golden.probabilities.enumerated() {
            #expect(abs(result.probabilities[arm] - expected) < 1e-9)
        }
    }

    @Test("beta distribution functions and quantiles, from shape 0.005 to 6e6")
    func betas() {
        for golden in Golden.betas {
            let posterior = BetaPosterior(alpha: golden.alpha, beta: golden.beta)
            #expect(abs(posterior.cumulative(golden.x) - golden.cumulative) < 1e-11)
            #expect(abs(posterior.quantile(golden.p) - golden.quantile) <= 1e-10 * golden.quantile + 1e-290)
            #expect(abs(posterior.upperQuantile(golden.p) - golden.upper) <= 1e-10 * golden.upper + 1e-290)
        }
    }

    @Test("two integer posteriors: the closed form of P(B > A)")
    func closedForm() {
        // Σ_{i<αB} B(αA + i, βA + βB) / ((βB + i)·B(1 + i, βB)·B(αA, βA)), as a product of ratios.
        func closed(_ a: (Double, Double), _ b: (Double, Double)) -> Double {
            func logBeta(_ x: Int, _ y: Int) -> Double {
                // log B for integers: Γ by sums of logarithms is avoided by multiplying ratios.
                var value = 1.0 / Double(y)
                for i in 0..<(x - 1) { value *= Double(1 + i) / Double(1 + i + y) }
                return value
            }
            var sum = 0.0
            for i in 0..<Int(saturating: b.0) {
                let top = logBeta(Int(saturating: a.0) + i, Int(saturating: a.1) + Int(saturating: b.1))
                let bottom =
                    (b.1 + Double(i)) * logBeta(1 + i, Int(saturating: b.1))
                    * logBeta(Int(saturating: a.0), Int(saturating: a.1))
                sum += top / bottom
            }
            return sum
        }
        for (a, b) in [((1.0, 1.0), (1.0, 1.0)), ((3, 5), (6, 4)), ((12, 9), (10, 11)), ((40, 3), (20, 2))] {
            let result = thompsonDistribution(
                alpha: [a.0, b.0], beta: [a.1, b.1], penalty: [0, 0], eligible: ArmSet(first: 2))
            #expect(abs(result.probabilities[1] - closed(a, b)) < 1e-11)
        }
    }

    @Test("optimistic indices agree with their formulas in SciPy")
    func indices() throws {
        for golden in Golden.indices {
            var state = CategoryState(
                count: [golden.count, 1, 1], rewardSum: [golden.sum, 0, 0], rewardSumSquares: [golden.squares, 0, 0])
            state.total = golden.total
            let policy = try PolicySpecification.parse(kind: golden.name).make { _ in nil }
            let index = try #require(policy as? any IndexPolicy)
                .index(0, state, eligibleCount: 3, t: golden.total)
            #expect(abs(index - golden.index) < 1e-11, "\(golden.name) n=\(golden.count)")
        }
    }
}
