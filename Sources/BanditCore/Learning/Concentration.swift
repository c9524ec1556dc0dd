/// By what the shapes of the Beta posteriors are multiplied before Thompson sampling draws: above 1 explores less than the posterior
/// itself asks for.
package enum Concentration: Sendable, Equatable {
    /// The same at all times. Above 1 a good arm that began badly can stay unfound: regret may then grow with every round.
    case constant(Double)
    /// `max(1, 3·min(1, √(200·K/max(N, 1))))` for K arms and N rewards, as decayed, of the route: little exploration while little
    /// is known, where it costs most, and the posterior's own in the end.
    case annealed

    /// Constants that are allowed.
    package static let range = 1e-6...1e6

    private static let start = 3.0
    /// Rewards an arm after which the concentration falls.
    private static let rewardsPerArm = 200.0

    /// The factor itself, > 0.
    ///
    /// - Parameters:
    ///   - rewards: as decayed, over all cells of the route; what is no number counts as none.
    ///   - arms: of the route.
    package func value(rewards: Double, arms: Int) -> Double {
        switch self {
        case .constant(let value): return value
        case .annealed:
            let rewards = rewards.isFinite ? Swift.max(rewards, 1) : 1
            let share = (Self.rewardsPerArm * Double(arms) / rewards).squareRoot()
            return Swift.max(1, Self.start * Swift.min(1, share))
        }
    }

    /// Reads `auto` or a number of ``range``; nil for anything else.
    package init?(text: some StringProtocol) {
        if text == "auto" {
            self = .annealed
        } else if text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let value = Double(text),
            Self.range.contains(value)
        {
            self = .constant(value)
        } else {
            return nil
        }
    }

    /// What ``init(text:)`` takes, for messages.
    package static let expectation = "auto or a number from 0.000001 to 1000000"
}

extension Concentration: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    package init(floatLiteral value: Double) { self = .constant(value) }
    package init(integerLiteral value: Int) { self = .constant(Double(value)) }
}
