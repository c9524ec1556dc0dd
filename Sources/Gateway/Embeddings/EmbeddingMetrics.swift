import BanditCore
import RoutingEngine
import Synchronization

/// What became of looking for a text's embedding.
enum EmbeddingResult: String, Sendable, CaseIterable {
    /// From the cache.
    case cached
    /// From the provider, in time.
    case fetched
    /// Not in time: the words decided.
    case timeout
    /// The provider failed: the words decided.
    case failed
    /// The provider's vector has not the dimension that the model was trained with: the words decided.
    case wrongDimension = "wrong_dimension"
    case breakerOpen = "breaker_open"
    case busy
}

/// What the embeddings that categories are told by did and cost since the start; read by `/metrics`.
final class EmbeddingMetrics: Sendable {
    private struct State {
        var results: [EmbeddingResult: Int] = [:]
        /// By `ok` or the fault.
        var calls: [String: Int] = [:]
        var seconds = MetricHistogram(bounds: MetricHistogram.seconds)
        var tokens = 0
        var cost: NanoDollars = 0
        /// Calls whose tokens the provider did not tell, or whose price is not configured.
        var unknownCost = 0
    }

    private let state = Mutex(State())

    func looked(_ result: EmbeddingResult) { state.withLock { $0.results[result, default: 0] += 1 } }

    /// A call that ended.
    ///
    /// - Parameter fault: nil where it gave a vector.
    func called(fault: String?, seconds: Double, tokens: Int?, cost: NanoDollars?) {
        state.withLock { state in
            state.calls[fault ?? "ok", default: 0] += 1
            state.seconds.add(seconds)
            state.tokens += tokens ?? 0
            state.cost += cost ?? 0
            if fault == nil, cost == nil { state.unknownCost += 1 }
        }
    }

    /// - Parameters:
    ///   - entries: texts in the cache.
    ///   - breaker: state of the provider's breaker.
    func write(entries: Int, breaker: CircuitBreaker.State, to text: inout MetricText) {
        let state = state.withLock { $0 }
        text.family(
            "bandit_router_category_embeddings_total", .counter,
            "Embeddings of texts that a category was told by, by what became of them.")
        for result in EmbeddingResult.allCases {
            text.sample(
                "bandit_router_category_embeddings_total", [("result", result.rawValue)],
                Double(state.results[result] ?? 0))
        }
        text.family(
            "bandit_router_category_embedding_calls_total", .counter,
            "Calls to the provider of these embeddings, by ok or fault.")
        for (result, count) in state.calls.sorted(by: { $0.key < $1.key }) {
            text.sample("bandit_router_category_embedding_calls_total", [("result", result)], Double(count))
        }
        text.family("bandit_router_category_embedding_seconds", .histogram, "Duration of these calls.")
        text.histogram("bandit_router_category_embedding_seconds", [], state.seconds)
        text.family("bandit_router_category_embedding_tokens_total", .counter, "Tokens that these calls used.")
        text.sample("bandit_router_category_embedding_tokens_total", [], Double(state.tokens))
        text.family("bandit_router_category_embedding_cost_usd_total", .counter, "Known cost of these calls.")
        text.sample("bandit_router_category_embedding_cost_usd_total", [], state.cost.usd)
        text.family(
            "bandit_router_category_embedding_unknown_cost_total", .counter,
            "These calls whose cost is not known, for want of a price or of the provider's count.")
        text.sample("bandit_router_category_embedding_unknown_cost_total", [], Double(state.unknownCost))
        text.family("bandit_router_category_embedding_entries", .gauge, "Texts whose embedding is kept.")
        text.sample("bandit_router_category_embedding_entries", [], Double(entries))
        text.family(
            "bandit_router_category_embedding_breaker_state", .gauge,
            "1 for the state that the breaker of these embeddings is in.")
        for candidate in CircuitBreaker.State.allCases {
            text.sample(
                "bandit_router_category_embedding_breaker_state", [("state", candidate.rawValue)],
                candidate == breaker ? 1 : 0)
        }
    }
}
