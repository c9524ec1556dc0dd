/// When an arm is taken out of service, and for how long.
package struct HealthDefinition: Sendable, Equatable {
    /// Consecutive faults that open the breaker; ≥ 1.
    package var failuresToOpen: Int
    package var openFor: Duration

    package init(failuresToOpen: Int = 5, openFor: Duration = .seconds(30)) {
        self.failuresToOpen = failuresToOpen
        self.openFor = openFor
    }
}
