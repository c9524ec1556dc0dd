import BanditCore
import RoutingEngine

/// A small catalogue: three arms of different ability, two routes.
enum Fixture {
    static let arms = [
        ArmDefinition(
            id: "small", provider: "p", model: "s", contextWindow: 1_000, capabilities: [],
            price: ArmPrice(inputPerMillionUSD: 0.1, outputPerMillionUSD: 0.4)),
        ArmDefinition(
            id: "large", provider: "p", model: "l", contextWindow: 100_000, capabilities: [.tools, .vision, .json],
            price: ArmPrice(inputPerMillionUSD: 3, outputPerMillionUSD: 15)),
        ArmDefinition(id: "unpriced", provider: "q", model: "u", capabilities: [.tools]),
    ]

    static func catalogue(_ change: (inout RouteDefinition) -> Void = { _ in }) throws -> Catalogue {
        var auto = RouteDefinition(id: "auto", arms: ["small", "large", "unpriced"])
        change(&auto)
        return try Catalogue(
            arms: arms, routes: [auto, RouteDefinition(id: "second", arms: ["large"])], categories: ["general", "code"])
    }

    static func engine(
        _ catalogue: Catalogue, state: LearnerState = LearnerState(), health: HealthDefinition = HealthDefinition(),
        clock: @escaping @Sendable () -> Timestamp = SteadyClock.now
    ) -> RoutingEngine {
        RoutingEngine(
            published: Published(catalogue: catalogue, state: state, asOf: start),
            health: ArmHealth(health, clock: clock))
    }

    /// 2026-01-02T03:04:05.678901Z.
    static let start: Timestamp = 1_767_323_045_678_901

    static func request(_ change: (inout DecisionRequest) -> Void = { _ in }) -> DecisionRequest {
        var request = DecisionRequest(model: "auto", category: "code")
        change(&request)
        return request
    }
}
