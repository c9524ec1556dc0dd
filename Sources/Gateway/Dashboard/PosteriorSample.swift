import BanditCore
import RoutingEngine

/// What was believed of every cell at one moment.
///
/// The numbers are shared with the sample before where nothing was learned in between, so that a quiet hour costs nothing.
struct PosteriorSample: HistorySample {
    /// Of one arm in one category of a route.
    struct Cell: Sendable, Equatable {
        /// Posterior mean of the reward and its 95 % credible interval.
        var mean: Float
        var low: Float
        var high: Float
        /// Probability in the policy's distribution with every arm eligible.
        var share: Float
    }

    /// Which cell is where: of one configuration.
    final class Layout: Sendable {
        let routes: [(id: String, arms: [String])]
        let categories: [String]
        let count: Int

        init(_ published: Published) {
            routes = published.routes.map { ($0.plan.definition.id, $0.plan.armIDs) }
            categories = published.catalogue.categories
            count = routes.reduce(0) { $0 + $1.arms.count } * categories.count
        }

        func describes(_ published: Published) -> Bool {
            categories == published.catalogue.categories
                && routes.map(\.id) == published.routes.map(\.plan.definition.id)
                && routes.map(\.arms) == published.routes.map(\.plan.armIDs)
        }

        /// The arms of a route and where their cells of a category begin; nil where this configuration has none such.
        func cells(route: String, category: String) -> (arms: [String], start: Int)? {
            guard let position = categories.firstIndex(of: category) else { return nil }
            var start = 0
            for (id, arms) in routes {
                if id == route { return (arms, start + position * arms.count) }
                start += arms.count * categories.count
            }
            return nil
        }
    }

    let layout: Layout
    let version: Int64
    let cells: [Cell]

    /// The later one stands for the whole interval.
    mutating func merge(_ later: PosteriorSample) { self = later }

    init(_ published: Published, inService: [ArmSet], layout: Layout) {
        self.layout = layout
        version = published.version
        var cells: [Cell] = []
        cells.reserveCapacity(layout.count)
        for (route, drawable) in zip(published.routes, inService) {
            for category in route.categories {
                let shares = category.shares(among: drawable)
                for position in route.plan.armIDs.indices {
                    let interval = category.state.interval(position)
                    cells.append(
                        Cell(
                            mean: Float(category.state.mean(position)), low: Float(interval.lower),
                            high: Float(interval.upper), share: Float(shares[position])))
                }
            }
        }
        self.cells = cells
    }
}
