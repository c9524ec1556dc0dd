import QueryCategories
import RoutingEngine

/// Waiting for the embeddings that the category is told by, where the configuration asks for them.
extension ChatExchange {
    /// Looks for embeddings that bear on the category, and goes on with the decision when they are there or their time is up.
    ///
    /// - Returns: false where there is nothing to look for; then the caller goes on.
    func awaitEmbeddings(
        _ plan: EmbeddingPlan, _ chat: ChatHead, _ setup: GatewaySetup, _ caller: Caller, byWords: Categorization
    ) -> Bool {
        guard endpoint == .chat else { return false }
        guard let texts = setup.textsToEmbed(chat, byWords, caller, service.runtime.limiter, now: arrivedAt) else {
            return false
        }
        service.runtime.embeddings.scores(of: texts, plan, for: caller, on: eventLoop) { scores in
            // The client may have left meanwhile.
            guard !self.isOver else { return }
            self.proceed { () throws(GatewayError) in
                let category = scores.isEmpty ? byWords : try setup.categorize(chat, embeddings: scores)
                try self.decide(chat, category, setup, caller)
            }
        }
        return true
    }
}

extension GatewaySetup {
    /// The texts whose embeddings may change a category that words gave; nil where there are none, or where the caller's limits
    /// stand against the request anyway: nothing is spent on it.
    func textsToEmbed(
        _ chat: ChatHead, _ byWords: Categorization, _ caller: Caller, _ limiter: KeyLimiter, now: Timestamp
    ) -> [String]? {
        // Where a first turn's pattern decided, a later turn may still be for the classifier, but not the other way round.
        guard byWords.by != .explicit, byWords.by != .rule else { return nil }
        let texts = categorizer.textsToEmbed(chat.features, explicit: chat.category?.id)
        return texts.isEmpty || !limiter.hasRoom(caller, now: now) ? nil : texts
    }
}
