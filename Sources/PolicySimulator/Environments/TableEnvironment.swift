package import BanditCore
import RealModule

/// Prompts of an outcome table, in a random order or in given ones: the outcome of every arm on every prompt is known.
package struct TableEnvironment: Environment {
    package let table: OutcomeTable
    package let categories: [String]
    /// `[row]`: position in `categories`.
    package let categoryOfRow: [Int]
    /// Row numbers, an order a replication (they are gone through in turn when there are fewer); nil: seeded shuffles.
    package let orders: [[Int]]?
    package var arms: [String] { table.models }

    /// - Precondition: `categoryOfRow` has an entry a row, within `categories`; orders name rows of the table.
    package init(table: OutcomeTable, categories: [String], categoryOfRow: [Int], orders: [[Int]]? = nil) {
        precondition(table.rowCount > 0, "a world needs a prompt")
        precondition(table.modelCount <= ArmSet.capacity, "at most \(ArmSet.capacity) arms")
        precondition(categoryOfRow.count == table.rowCount, "a category a row")
        precondition(categoryOfRow.allSatisfy(categories.indices.contains), "categories of rows exist")
        precondition(orders?.isEmpty != true, "an order at least")
        self.table = table
        self.categories = categories
        self.categoryOfRow = categoryOfRow
        self.orders = orders
    }

    package var passLength: Int? { orders?[0].count ?? table.rowCount }

    package func world(random: CounterRandom, replication: Int) -> World {
        World(self, random: random, order: orders.map { $0[replication % $0.count] })
    }

    package struct World: SimulatedWorld {
        let table: OutcomeTable
        let categoryOfRow: [Int]
        let random: CounterRandom
        /// The first pass where it is given; later passes are shuffled.
        private var order: [Int]
        private var position = 0
        private var pass = 0
        private var means: [ArmOutcome] = []
        private var knownArms: [ArmSet] = []
        package var conditions: [ArmCondition]
        package var mix: [Double] {
            didSet { if mix != oldValue { reorder(from: position) } }
        }
        package var drifts: Bool { false }

        init(_ environment: TableEnvironment, random: CounterRandom, order given: [Int]?) {
            table = environment.table
            categoryOfRow = environment.categoryOfRow
            self.random = random
            conditions = [ArmCondition](repeating: ArmCondition(), count: table.modelCount)
            mix = [Double](repeating: 1, count: environment.categories.count)
            order = given ?? Array(0..<table.rowCount)
            summarise(categories: environment.categories.count)
            if given == nil { shuffle() }
        }

        /// Means over the rows of a category, and over all rows where a category has none.
        private mutating func summarise(categories: Int) {
            let arms = table.modelCount
            func mean(of value: (Int) -> Double, _ rows: [Int]) -> Double {
                var (sum, count) = (0.0, 0.0)
                for row in rows {
                    let x = value(row)
                    if !x.isNaN { (sum, count) = (sum + x, count + 1) }
                }
                return count > 0 ? sum / count : .nan
            }
            var rows = [[Int]](repeating: [], count: categories)
            for row in 0..<table.rowCount { rows[categoryOfRow[row]].append(row) }
            for category in 0..<categories {
                for arm in 0..<arms {
                    means.append(
                        ArmOutcome(
                            reward: mean(of: { table.score(row: $0, model: arm) }, rows[category]),
                            costUSD: mean(of: { table.costUSD(row: $0, model: arm) }, rows[category]),
                            latencyMS: mean(of: { table.latencyMS(row: $0, model: arm) }, rows[category])))
                }
            }
            knownArms = (0..<table.rowCount).map { row in
                ArmSet((0..<arms).filter { !table.score(row: row, model: $0).isNaN })
            }
        }

        private mutating func shuffle() {
            var generator = Xoshiro256StarStar(seed: random.seed(.order, pass))
            // Fisher and Yates, written out: the standard library's shuffle may change between its versions.
            for last in stride(from: order.count - 1, to: 0, by: -1) {
                order.swapAt(last, generator.index(below: last + 1))
            }
            if mix.contains(where: { $0 != 1 }) { reorder(from: 0) }
        }

        /// Sorts what is left so that categories come in proportion to their weights (Efraimidis & Spirakis 2006); those of
        /// weight 0 come last.
        private mutating func reorder(from first: Int) {
            var generator = Xoshiro256StarStar(seed: random.seed(.order, pass) ^ UInt64(truncatingIfNeeded: first + 1))
            let keyed = order[first...].map { row in
                (key: generator.exponential() / mix[categoryOfRow[row]], row: row)
            }
            order.replaceSubrange(first..., with: keyed.sorted { ($0.key, $0.row) < ($1.key, $1.row) }.map(\.row))
        }

        package mutating func query(round: Int) -> Query {
            if position == order.count {
                position = 0
                pass += 1
                shuffle()
            }
            let row = order[position]
            position += 1
            return Query(category: categoryOfRow[row], row: row)
        }

        package func known(_ query: Query) -> ArmSet { knownArms[query.row] }

        package func outcome(_ query: Query, arm: Int, round: Int) -> ArmOutcome {
            let condition = conditions[arm]
            return ArmOutcome(
                reward: min(1, table.score(row: query.row, model: arm) * condition.scoreFactor),
                costUSD: table.costUSD(row: query.row, model: arm) * condition.costFactor,
                latencyMS: table.latencyMS(row: query.row, model: arm) * condition.latencyFactor)
        }

        package func expectation(category: Int, arm: Int, round: Int) -> ArmOutcome {
            let mean = means[category * table.modelCount + arm]
            let condition = conditions[arm]
            return ArmOutcome(
                reward: min(1, mean.reward * condition.scoreFactor), costUSD: mean.costUSD * condition.costFactor,
                latencyMS: mean.latencyMS * condition.latencyFactor)
        }
    }
}
