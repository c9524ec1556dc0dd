/// What a key may do.
package enum KeyScope: String, Sendable, CaseIterable {
    /// Chat, embeddings, decisions, outcomes.
    case chat
    case feedback
    /// Arms, categories, routes, posteriors, usage, decisions, metrics.
    case read
    /// Everything.
    case admin
}
