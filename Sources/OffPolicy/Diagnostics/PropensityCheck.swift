/// Whether arms were drawn as often as what was logged of their draws says, by category and arm (DESIGN-experiments, rule 30).
///
/// Each z is a martingale's, so it holds on logs of learners. Where all probabilities are logged, draws stand against Σ p; where only
/// propensities are, Σ 1/p over an arm's draws stands against the rows that could draw it.
package struct PropensityCheck: Sendable {
    /// One category and arm.
    package struct Entry: Sendable, Equatable {
        package let category: Int
        package let arm: Int
        package let drawn: Int
        /// Draws that what was logged promises; of propensities alone, an estimate.
        package let promised: Double
        /// Times drawn over times promised, or Σ 1/p over the rows.
        package let ratio: Double
        package let z: Double
        /// By propensities alone.
        package let isBlind: Bool
    }

    /// Chance that a log whose propensities are right is doubted at all.
    package static let falseAlarms = 1e-3
    package static let leastLimit = 4.5
    private static let leastPromised = 10.0
    private static let leastBlindDraws = 30
    /// How far off a doubtful ratio may be before nothing is believed.
    private static let refusedDistance = 0.1
    /// What 1/p counts as at most, so that sums of squares stay finite.
    package static let largestInverse = 1e150

    /// Those with draws enough to tell.
    package let entries: [Entry]
    /// Beyond which |z| an entry is doubtful.
    package let limit: Double
    /// The furthest off first.
    package let doubtful: [Entry]

    /// Σ over sessions of (Σ over a session's rows of drawn − promised)², for rows with all probabilities and for those with propensities
    /// only.
    package struct Squares: Codable, Sendable, Equatable {
        package var full = 0.0
        package var blind = 0.0

        package init() {}

        init(full: Double, blind: Double) { (self.full, self.blind) = (full, blind) }

        package static func += (left: inout Squares, right: Squares) {
            left.full += right.full
            left.blind += right.blind
        }
    }

    /// `clustered`: rows of one session count together.
    package init(_ log: DecisionLog, clustered: Bool = false) {
        self.init(log.cells, squares: clustered ? log.clusteredSquares() : nil)
    }

    /// `cells[category][arm]`; `squares`, flat in the same order, where rows of one session count together.
    package init(_ cells: [[ArmTally]], squares: [Squares]?) {
        var entries: [Entry] = []
        for (category, arms) in cells.enumerated() {
            for (arm, tally) in arms.enumerated() {
                let cell = squares?[category * arms.count + arm]
                if tally.expectedDraws >= Self.leastPromised {
                    let distance = Double(tally.comparableDraws) - tally.expectedDraws
                    entries.append(
                        Entry(
                            category: category, arm: arm, drawn: tally.comparableDraws, promised: tally.expectedDraws,
                            ratio: Double(tally.comparableDraws) / tally.expectedDraws,
                            z: distance / max(1e-12, cell?.full ?? tally.drawVariance).squareRoot(), isBlind: false))
                }
                if tally.blindDraws >= Self.leastBlindDraws {
                    let rows = Double(tally.blindEligibleRows)
                    let variance = tally.inverseVariance * max(1, rows / tally.inversePropensities)
                    entries.append(
                        Entry(
                            category: category, arm: arm, drawn: tally.blindDraws,
                            promised: Double(tally.blindDraws) * rows / tally.inversePropensities,
                            ratio: tally.inversePropensities / rows,
                            z: (tally.inversePropensities - rows)
                                / max(1e-12, cell?.blind ?? variance).squareRoot(), isBlind: true))
                }
            }
        }
        self.entries = entries
        let limit = max(
            Self.leastLimit, NormalQuantile.value(1 - Self.falseAlarms / 2 / Double(max(1, entries.count))))
        self.limit = limit
        doubtful = entries.filter { abs($0.z) > limit }.sorted { abs($0.z) > abs($1.z) }
    }

    package var verdict: Verdict {
        if doubtful.isEmpty { return .ok }
        return doubtful.contains { abs($0.ratio - 1) > Self.refusedDistance } ? .refused : .weak
    }

    private static let named = 3

    /// What is wrong, naming the arms and categories that are the furthest off; nil where nothing is.
    package func sentence(_ names: LogNames) -> String? {
        guard !doubtful.isEmpty else { return nil }
        let parts = doubtful.prefix(Self.named).map { entry in
            let category = names.categories[entry.category]
            let place = names.categories.count > 1 ? " in category \(category.isEmpty ? "''" : category)" : ""
            let source = entry.isBlind ? "propensities promise about" : "probabilities promise"
            return
                "arm \(names.arms[entry.arm])\(place) was drawn \(entry.drawn) times where the logged \(source) "
                + "\(Int(saturating: min(9e15, entry.promised.rounded())))"
        }
        let rest = doubtful.count > Self.named ? ", and \(doubtful.count - Self.named) more" : ""
        return
            "The logged propensities are not those the arms were drawn with: \(parts.joined(separator: "; "))\(rest)."
    }
}

extension DecisionLog {
    /// `[category][arm]` flat.
    func clusteredSquares() -> [PropensityCheck.Squares] {
        let armCount = names.arms.count
        var squares = [PropensityCheck.Squares](
            repeating: PropensityCheck.Squares(), count: names.categories.count * armCount)
        struct Place { var session: UInt32, isSilent: Bool, row: Int }
        var places: [Place] = []
        places.reserveCapacity(rows.count + silentRows.count)
        var single = UInt32.max
        for (columns, isSilent) in [(rows, false), (silentRows, true)] {
            for (row, session) in columns.sessions(in: 0..<columns.count).enumerated() {
                // Rows without a session stand alone: numbers no session has.
                if session == LogRows.noSession { single -= 1 }
                places.append(
                    Place(session: session == LogRows.noSession ? single : session, isSilent: isSilent, row: row))
            }
        }
        places.sort { ($0.session, $0.isSilent ? 1 : 0, $0.row) < ($1.session, $1.isSilent ? 1 : 0, $1.row) }
        var sums = [SIMD2<Double>](repeating: .zero, count: squares.count)
        var touched: [Int] = []
        func close() {
            for cell in touched {
                squares[cell].full += sums[cell][0] * sums[cell][0]
                squares[cell].blind += sums[cell][1] * sums[cell][1]
                sums[cell] = .zero
            }
            touched.removeAll(keepingCapacity: true)
        }
        for (index, place) in places.enumerated() {
            if index > 0, places[index - 1].session != place.session { close() }
            let columns = place.isSilent ? silentRows : rows
            let category = Int(columns.category[place.row])
            let start = columns.probabilities.starts[place.row]
            for (position, arm) in names.armLists[Int(columns.armList[place.row])].enumerated() {
                let cell = category * armCount + arm
                let isDrawn = position == Int(columns.slot[place.row])
                touched.append(cell)
                if start == DistributionColumn.absent {
                    // n rows stand against Σ 1/p: each takes its share of them.
                    let inverse = min(PropensityCheck.largestInverse, 1 / columns.propensity[place.row])
                    sums[cell][1] += (isDrawn ? inverse : 0) - 1
                } else {
                    sums[cell][0] += (isDrawn ? 1 : 0) - columns.probabilities.values[Int(start) + position]
                }
            }
        }
        close()
        return squares
    }
}
