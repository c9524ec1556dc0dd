package import BanditCore
import Synchronization

/// What the learner published of one category of a route: the posterior, and the distributions already computed from it.
package final class PublishedCategory: Sendable {
    package let id: String
    /// Where a budget binds, under its mean price.
    package let state: CategoryState
    private let policy: any Policy
    private let prices: ShadowPrices
    /// Under the low and the high price; of no matter where they are the same.
    private let low: CategoryState
    private let high: CategoryState
    private let cache = Mutex<[(eligible: ArmSet, distribution: ActionDistribution)]>([])

    /// Eligible sets whose distributions are kept; requests of one route differ in few ways (tools, images, an arm out of service).
    private static let cached = 8

    init(id: String, state: CategoryState, plan: RoutePlan, prices: ShadowPrices) {
        self.id = id
        self.prices = prices
        policy = plan.policy
        self.state = prices == .none ? state : state.priced(prices.mean, for: plan)
        low = prices == .none ? state : state.priced(prices.low, for: plan)
        high = prices == .none ? state : state.priced(prices.high, for: plan)
    }

    /// The policy's action distribution over `eligible`, computed once for each set.
    package func distribution(over eligible: ArmSet) -> ActionDistribution {
        let known = cache.withLock { entries in entries.first { $0.eligible == eligible }?.distribution }
        if let known { return known }
        // Computed outside the lock: two requests may both do it, neither waits for the other.
        let fresh = prices.mixture(low: { policy.distribution(low, eligible: eligible) }) {
            policy.distribution(high, eligible: eligible)
        }
        cache.withLock { entries in
            if entries.count >= Self.cached { entries.removeFirst() }
            entries.append((eligible, fresh))
        }
        return fresh
    }

    /// The policy's action distribution under other prices than those in force.
    func distribution(over eligible: ArmSet, under prices: ShadowPrices, plan: RoutePlan) -> ActionDistribution {
        prices.mixture(low: { policy.distribution(state.priced(prices.low, for: plan), eligible: eligible) }) {
            policy.distribution(state.priced(prices.high, for: plan), eligible: eligible)
        }
    }

    /// The eligible arm of best expected utility; the first of equals.
    package func bestExpectedUtility(over eligible: ArmSet) -> Int { state.bestExpectedUtility(over: eligible) }
}

/// What the learner published of one route.
package struct PublishedRoute: Sendable {
    package let plan: RoutePlan
    /// In the catalogue's order of categories.
    package let categories: [PublishedCategory]
    /// The accounts of its budget, and the price; nil without one.
    package let pacer: BudgetPacer?

    /// The prices of money in force.
    package var prices: ShadowPrices { pacer?.prices ?? .none }
}

extension CategoryState {
    /// The same posteriors under the dearer of a price of money and the objective's own.
    ///
    /// - Parameter price: reward per USD.
    func priced(_ price: Double, for plan: RoutePlan) -> CategoryState {
        var state = self
        state.price(
            arms: Array(plan.arms.indices), rewardPerUSD: max(price, plan.model.rewardPerUSD),
            rewardPerMS: plan.model.rewardPerMS)
        return state
    }

    /// The eligible arm of best expected utility; the first of equals.
    func bestExpectedUtility(over eligible: ArmSet) -> Int {
        var best = -1
        for arm in eligible where best < 0 || meanUtility(arm) > meanUtility(best) { best = arm }
        return best
    }
}

/// A cell by its names.
package struct CellName: Sendable, Hashable, CustomStringConvertible {
    package let route: String
    package let category: String
    package let arm: String

    package init(route: String, category: String, arm: String) {
        self.route = route
        self.category = category
        self.arm = arm
    }

    package var description: String { "\(route)/\(category)/\(arm)" }
}

/// An immutable picture of what was learned; requests read it, the learner replaces it.
package final class Published: Sendable {
    package let catalogue: Catalogue
    package let routes: [PublishedRoute]
    /// Sequence number of the last event that is part of it.
    package let version: Int64
    /// The instant as of which decayed sums were read.
    package let asOf: Timestamp
    /// Cells of the catalogue of which not all that was observed can be said as of then: it was observed later. A clock was wrong.
    package let cellsAhead: [CellName]
    private let categoryPositions: [String: Int]

    /// Derives the posteriors of every cell of the catalogue from the learned sums, without budgets: a pure function of its arguments.
    package convenience init(catalogue: Catalogue, state learned: LearnerState, asOf: Timestamp) {
        var books = BudgetBooks()
        self.init(catalogue: catalogue, state: learned, asOf: asOf, books: &books)
    }

    /// Derives the posteriors of every cell of the catalogue, and the prices that keep the budgets, from the learned sums.
    package init(catalogue: Catalogue, state learned: LearnerState, asOf: Timestamp, books: inout BudgetBooks) {
        self.catalogue = catalogue
        self.asOf = asOf
        version = learned.version
        categoryPositions = Dictionary(
            catalogue.categories.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var routes: [PublishedRoute] = []
        var ahead: [CellName] = []
        for plan in catalogue.routes {
            let route = learned.route(plan.definition.id) ?? LearnerState.Route(named: plan.definition.id)
            // In the configuration's order, so that the posterior does not depend on the order in which names were first seen. Cells
            // that were never learned of exist all the same: they have their prior.
            let cells = route.cells.selecting(
                categories: catalogue.categories.map(route.category), arms: plan.armIDs.map(route.arm))
            for cell in cells.cellsAhead(of: Double(asOf)) {
                ahead.append(
                    CellName(
                        route: route.name, category: catalogue.categories[cell.category], arm: plan.armIDs[cell.arm]))
            }
            let table = plan.model.posterior(of: cells, asOf: Double(asOf))
            var states = table.states
            let pacer = books.pacer(for: plan, account: route.spend, cells: cells, states: &states, at: asOf)
            routes.append(
                PublishedRoute(
                    plan: plan,
                    categories: catalogue.categories.indices.map {
                        PublishedCategory(
                            id: catalogue.categories[$0], state: table[$0], plan: plan, prices: pacer?.prices ?? .none)
                    }, pacer: pacer))
        }
        self.routes = routes
        cellsAhead = ahead
    }

    /// The cells of a category in a route; those of `general` for a category that is not in the catalogue any more.
    func cell(_ category: String, of route: PublishedRoute) -> PublishedCategory {
        route.categories[categoryPositions[category] ?? categoryPositions["general"] ?? 0]
    }
}
