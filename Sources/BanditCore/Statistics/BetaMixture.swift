internal import RealModule

/// A mixture of beta distributions: the posterior under a robust prior.
package struct BetaMixture: Sendable, Equatable {
    package struct Component: Sendable, Equatable {
        package var weight: Double
        package var alpha: Double
        package var beta: Double

        package init(weight: Double, alpha: Double, beta: Double) {
            self.weight = weight
            self.alpha = alpha
            self.beta = beta
        }
    }

    /// Weights positive, summing to 1.
    package let components: [Component]

    /// Components of weight 0 are left out; at least one must remain; weights are scaled to sum to 1.
    package init(_ components: [Component]) {
        let kept = components.filter { $0.weight > 0 }
        precondition(!kept.isEmpty, "a mixture needs a component")
        let total = kept.reduce(0) { $0 + $1.weight }
        self.components = kept.map { Component(weight: $0.weight / total, alpha: $0.alpha, beta: $0.beta) }
    }

    package var mean: Double {
        components.reduce(0) { $0 + $1.weight * $1.alpha / ($1.alpha + $1.beta) }
    }

    package var variance: Double {
        let mean = mean
        return components.reduce(0) { sum, part in
            let posterior = BetaPosterior(alpha: part.alpha, beta: part.beta)
            let distance = posterior.mean - mean
            return sum + part.weight * (posterior.variance + distance * distance)
        }
    }

    /// P(X ≤ x).
    package func cumulative(_ x: Double) -> Double {
        components.reduce(0) { $0 + $1.weight * BetaPosterior(alpha: $1.alpha, beta: $1.beta).cumulative(x) }
    }

    /// The x with P(X ≤ x) = p, between the components' quantiles, by bisection.
    package func quantile(_ p: Double) -> Double {
        let parts = components.map { BetaPosterior(alpha: $0.alpha, beta: $0.beta).quantile(p) }
        var (low, high) = (parts.min() ?? 0, parts.max() ?? 1)
        for _ in 0..<200 where high - low > 1e-15 * high {
            let middle = 0.5 * (low + high)
            if cumulative(middle) < p { low = middle } else { high = middle }
        }
        return 0.5 * (low + high)
    }

    /// The posterior after successes and failures (fractional ones too): each component's shapes grow, and its weight is
    /// multiplied by the beta-binomial likelihood B(a + s, b + f)/B(a, b).
    package func updated(successes: Double, failures: Double) -> BetaMixture {
        let logs = components.map { part in
            Double.log(part.weight) + Self.logBeta(part.alpha + successes, part.beta + failures)
                - Self.logBeta(part.alpha, part.beta)
        }
        let top = logs.max() ?? 0
        return BetaMixture(
            zip(components, logs).map { part, log in
                Component(
                    weight: Swift.max(Double.exp(log - top), 1e-300), alpha: part.alpha + successes,
                    beta: part.beta + failures)
            })
    }

    /// log B(a, b) from Stirling's remainder.
    static func logBeta(_ a: Double, _ b: Double) -> Double {
        let total = a + b
        // Density of logit X at its mode is x^a (1 − x)^b / B at x = a/(a + b).
        return a * Double.log(a / total) + b * Double.log(b / total) - betaLogPeak(a, b)
    }
}

/// A benchmark's prior that discounts itself where the evidence disagrees (robust meta-analytic-predictive prior, Schmidli et
/// al. 2014, doi:10.1111/biom.12242): w·Beta(m·p, m·(1 − p)) + (1 − w)·Beta(1, 1).
package struct RobustPrior: Sendable, Equatable {
    package let mixture: BetaMixture
    /// Whether the benchmark has any weight.
    private let isBelieved: Bool

    /// `mean` in (0, 1) worth `mass` > 0 observations, believed with probability `weight` in [0, 1].
    package init(mean: Double, mass: Double, weight: Double = 0.8) {
        precondition(
            weight >= 0 && weight <= 1 && mass > 0, "a robust prior needs a weight in [0, 1] and a positive mass")
        isBelieved = weight > 0
        let centre = Swift.max(1e-6, Swift.min(1 - 1e-6, mean))
        mixture = BetaMixture([
            BetaMixture.Component(weight: weight, alpha: centre * mass, beta: (1 - centre) * mass),
            BetaMixture.Component(weight: 1 - weight, alpha: 1, beta: 1),
        ])
    }

    /// The posterior after the evidence.
    package func posterior(successes: Double, failures: Double) -> BetaMixture {
        mixture.updated(successes: successes, failures: failures)
    }

    /// How much of the benchmark is still believed after the evidence, in [0, 1].
    package func belief(successes: Double, failures: Double) -> Double {
        if mixture.components.count < 2 { return isBelieved ? 1 : 0 }
        return posterior(successes: successes, failures: failures).components[0].weight
    }
}
