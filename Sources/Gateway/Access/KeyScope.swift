/// What a key may do.
package enum KeyScope: String, Sendable, CaseIterable {
    /// Chat, embeddings, decisions.
    case chat
    /// What came of decisions without a call.
    case outcome
    case feedback
    /// Arms, categories, routes, posteriors, usage, decisions, metrics.
    case read
    /// Everything.
    case admin
}
