import BanditCore

/// Where an average budget begins to count: the route's account when its limit came into force.
///
/// Kept in the store. Without it a route that was dear before it had a budget would pay that back, and one whose limit is raised would
/// have years of savings to spend.
package struct BudgetBaseline: Sendable, Equatable {
    /// The limit it belongs to, USD a request; another one begins anew.
    package var usdPerRequest: Double
    package var requests: Int64
    package var spent: NanoDollars

    package init(usdPerRequest: Double, requests: Int64, spent: NanoDollars) {
        self.usdPerRequest = usdPerRequest
        self.requests = requests
        self.spent = spent
    }
}

/// The pacers of the routes that have a budget, from one publication to the next.
///
/// What was spent comes from the learned state, and so from the log; only the search for the price remembers where it ended.
package struct BudgetBooks: Sendable {
    /// By route.
    package private(set) var baselines: [String: BudgetBaseline]
    private var pacers: [String: BudgetPacer] = [:]
    private var solvedAt: [String: Timestamp] = [:]
    /// By route, where the log's newest day lies days ahead of the clock: the totals when today was first seen.
    private var setBack: [String: (day: Int64, requests: Int64, spent: NanoDollars)] = [:]

    /// Least time between two solutions, microseconds: solving takes milliseconds where arms and categories are many.
    private static let rest: Timestamp = 100_000

    package init(baselines: [String: BudgetBaseline] = [:]) {
        self.baselines = baselines
    }

    /// The route's pacer with its accounts as of now, its price solved again where that is due.
    ///
    /// - Parameters:
    ///   - cells: of the plan's arms, in their order.
    ///   - states: `[category]`: posteriors whose penalties are overwritten.
    mutating func pacer(
        for plan: RoutePlan, account: SpendAccount, cells: CellTable, states: inout [CategoryState], at now: Timestamp
    ) -> BudgetPacer? {
        let route = plan.definition.id
        guard let definition = plan.definition.budget else {
            pacers[route] = nil
            return nil
        }
        var pacer = pacers[route] ?? BudgetPacer(definition: definition, arms: plan.arms.count)
        if pacer.definition != definition || pacer.armCount != plan.arms.count {
            pacer = BudgetPacer(definition: definition, arms: plan.arms.count)
        }
        book(account, in: &pacer, route: route, at: now)
        pacer.learnVariation(of: cells, asOf: now)
        if pacer.isDue || definition.isByDay, solvedAt[route].map({ now < $0 || now - $0 >= Self.rest }) ?? true {
            solvedAt[route] = now
            pacer.solve(
                at: now, policy: plan.policy, states: &states,
                shares: cells.trafficShares(of: Array(states.indices), asOf: Double(now)), eligible: plan.all,
                floor: plan.model.rewardPerUSD, rewardPerMS: plan.model.rewardPerMS)
        }
        pacers[route] = pacer
        return pacer
    }

    private mutating func book(_ account: SpendAccount, in pacer: inout BudgetPacer, route: String, at now: Timestamp) {
        switch pacer.definition.limit {
        case .usdPerDay:
            let today = spent(account, route: route, on: floorDivide(now, 86_400_000_000))
            pacer.book(
                requests: today.requests, spentUSD: today.spent.usd,
                interval: account.interval > 0 ? account.interval : nil)
        case .usdPerRequest(let usd):
            var baseline = baselines[route]
            if baseline.map({ $0.usdPerRequest != usd || $0.requests > account.requests || $0.spent > account.spent })
                ?? true
            {
                baseline = BudgetBaseline(usdPerRequest: usd, requests: account.requests, spent: account.spent)
                baselines[route] = baseline
            }
            guard let baseline else { return }
            pacer.book(
                requests: account.requests - baseline.requests,
                spentUSD: account.spent.subtractingSaturated(baseline.spent).usd,
                interval: nil)
        }
    }

    /// What of an account counts for a day.
    ///
    /// After a step back over midnight the day that had begun goes on. Where the account is days ahead (a clock was wrong, and is right
    /// now), the log cannot tell what was spent today: it is counted from when that was noticed.
    private mutating func spent(
        _ account: SpendAccount, route: String, on today: Int64
    ) -> (requests: Int64, spent: NanoDollars) {
        if account.day == today || account.day == today + 1 { return (account.requestsOfDay, account.spentOfDay) }
        guard account.day > today else { return (0, 0) }
        if setBack[route]?.day != today { setBack[route] = (today, account.requests, account.spent) }
        guard let start = setBack[route] else { return (0, 0) }
        return (account.requests - start.requests, account.spent.subtractingSaturated(start.spent))
    }
}
