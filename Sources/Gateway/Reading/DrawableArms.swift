import BanditCore
import RoutingEngine

extension RoutePlan {
    /// The arms of the route that a request without special needs may be given: enabled, and no breaker stands against them.
    func inService(_ health: ArmHealth) -> ArmSet {
        var arms = all
        for (position, arm) in self.arms.enumerated() where !arm.isEnabled { arms.remove(position) }
        for refusal in health.refusals(of: armIDs) { arms.remove(refusal.position) }
        return arms
    }
}

extension PublishedCategory {
    /// The probability of every arm of the route in a draw among some of them; 0 for the others, and for all where there are none.
    func shares(among drawable: ArmSet) -> [Double] {
        guard !drawable.isEmpty else { return [Double](repeating: 0, count: state.count.count) }
        return distribution(over: drawable).probabilities
    }
}
