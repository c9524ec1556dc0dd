import BanditCore
import RealModule
import Testing

@Suite struct InferenceTests {
    @Test("Student quantiles and distribution functions, from 1 to 1e5 degrees")
    func students() {
        for golden in LearningGolden.students {
            let quantile = StudentT.quantile(golden.p, degrees: golden.degrees)
            #expect(
                abs(quantile - golden.quantile) <= 1e-9 * max(1, abs(golden.quantile)), "\(golden.degrees) \(golden.p)")
            #expect(abs(StudentT.cumulative(golden.at, degrees: golden.degrees) - golden.cumulative) < 1e-10)
        }
    }

    @Test("normal-inverse-gamma posteriors have SciPy's moments and quantiles")
    func normalInverseGamma() {
        let sums = [0.1, 0.4, 0.35, 0.8].reduce(SignalSums()) {
            $0 + SignalSums(count: 1, sum: $1, sumSquares: $1 * $1)
        }
        let posterior = NormalInverseGamma(mean: 0.2, strength: 2, shape: 1.5, rate: 0.05).updated(sums)
        let golden = LearningGolden.normalInverseGamma
        let interval = posterior.interval(confidence: 0.95)
        for (value, expected) in zip([posterior.mean, posterior.variance, interval.lower, interval.upper], golden) {
            #expect(abs(value - expected) < 1e-11)
        }
        #expect(abs(posterior.quantile(0.975) - golden[3]) < 1e-11)
        var generator = Xoshiro256StarStar(seed: 2)
        let sample = (0..<5_000).map { _ in posterior.draw(using: &generator) }
        #expect(
            Check.kolmogorov(sample) {
                StudentT.cumulative(($0 - posterior.mean) / posterior.scale, degrees: posterior.degrees)
            } < 2.7)
    }

    @Test("a robust prior believes the benchmark until the evidence disagrees")
    func robust() {
        let prior = RobustPrior(mean: 0.8, mass: 50)
        let posterior = prior.posterior(successes: 3, failures: 17)
        let golden = LearningGolden.robust
        #expect(abs(posterior.components[0].weight - golden[0]) < 1e-10 * golden[0])
        #expect(abs(posterior.mean - golden[1]) < 1e-11)
        #expect(abs(posterior.cumulative(0.3) - golden[2]) < 1e-11)
        #expect(abs(posterior.cumulative(posterior.quantile(0.4)) - 0.4) < 1e-9)
        // Agreement raises the belief, conflict removes it and the data speak.
        #expect(prior.belief(successes: 16, failures: 4) > 0.8)
        #expect(prior.belief(successes: 3, failures: 17) < 1e-3)
        let fixed = RobustPrior(mean: 0.8, mass: 50, weight: 1).posterior(successes: 3, failures: 17).mean
        #expect(abs(posterior.mean - 0.18) < 0.01 && fixed > 0.6)
        let spread = posterior.variance
        #expect(abs(spread - 4 * 18 / (22.0 * 22 * 23)) < 1e-3)
    }

    @Test("mixtures race exactly: a mixture of equal components is that component, others are their average")
    func mixtures() {
        func mixture(_ parts: (Double, Double, Double)...) -> BetaMixture {
            BetaMixture(parts.map { BetaMixture.Component(weight: $0.0, alpha: $0.1, beta: $0.2) })
        }
        let all = ArmSet(first: 2)
        for penalty in [[0.0, 0.0], [0.05, 0.0]] {
            let single = thompsonDistribution(alpha: [6, 4], beta: [3, 4], penalty: penalty, eligible: all)
            let doubled = thompsonDistribution(
                mixtures: [mixture((0.3, 6, 3), (0.7, 6, 3)), mixture((1, 4, 4))], penalty: penalty, eligible: all)
            #expect(abs(single.probabilities[0] - doubled.probabilities[0]) < 1e-10)
            let other = thompsonDistribution(alpha: [90, 4], beta: [10, 4], penalty: penalty, eligible: all)
            let mixed = thompsonDistribution(
                mixtures: [mixture((0.3, 6, 3), (0.7, 90, 10)), mixture((1, 4, 4))], penalty: penalty, eligible: all)
            let average = 0.3 * single.probabilities[0] + 0.7 * other.probabilities[0]
            #expect(abs(mixed.probabilities[0] - average) < 1e-9)
        }
    }

    @Test("kl bounds solve their equation and keep their side")
    func divergence() {
        for mean in [0.0, 1e-6, 0.2, 0.5, 0.93, 1] {
            for level in [0.0, 1e-8, 0.03, 0.7, 8] {
                let (low, high) = (
                    BernoulliKL.lowerBound(mean: mean, level: level), BernoulliKL.upperBound(mean: mean, level: level)
                )
                #expect(low >= 0 && low <= mean && mean <= high && high <= 1)
                if mean < 1 && level > 0 && high < 1 - 1e-6 {
                    #expect(abs(BernoulliKL.divergence(mean, high) - level) < 1e-9 * max(1, level))
                }
                if mean > 0 && level > 0 {
                    #expect(abs(BernoulliKL.divergence(mean, low) - level) < 1e-9 * max(1, level) || low <= 1e-12)
                }
            }
        }
    }
}
