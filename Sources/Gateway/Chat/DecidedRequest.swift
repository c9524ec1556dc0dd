package import RoutingEngine
package import WireFormats

/// A request that an arm was chosen for, with what asking it needs.
package final class DecidedRequest: Sendable {
    package let choice: Choice
    /// The choice's, at hand: the getter of another module hands out a copy of all of it.
    package let decision: Decision
    let timeouts: RouteTimeouts
    let maxAttempts: Int
    package let document: JSONDocument
    /// Settled when the exchange is over.
    package let admission: KeyLimiter.Admission

    package init(_ choice: Choice, document: JSONDocument, admission: KeyLimiter.Admission) {
        self.choice = choice
        decision = choice.decision
        let definition = choice.plan.definition
        timeouts = definition.timeouts
        maxAttempts = definition.maxAttempts
        self.document = document
        self.admission = admission
    }
}
