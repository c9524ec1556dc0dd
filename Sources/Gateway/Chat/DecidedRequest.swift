package import RoutingEngine
package import WireFormats

/// A request that an arm was chosen for, with what asking it needs.
package final class DecidedRequest: Sendable {
    package let choice: Choice
    package let document: JSONDocument
    /// Settled when the exchange is over.
    package let admission: KeyLimiter.Admission

    package init(_ choice: Choice, document: JSONDocument, admission: KeyLimiter.Admission) {
        self.choice = choice
        self.document = document
        self.admission = admission
    }

    package var decision: Decision { choice.decision }
    var definition: RouteDefinition { choice.plan.definition }
}
