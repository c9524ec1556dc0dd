/// A policy as users write it: a kind, numbers by name, and an arm for `fixed`.
package struct PolicySpecification: Sendable, Equatable {
    package let kind: PolicyKind
    /// What was given; defaults fill the rest.
    package let parameters: [String: Double]
    package let arm: String?

    /// Thompson sampling: what a route uses that names no policy.
    package static let thompson = PolicySpecification(kind: .thompson, parameters: [:], arm: nil)

    /// The specification of checked words and numbers.
    ///
    /// Errors name the unknown word and the nearest valid one, or the parameter and its range.
    package static func parse(
        kind word: String, parameters: [String: Double] = [:], arm: String? = nil
    ) throws(PolicyError) -> PolicySpecification {
        guard let kind = PolicyKind(name: word) else {
            let nearest = NearestWord.nearest(to: word, among: PolicyKind.allCases.map(\.rawValue)) ?? "thompson"
            throw PolicyError(code: .unknownKind, message: "unknown policy '\(word)'; did you mean '\(nearest)'?")
        }
        let known = PolicyParameter.parameters(of: kind)
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
            guard let parameter = known.first(where: { $0.name == name }) else {
                let nearest = NearestWord.nearest(to: name, among: known.map(\.name))
                let hint = nearest.map { "did you mean '\($0)'?" } ?? "it has none"
                throw PolicyError(
                    code: .unknownParameter, message: "unknown parameter '\(name)' of policy '\(word)'; \(hint)")
            }
            guard parameter.range.contains(value) else {
                throw PolicyError(code: .invalidParameter, message: Self.complaint(parameter, value, of: word))
            }
        }
        if kind == .fixed {
            guard let arm, !arm.isEmpty else {
                throw PolicyError(code: .missingArm, message: "policy 'fixed' needs an arm")
            }
        } else if let arm {
            throw PolicyError(
                code: .unexpectedArm, message: "policy '\(word)' takes no arm ('\(arm)'); did you mean 'fixed'?")
        }
        return PolicySpecification(kind: kind, parameters: parameters, arm: arm)
    }

    private static func complaint(_ parameter: PolicyParameter, _ value: Double, of word: String) -> String {
        let low = parameter.range.lowerBound
        let wanted =
            low == PolicyParameter.tiny
            ? "must be positive, at most \(parameter.range.upperBound)"
            : "must be in [\(low), \(parameter.range.upperBound)]"
        return "parameter '\(parameter.name)' of policy '\(word)' \(wanted), not \(value)"
    }

    /// What the kind takes, with defaults, ranges and a line of documentation each.
    package static func parameterNames(_ kind: PolicyKind) -> [PolicyParameter] {
        PolicyParameter.parameters(of: kind)
    }

    /// The value given, or the default; 0 for a name the kind does not have.
    package func value(_ name: String) -> Double {
        parameters[name] ?? PolicyParameter.parameters(of: kind).first { $0.name == name }?.defaultValue ?? 0
    }

    /// The policy over the cells of a route; `armIndex` finds an arm by its id.
    package func make(armIndex: (String) -> Int?) throws(PolicyError) -> any Policy {
        switch kind {
        case .thompson: return ThompsonPolicy()
        case .topTwoThompson: return TopTwoThompsonPolicy(beta: value("beta"))
        case .ucb1: return UCB1Policy(c: value("c"))
        case .ucbTuned: return UCBTunedPolicy()
        case .ucbV: return UCBVPolicy(zeta: value("zeta"), c: value("c"))
        case .klUCB: return KLUCBPolicy(c: value("c"))
        case .bayesUCB: return BayesUCBPolicy(c: value("c"), horizon: value("horizon"))
        case .moss: return MOSSPolicy(horizon: value("horizon"), alpha: value("alpha"))
        case .epsilonGreedy: return EpsilonGreedyPolicy(epsilon: value("epsilon"), decay: value("decay"))
        case .softmax: return SoftmaxPolicy(temperature: value("temperature"), c: value("c"))
        case .exp3IX: return EXP3IXPolicy(eta: value("eta"))
        case .tsallisINF: return TsallisINFPolicy(eta: value("eta"))
        case .squareCB: return SquareCBPolicy(gamma: value("gamma"), exponent: value("exponent"))
        case .uniform: return UniformPolicy()
        case .bestMean: return BestMeanPolicy()
        case .fixed:
            let name = arm ?? ""
            guard let index = armIndex(name) else {
                throw PolicyError(code: .unknownArm, message: "policy 'fixed' names the unknown arm '\(name)'")
            }
            return FixedPolicy(arm: index)
        }
    }
}
