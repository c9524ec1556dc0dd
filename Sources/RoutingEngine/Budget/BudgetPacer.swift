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
    static let spread = 1.0
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
    /// `[arm]`: squared coefficient of variation of the cost, and the observations behind it.
    private var variation: [Double]
    private var variationCount: [Double]
    private var day: Int64?
    /// Microseconds between requests, smoothed; nil before the second.
    private var interval: Double?
    private var lastDecision: Timestamp?

    /// - Parameter arms: of the route.
    package init(definition: BudgetDefinition, arms: Int) {
        self.definition = definition
        variation = [Double](repeating: 0.25, count: arms)
        variationCount = [Double](repeating: 4, count: arms)
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

    private static var dayLength: Timestamp { Timestamp(microsecondsPerDay) }

    /// The spend a request that the next `window` requests may have, USD; may be negative after overspending.
    package func target(at now: Timestamp) -> Double {
        let window = Double(definition.window)
        return (accrued(at: now) + perRequest() * window - spentUSD) / window
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
            var (deviation, count) = (4 * 0.25, 4.0)
            for category in 0..<cells.categoryCount {
                let sums = cells.cost(category: category, arm: arm, asOf: Double(now))
                guard sums.count > 0, sums.sum > 0 else { continue }
                let mean = sums.sum / sums.count
                deviation += Swift.max(0, sums.sumSquares / (mean * mean) - sums.count)
                count += sums.count
            }
            variation[arm] = deviation / count
            variationCount[arm] = count
        }
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
    /// the spend over that of `ahead` requests from now. The cheapest is always allowed.
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
        let room = accrued(at: now) + perRequest() * (1 + Self.ahead) - spentUSD
        var result = ArmSet()
        for arm in eligible {
            var cost = expectedCostUSD[expectedCostUSD.index(expectedCostUSD.startIndex, offsetBy: arm)]
            if cost.isNaN { cost = dearest }
            let high = cost * (1 + Self.spread * variation[arm].squareRoot())
            if arm == cheapest || high <= room && high <= definition.hardCapUSD ?? .infinity { result.insert(arm) }
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

    /// Counts what a call cost, USD; `expected` is what the arm was expected to cost when it was chosen.
    package mutating func spent(_ costUSD: Double, arm: Int, expected: Double) {
        guard costUSD.isFinite, costUSD >= 0 else { return }
        spentUSD += costUSD
        guard expected > 0 else { return }
        let deviation = costUSD / expected - 1
        variationCount[arm] += 1
        variation[arm] += (deviation * deviation - variation[arm]) / variationCount[arm]
    }

    /// Starts the accounts anew, keeping the price and what is known of the spread of costs.
    package mutating func restart() {
        spentUSD = 0
        decisions = 0
        decisionsAtSolution = nil
    }
}
