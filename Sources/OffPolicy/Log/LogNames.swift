/// The names a log speaks of. Rows refer to them by index.
package struct LogNames: Sendable {
    /// Union over the rows, in order of first appearance.
    package var arms: [String] = []
    package var categories: [String] = []
    /// The distinct lists of eligible arms, each in the order of its line: `[list][position]` → arm.
    package var armLists: [[Int]] = []

    package init(arms: [String] = [], categories: [String] = [], armLists: [[Int]] = []) {
        self.arms = arms
        self.categories = categories
        self.armLists = armLists
    }
}
