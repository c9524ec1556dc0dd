/// A map from what is known of a category to a distribution over its arms.
///
/// `draw` and `distribution` are equal in law, so that the probability of what was drawn is known exactly. Both ignore
/// arms off the eligible set, rank by utility (reward less penalty) and need at least one eligible arm to draw.
package protocol Policy: Sendable {
    var kind: PolicyKind { get }

    /// The probability of every arm; sums to 1 within 1e-12, exactly 0 off `eligible`; all 0 where that is empty.
    func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution

    /// One arm; allocates nothing.
    func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int
}

/// The policies by the names they have in configuration files and on the command line.
package enum PolicyKind: String, CaseIterable, Sendable {
    case thompson
    case topTwoThompson = "top-two-thompson"
    case ucb1
    case ucbTuned = "ucb-tuned"
    case ucbV = "ucb-v"
    case klUCB = "kl-ucb"
    case bayesUCB = "bayes-ucb"
    case moss
    case epsilonGreedy = "epsilon-greedy"
    case softmax
    case exp3IX = "exp3-ix"
    case tsallisINF = "tsallis-inf"
    case squareCB = "square-cb"
    case uniform
    case fixed
    case bestMean = "best-mean"

    /// The kind of a name or of an alias (`exp3`); nil for other words.
    package init?(name: String) {
        if name == "exp3" {
            self = .exp3IX
        } else {
            self.init(rawValue: name)
        }
    }

    /// Whether its distribution puts no mass on some arms for want of an exploration floor, so that its logs give other
    /// policies no support.
    package var isDeterministic: Bool {
        switch self {
        case .ucb1, .ucbTuned, .ucbV, .klUCB, .bayesUCB, .moss, .fixed, .bestMean: true
        default: false
        }
    }
}
