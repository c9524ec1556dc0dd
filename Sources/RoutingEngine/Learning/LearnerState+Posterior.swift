package import BanditCore

extension LearnerState {
    /// Renews one cell of a posterior from what was learned: O(1), without a copy of the sums.
    ///
    /// - Parameters:
    ///   - posterior: of the route's own categories and arms, in their order.
    ///   - cell: whose evidence changed.
    package func renew(_ posterior: inout PosteriorTable, at cell: CellAddress) {
        posterior.update(category: cell.category, arm: cell.arm, from: routes[cell.route].cells)
    }

    /// Ages a category's cells to a time: O(arms), without a copy of the sums.
    package func age(_ posterior: inout PosteriorTable, route: Int, category: Int, to time: Timestamp) {
        posterior.update(category: category, from: routes[route].cells, asOf: Double(time))
    }
}
