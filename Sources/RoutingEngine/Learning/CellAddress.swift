/// Where a cell lies in a ``LearnerState``: positions in its tables of names, stable for the life of that value.
package struct CellAddress: Sendable, Hashable {
    package var route: Int
    package var category: Int
    package var arm: Int

    package init(route: Int, category: Int, arm: Int) {
        self.route = route
        self.category = category
        self.arm = arm
    }
}
