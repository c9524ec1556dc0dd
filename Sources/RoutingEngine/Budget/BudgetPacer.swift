package import BanditCore

/// Keeps the spend of a route within its budget: re-solves the shadow price of money every few decisions.
///
/// The price is the one at which the expected spend of the policy's own action distributions meets what is left,
/// (budget · (t + window) − spent)/window a request: certainty-equivalent re-solving (Jasin & Kumar 2012;
/// Balseiro & Gur 2019, doi:10.1287/mnsc.2018.3174) on the distribution instead of on the posterior means. A value without
/// a clock: the caller says when it is.
package struct BudgetPacer: Sendable, Equatable {
    /// Requests beyond the present one whose budget a dear arm may use up.
    static let ahead = 3.0
    /// Standard deviations of its cost that an arm is taken to cost.
    static let spread = 3.0
    /// The same where the hard cap of a request is concerned.
    static let capSpread = 1.0
    /// Standard deviations of what the cheapest arms spend in a window that are held back.
    static let caution = 2.0
    /// Squared coefficient of variation of an arm's cost before it was seen, and the observations that this guess counts for.
    private static let guessedVariation = 0.25
    private static let guessMass = 4.0
    /// Ratio of the two prices below which they are mixed.
    static let closeness = 1.05
    /// Largest factor by which a bracket is widened; and the prices between which one is sought, reward per USD.
    private static let widening = 4.0
    private static let smallest = 1e-2
    private static let largest = 1e9
    /// Weight of the first guess of the rate of requests, in requests.
    private static let rateMass = 20.0
    private static let microsecondsPerDay = 86_400_000_000.0

    package let definition: BudgetDefinition
    /// USD spent since the beginning (of the day, where the budget is by the day).
    package private(set) var spentUSD = 0.0
    /// Decisions since the beginning (of the day).
    package private(set) var decisions = 0
    package private(set) var prices = ShadowPrices.none
    private var decisionsAtSolution: Int?
    /// Where the next search for the price begins, reward per USD.
    private var searchStart = 10.0
    /// `[arm]`: squared coefficient of variation of the cost within a cell.
    private var variation: [Double]
    /// USD that the next window's requests, were the cheapest arms to serve them, would leave of their budget but for bad luck
    /// (``caution``); negative: they might spend that much more than their budget, and nothing could make up for it.
    private var earnable = Double.infinity
    private var day: Int64?
    /// Microseconds between requests, smoothed; nil before the second.
    private var interval: Double?
    private var lastDecision: Timestamp?

    /// - Parameter arms: of the route.
    package init(definition: BudgetDefinition, arms: Int) {
        self.definition = definition
        variation = [Double](repeating: Self.guessedVariation, count: arms)
    }

    /// What a request may cost on average, USD; by the day: what is left per request at the present rate of requests.
    private func perRequest() -> Double {
        switch definition.limit {
        case .usdPerRequest(let usd): usd
        case .usdPerDay(let usd): usd * (interval ?? Self.microsecondsPerDay) / Self.microsecondsPerDay
        }
    }

    /// What could have been spent by now, USD: the even pace.
    private func accrued(at now: Timestamp) -> Double {
        switch definition.limit {
        case .usdPerRequest(let usd): return usd * Double(decisions)
        case .usdPerDay(let usd):
            let sinceMidnight = Double(now - (now / Self.dayLength) * Self.dayLength)
            return usd * sinceMidnight / Self.microsecondsPerDay
        }
    }

    private static var dayLength: Timestamp { Timestamp(saturating: microsecondsPerDay) }

    /// The spend a request that the next `window` requests may have, USD; may be negative after overspending. What the cheapest
    /// arms might need is held back.
    package func target(at now: Timestamp) -> Double {
        let window = Double(definition.window)
        return (accrued(at: now) + perRequest() * window - spentUSD + Swift.min(0, earnable)) / window
    }

    /// Whether `every` decisions have passed since the last solution, or the accounts began anew.
    package var isDue: Bool {
        decisionsAtSolution.map { decisions - $0 >= definition.every || decisions < $0 } ?? true
    }

    package var armCount: Int { variation.count }

    /// Takes the accounts from elsewhere instead of counting them: requests that ended, and what they cost.
    ///
    /// Requests under way are in neither, so that they neither add to what may be spent nor to what was.
    ///
    /// - Parameter interval: microseconds between requests; nil where unknown, or of no matter.
    package mutating func book(requests: Int64, spentUSD: Double, interval: Double?) {
        decisions = Int(requests)
        self.spentUSD = spentUSD
        self.interval = interval
    }

    /// Takes the spread of the arms' costs about the means of their cells from what was learned; a first guess counts for four
    /// observations.
    package mutating func learnVariation(of cells: CellTable, asOf now: Timestamp) {
        for arm in variation.indices {
            var (deviation, freedom) = (Self.guessMass * Self.guessedVariation, Self.guessMass)
            for category in 0..<cells.categoryCount {
                let sums = cells.cost(category: category, arm: arm, asOf: Double(now))
                guard sums.count > 1, sums.sum > 0 else { continue }
                let mean = sums.sum / sums.count
                deviation += Swift.max(0, sums.sumSquares / (mean * mean) - sums.count)
                freedom += sums.count - 1
            }
            variation[arm] = deviation / freedom
        }
    }

    /// Finds what the cheapest arms could earn back, should the budget be overspent (``earnable``).
    ///
    /// Where the cheapest arm costs about as much as the budget allows, what it has saved so far is luck. Spending that on a dear
    /// arm cannot be made good when the luck turns: the saved sum is a random walk without drift, and a pacer that spends it at
    /// every height ends below zero by as much as the walk reached. So as much is held back as `caution` standard deviations of a
    /// window's spend exceed what the cheapest arms are expected to leave; where they leave more, nothing is.
    ///
    /// - Parameters:
    ///   - states: `[category]`.
    ///   - shares: `[category]`: of the traffic, summing to 1.
    mutating func learnEarnable(states: [CategoryState], shares: [Double], eligible: ArmSet) {
        var (mean, square) = (0.0, 0.0)
        for category in states.indices where shares[category] > 0 {
            let costs = states[category].expectedCostUSD
            guard let arm = eligible.filter({ !costs[$0].isNaN }).min(by: { costs[$0] < costs[$1] }) else { continue }
            mean += shares[category] * costs[arm]
            square += shares[category] * costs[arm] * costs[arm] * (1 + variation[arm])
        }
        let window = Double(definition.window)
        let deviation = (window * Swift.max(0, square - mean * mean)).squareRoot()
        earnable = window * (perRequest() - mean) - Self.caution * deviation
    }

    /// Solves the shadow price again.
    ///
    /// - Parameters:
    ///   - now: microseconds since the epoch; of no matter to a budget by the request.
    ///   - expectedSpend: USD a request that the policy is expected to spend at a price (reward per USD); must not rise in it.
    package mutating func solve(at now: Timestamp = 0, expectedSpend: (Double) -> Double) {
        decisionsAtSolution = decisions
        let target = target(at: now)
        if prices == .none, expectedSpend(0) <= target { return }
        let (low, high) = bracket(from: searchStart, target, expectedSpend)
        // Prices move little between two solutions.
        searchStart = Swift.max(Self.smallest, high.price)
        let gap = low.spend - high.spend
        let share = gap > 0 ? Swift.max(0, Swift.min(1, (target - high.spend) / gap)) : low.spend > target ? 0 : 1
        prices =
            share >= 1 && low.price == 0 ? .none : ShadowPrices(low: low.price, high: high.price, shareOfLow: share)
    }

    private typealias Point = (price: Double, spend: Double)

    /// Two prices close to each other with the target between their spends, where there are such.
    private func bracket(
        from start: Double, _ target: Double, _ expectedSpend: (Double) -> Double
    ) -> (low: Point, high: Point) {
        var low: Point
        var high: Point = (start, expectedSpend(start))
        var step = Self.closeness
        if high.spend > target {
            repeat {
                low = high
                guard low.price < Self.largest else { return (low, low) }
                high.price = Swift.min(Self.largest, low.price * step)
                high.spend = expectedSpend(high.price)
                step = Swift.min(step * step, Self.widening)
            } while high.spend > target
        } else {
            low = high
            repeat {
                high = low
                low.price = high.price > Self.smallest ? Swift.max(Self.smallest, high.price / step) : 0
                low.spend = expectedSpend(low.price)
                step = Swift.min(step * step, Self.widening)
            } while low.spend <= target && low.price > 0
        }
        while low.price > 0, high.price > low.price * Self.closeness * 1.000001 {
            // Where a straight line would have it, kept away from the ends.
            let share = Swift.max(0.1, Swift.min(0.9, (low.spend - target) / (low.spend - high.spend)))
            let price = low.price + share * (high.price - low.price)
            let middle: Point = (price, expectedSpend(price))
            if middle.spend > target { low = middle } else { high = middle }
        }
        return (low, high)
    }

    /// The arms that the budget allows now: none whose cost, `spread` standard deviations above what is expected, would bring
    /// the spend over that of `ahead` requests from now, or beyond what the cheapest arms could earn back. The cheapest is always
    /// allowed.
    ///
    /// - Parameter expectedCostUSD: by arm; NaN where unknown, which is taken for the dearest known.
    package func affordable(
        _ eligible: ArmSet, expectedCostUSD: some RandomAccessCollection<Double>, at now: Timestamp = 0
    ) -> ArmSet {
        var cheapest: Int?
        var (least, dearest) = (Double.infinity, 0.0)
        for arm in eligible {
            let cost = expectedCostUSD[expectedCostUSD.index(expectedCostUSD.startIndex, offsetBy: arm)]
            if cost < least { (least, cheapest) = (cost, arm) }
            if cost > dearest { dearest = cost }
        }
        let room = accrued(at: now) + perRequest() - spentUSD + Swift.min(Self.ahead * perRequest(), earnable)
        var result = ArmSet()
        for arm in eligible {
            var cost = expectedCostUSD[expectedCostUSD.index(expectedCostUSD.startIndex, offsetBy: arm)]
            if cost.isNaN { cost = dearest }
            let deviation = cost * variation[arm].squareRoot()
            let fits =
                cost + Self.spread * deviation <= room
                && cost + Self.capSpread * deviation <= definition.hardCapUSD ?? .infinity
            if arm == cheapest || fits { result.insert(arm) }
        }
        return result.isEmpty ? eligible : result
    }

    /// Counts a decision.
    package mutating func decided(at now: Timestamp = 0) {
        if case .usdPerDay = definition.limit {
            let today = now / Self.dayLength
            if let day, day != today {
                spentUSD = 0
                decisions = 0
                decisionsAtSolution = nil
            }
            day = today
            if let lastDecision {
                let gap = Double(Swift.max(0, now - lastDecision))
                interval = interval.map { $0 + (gap - $0) / Self.rateMass } ?? gap
            }
            lastDecision = now
        }
        decisions += 1
    }

    /// Counts what a call cost, USD.
    package mutating func spent(_ costUSD: Double) {
        guard costUSD.isFinite, costUSD >= 0 else { return }
        spentUSD += costUSD
    }

    /// Starts the accounts anew, keeping the price and what is known of the spread of costs.
    package mutating func restart() {
        spentUSD = 0
        decisions = 0
        decisionsAtSolution = nil
    }
}
