/// A number that a kind of policy takes.
package struct PolicyParameter: Sendable, Equatable {
    package let name: String
    package let defaultValue: Double
    /// Inclusive bounds.
    package let range: ClosedRange<Double>
    package let documentation: String

    /// Where a parameter must be positive.
    static let tiny = Double.leastNormalMagnitude

    package static func parameters(of kind: PolicyKind) -> [PolicyParameter] {
        switch kind {
        case .thompson, .ucbTuned, .uniform, .fixed, .bestMean: []
        case .topTwoThompson:
            [PolicyParameter("beta", 0.5, 0...1, "probability of keeping the leader")]
        case .ucb1:
            [PolicyParameter("c", 2, tiny...1e6, "width of the bound: √(c·ln t/n)")]
        case .ucbV:
            [
                PolicyParameter("zeta", 1, tiny...1e6, "exploration function ζ·ln t"),
                PolicyParameter("c", 1, tiny...1e6, "weight of the term 3·c·ζ·ln t/n"),
            ]
        case .klUCB:
            [PolicyParameter("c", 0, 0...1e6, "weight of ln ln t; 3 in the proof, 0 in practice")]
        case .bayesUCB:
            [
                PolicyParameter(
                    "c", 0, 0...100, "power of ln T in the quantile's level; 5 in the proof, 0 in practice"),
                PolicyParameter("horizon", 0, 0...1e15, "T; 0: the rounds so far"),
            ]
        case .moss:
            [
                PolicyParameter("horizon", 0, 0...1e15, "T; 0: anytime"),
                PolicyParameter("alpha", 1.35, 0...100, "anytime width (1 + alpha)/2"),
            ]
        case .epsilonGreedy:
            [
                PolicyParameter("epsilon", 0.1, 0...1, "probability of exploring"),
                PolicyParameter("decay", 0, 0...1e15, "rounds after which epsilon falls as 1/t; 0: it stays"),
            ]
        case .softmax:
            [
                PolicyParameter("temperature", 0, 0...1e6, "of the plain softmax; 0: Boltzmann–Gumbel"),
                PolicyParameter("c", 0.5, tiny...1e6, "Boltzmann–Gumbel: scale c/√n of the noise"),
            ]
        case .exp3IX:
            [
                PolicyParameter("eta", 0, 0...1e6, "learning rate; 0: √(2·ln K/(K·t))"),
                PolicyParameter("gamma", 0.01, 0...1, "implicit exploration: losses are divided by propensity + gamma"),
            ]
        case .tsallisINF:
            [PolicyParameter("eta", 2, tiny...1e6, "learning rate eta/√t")]
        case .squareCB:
            [
                PolicyParameter("gamma", 10, tiny...1e9, "γ_t = gamma·t^exponent"),
                PolicyParameter("exponent", 0.5, 0...2, "how γ_t grows"),
            ]
        }
    }

    init(_ name: String, _ defaultValue: Double, _ range: ClosedRange<Double>, _ documentation: String) {
        self.name = name
        self.defaultValue = defaultValue
        self.range = range
        self.documentation = documentation
    }
}
