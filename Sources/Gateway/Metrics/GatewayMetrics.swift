import BanditCore
import ProviderClient
import RoutingEngine
import Synchronization

/// What the router counts while it serves; read by `/metrics`.
package final class GatewayMetrics: Sendable {
    /// One finished request, as the hot path reports it.
    struct Request: Sendable {
        var route: String
        var arm: String
        var status: Int
        var attempts: Int
        var seconds: Double
        var overheadSeconds: Double
        var firstByteSeconds: Double?
        var promptTokens: Int
        var completionTokens: Int
        var cost: NanoDollars
    }

    private struct RequestKey: Hashable {
        let route: String
        let arm: String
        let status: Int
    }

    private struct ArmTotals {
        var promptTokens = 0
        var completionTokens = 0
        var cost: NanoDollars = 0
        var firstByte = MetricHistogram(bounds: MetricHistogram.seconds)

        mutating func add(_ request: Request) {
            promptTokens.addSaturated(request.promptTokens)
            completionTokens.addSaturated(request.completionTokens)
            cost.addSaturated(request.cost)
            if let first = request.firstByteSeconds { firstByte.add(first) }
        }
    }

    private struct State {
        var requests: [RequestKey: Int] = [:]
        var arms: [String: ArmTotals] = [:]
        var faults: [[String]: Int] = [:]
        var adjusted: [[String]: Int] = [:]
        var refusals: [String: Int] = [:]
        var feedback: [String: Int] = [:]
        var duration = MetricHistogram(bounds: MetricHistogram.seconds)
        var overhead = MetricHistogram(bounds: MetricHistogram.seconds)
        var inFlight = 0
        /// Answers given from the cache, and looked for there in vain, by route.
        var cacheHits: [String: Int] = [:]
        var cacheMisses: [String: Int] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    func began() { state.withLock { $0.inFlight += 1 } }

    func ended(_ request: Request) {
        state.withLock { state in
            state.inFlight -= 1
            state.requests[RequestKey(route: request.route, arm: request.arm, status: request.status), default: 0] += 1
            state.duration.add(request.seconds)
            state.overhead.add(request.overheadSeconds)
            // In its place: taken out and put back, the histogram would be copied.
            state.arms[request.arm, default: ArmTotals()].add(request)
        }
    }

    /// A request that was refused before it had a decision.
    func refused(code: String) {
        state.withLock { state in
            state.inFlight -= 1
            state.refusals[code, default: 0] += 1
        }
    }

    /// A request that was answered from the cache.
    func cacheHit(route: String) {
        state.withLock { state in
            state.inFlight -= 1
            state.cacheHits[route, default: 0] += 1
        }
    }

    func cacheMiss(route: String) {
        state.withLock { $0.cacheMisses[route, default: 0] += 1 }
    }

    func fault(arm: String, code: String) {
        state.withLock { $0.faults[[arm, code], default: 0] += 1 }
    }

    /// Members of requests that an arm could not be told of as they were.
    func adjusted(arm: String, _ names: [String]) {
        state.withLock { state in
            for name in names { state.adjusted[[arm, PreparedRequest.knownAdjustment(name)], default: 0] += 1 }
        }
    }

    func feedback(_ status: String) {
        state.withLock { $0.feedback[status, default: 0] += 1 }
    }

    /// Known cost of everything served since the start, US dollars.
    package var costUSD: Double {
        state.withLock { $0.arms.values.reduce(NanoDollars(0)) { $0.addingSaturated($1.cost) } }.usd
    }

    /// The counters summed up, as they stand.
    var totals: MetricTotals {
        let state = state.withLock { $0 }
        var totals = MetricTotals()
        totals.inFlight = state.inFlight
        totals.durations = state.duration.counts
        totals.refused = state.refusals.values.reduce(0, +)
        for (key, count) in state.requests {
            switch key.status {
            case 200..<400: totals.succeeded += count
            case 499: totals.cancelled += count
            default: totals.failed += count
            }
            if !key.arm.isEmpty { totals.arms[key.arm, default: 0] += count }
        }
        for arm in state.arms.values {
            totals.promptTokens.addSaturated(arm.promptTokens)
            totals.completionTokens.addSaturated(arm.completionTokens)
            totals.cost.addSaturated(arm.cost)
        }
        return totals
    }

    func write(to text: inout MetricText) {
        let state = state.withLock { $0 }
        text.family(
            "bandit_router_requests_total", .counter, "Finished requests by route, serving arm and HTTP status.")
        for (key, count) in state.requests.sorted(by: { ($0.key.route, $0.key.arm) < ($1.key.route, $1.key.arm) }) {
            text.sample(
                "bandit_router_requests_total",
                [("route", key.route), ("arm", key.arm), ("status", String(key.status))], Double(count))
        }
        text.family("bandit_router_refusals_total", .counter, "Requests refused before a decision, by error code.")
        for (code, count) in state.refusals.sorted(by: { $0.key < $1.key }) {
            text.sample("bandit_router_refusals_total", [("code", code)], Double(count))
        }
        text.family(
            "bandit_router_adjusted_total", .counter,
            "Requests of which something was left out or made to fit for the arm, by arm and what.")
        for (key, count) in state.adjusted.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            text.sample("bandit_router_adjusted_total", [("arm", key[0]), ("what", key[1])], Double(count))
        }
        text.family("bandit_router_faults_total", .counter, "Upstream calls that failed, by arm and fault.")
        for (key, count) in state.faults.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            text.sample("bandit_router_faults_total", [("arm", key[0]), ("fault", key[1])], Double(count))
        }
        text.family("bandit_router_feedback_total", .counter, "Pieces of feedback by what became of them.")
        for (status, count) in state.feedback.sorted(by: { $0.key < $1.key }) {
            text.sample("bandit_router_feedback_total", [("status", status)], Double(count))
        }
        text.family("bandit_router_cache_total", .counter, "Requests that a cache was asked for, by route and result.")
        for (result, counts) in [("hit", state.cacheHits), ("miss", state.cacheMisses)] {
            for (route, count) in counts.sorted(by: { $0.key < $1.key }) {
                text.sample("bandit_router_cache_total", [("route", route), ("result", result)], Double(count))
            }
        }
        text.family("bandit_router_in_flight", .gauge, "Requests being served.")
        text.sample("bandit_router_in_flight", [], Double(state.inFlight))
        text.family("bandit_router_request_seconds", .histogram, "From a request's arrival to the end of its answer.")
        text.histogram("bandit_router_request_seconds", [], state.duration)
        text.family("bandit_router_overhead_seconds", .histogram, "Time of a request that was not spent upstream.")
        text.histogram("bandit_router_overhead_seconds", [], state.overhead)
        let arms = state.arms.sorted { $0.key < $1.key }
        text.family(
            "bandit_router_first_byte_seconds", .histogram, "From a request's arrival to the first byte, by arm.")
        for (arm, totals) in arms {
            text.histogram("bandit_router_first_byte_seconds", [("arm", arm)], totals.firstByte)
        }
        text.family("bandit_router_tokens_total", .counter, "Tokens by arm and direction.")
        for (arm, totals) in arms {
            text.sample(
                "bandit_router_tokens_total", [("arm", arm), ("direction", "prompt")], Double(totals.promptTokens))
            text.sample(
                "bandit_router_tokens_total", [("arm", arm), ("direction", "completion")],
                Double(totals.completionTokens))
        }
        text.family("bandit_router_cost_usd_total", .counter, "Known cost by arm.")
        for (arm, totals) in arms { text.sample("bandit_router_cost_usd_total", [("arm", arm)], totals.cost.usd) }
    }

    /// Posterior means, probabilities of being chosen and breaker states: gauges that are read, not counted.
    static func write(_ published: Published, health: ArmHealth, to text: inout MetricText) {
        text.family("bandit_router_posterior_mean", .gauge, "Posterior mean of the reward by route, category and arm.")
        for route in published.routes {
            for cell in route.categories {
                for (position, arm) in route.plan.armIDs.enumerated() {
                    text.sample(
                        "bandit_router_posterior_mean",
                        [("route", route.plan.definition.id), ("category", cell.id), ("arm", arm)],
                        cell.state.mean(position))
                }
            }
        }
        text.family("bandit_router_arm_probability", .gauge, "Probability of an arm in the policy's distribution.")
        for route in published.routes {
            for cell in route.categories {
                let distribution = cell.distribution(over: route.plan.all)
                for (position, arm) in route.plan.armIDs.enumerated() {
                    text.sample(
                        "bandit_router_arm_probability",
                        [("route", route.plan.definition.id), ("category", cell.id), ("arm", arm)],
                        distribution.probabilities[position])
                }
            }
        }
        text.family(
            "bandit_router_budget_spent_usd", .gauge, "Known cost since the route's budget, or its day, began.")
        for route in published.routes {
            guard let pacer = route.pacer else { continue }
            text.sample("bandit_router_budget_spent_usd", [("route", route.plan.definition.id)], pacer.spentUSD)
        }
        text.family(
            "bandit_router_budget_requests", .gauge, "Requests that ended since the route's budget, or its day, began.")
        for route in published.routes {
            guard let pacer = route.pacer else { continue }
            text.sample(
                "bandit_router_budget_requests", [("route", route.plan.definition.id)], Double(pacer.decisions))
        }
        text.family(
            "bandit_router_budget_quality_per_usd", .gauge,
            "The budget's shadow price: points of quality that a dollar must buy; 0 while the budget does not bind.")
        for route in published.routes {
            guard let pacer = route.pacer else { continue }
            text.sample(
                "bandit_router_budget_quality_per_usd", [("route", route.plan.definition.id)], pacer.prices.mean)
        }
        text.family("bandit_router_breaker_state", .gauge, "1 for the state that an arm's breaker is in.")
        for arm in published.catalogue.arms {
            let current = health.state(of: arm.id)
            for state in CircuitBreaker.State.allCases {
                text.sample(
                    "bandit_router_breaker_state", [("arm", arm.id), ("state", state.rawValue)],
                    state == current ? 1 : 0)
            }
        }
        text.family("bandit_router_state_version", .gauge, "Sequence number of the last event in the published state.")
        text.sample("bandit_router_state_version", [], Double(published.version))
    }
}

/// Counters since the start, over all routes and keys.
struct MetricTotals: Sendable, Equatable {
    var succeeded = 0
    var failed = 0
    /// The client left before the answer ended.
    var cancelled = 0
    /// Refused before a decision.
    var refused = 0
    var inFlight = 0
    var promptTokens = 0
    var completionTokens = 0
    var cost: NanoDollars = 0
    /// In the buckets of `MetricHistogram.seconds`.
    var durations = [Int](repeating: 0, count: MetricHistogram.seconds.count + 1)
    /// Requests by the arm that served.
    var arms: [String: Int] = [:]
}
