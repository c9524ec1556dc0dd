/// Another policy with `exploration.floor`: at least that probability for every eligible arm (capped at 1/K), so that the
/// log supports the evaluation of other policies and a worn-out belief is noticed.
package struct FlooredPolicy: Policy {
    package let base: any Policy
    /// In [0, 1].
    package let floor: Double
    package var kind: PolicyKind { base.kind }

    package init(_ base: any Policy, floor: Double) {
        precondition(floor >= 0 && floor <= 1, "an exploration floor is a probability")
        self.base = base
        self.floor = floor
    }

    package func distribution(_ state: CategoryState, eligible: ArmSet) -> ActionDistribution {
        base.distribution(state, eligible: eligible).mixed(withFloor: floor, eligible: eligible)
    }

    package func draw(_ state: CategoryState, eligible: ArmSet, using generator: inout Xoshiro256StarStar) -> Int {
        let explored = Swift.min(1, Double(eligible.count) * floor)
        if generator.uniform() < explored { return Greedy.draw(eligible, using: &generator) }
        return base.draw(state, eligible: eligible, using: &generator)
    }
}
