package import BanditCore

extension LearnerState {
    /// Adds pseudo-observations to a cell, as if made at `time`: an imported prior. They count in pooled fits and fade like
    /// observations.
    package mutating func addPseudoObservations(
        _ signal: Signal, _ sums: SignalSums, to cell: CellAddress, time: Timestamp
    ) {
        withCells(of: cell.route) {
            $0.add(signal, category: cell.category, arm: cell.arm, sums: sums, time: Double(time))
        }
    }

    /// Adds decisions to a category's share of the traffic, as if made at `time`.
    package mutating func addPseudoDecisions(_ count: Double, route: Int, category: Int, time: Timestamp) {
        withCells(of: route) { $0.addDecisions(count, category: category, time: Double(time)) }
    }

    private mutating func withCells(of route: Int, _ change: (inout CellTable) -> Void) {
        var changed = routes
        change(&changed[route].cells)
        restore(routes: changed, version: version)
    }
}
