/// Whether arms were drawn as often as what was logged of their draws says, by category and arm (DESIGN-experiments, rule 30), by arm alone,
/// and by arm in each sixteenth of the log and each tenth of the logged probability: errors that are opposite in two halves, or in
/// two ranges, cancel in sums over all.
///
/// Each z is a martingale's, so it holds on logs of learners. Where all probabilities are logged, draws stand against Σ p; where only
/// propensities are, Σ 1/p over an arm's draws stands against the rows that could draw it.
package struct PropensityCheck: Sendable {
    /// The rows that are looked at by themselves.
    package enum Group: Sendable, Equatable {
        case category(Int)
        case all
        /// One of ``parts`` consecutive parts of the log.
        case part(Int)
        /// Those with the arm's probability in a tenth of [0, 1].
        case probability(tenth: Int)
    }

    /// One arm in a group of rows.
    package struct Entry: Sendable, Equatable {
        package let group: Group
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
    package static let parts = 16
    /// Variance of draws in a group that is no category, below which they are too few for a normal limit: of 300 logs of Thompson sampling
    /// three went beyond 4.5 with 8, none with 30.
    private static let leastVariance = 30.0

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
        // Rows of one session that keep their arm deviate together: they are looked at by category only, with their sessions' spread.
        self.init(
            log.cells, squares: clustered ? log.clusteredSquares() : nil,
            beside: clustered ? [] : log.tallies(parts: Self.parts))
    }

    /// `cells[category][arm]`; `squares`, flat in the same order, where rows of one session count together; `beside`: by arm in other groups.
    package init(
        _ cells: [[ArmTally]], squares: [Squares]?, beside: [(group: Group, arms: [ArmTally])] = []
    ) {
        var entries: [Entry] = []
        for (category, arms) in cells.enumerated() {
            for (arm, tally) in arms.enumerated() {
                entries += Self.entries(.category(category), arm, tally, squares?[category * arms.count + arm])
            }
        }
        if squares == nil, cells.count > 1, let armCount = cells.first?.count {
            for arm in 0..<armCount {
                var tally = ArmTally()
                for arms in cells { tally += arms[arm] }
                entries += Self.entries(.all, arm, tally, nil)
            }
        }
        for (group, arms) in beside {
            for (arm, tally) in arms.enumerated()
            where max(tally.drawVariance, Double(tally.blindDraws) / 4) >= Self.leastVariance {
                entries += Self.entries(group, arm, tally, nil)
            }
        }
        self.entries = entries
        let limit = max(
            Self.leastLimit, NormalQuantile.value(1 - Self.falseAlarms / 2 / Double(max(1, entries.count))))
        self.limit = limit
        doubtful = entries.filter { abs($0.z) > limit }.sorted { abs($0.z) > abs($1.z) }
    }

    private static func entries(_ group: Group, _ arm: Int, _ tally: ArmTally, _ cell: Squares?) -> [Entry] {
        var entries: [Entry] = []
        if tally.expectedDraws >= leastPromised {
            let distance = Double(tally.comparableDraws) - tally.expectedDraws
            entries.append(
                Entry(
                    group: group, arm: arm, drawn: tally.comparableDraws, promised: tally.expectedDraws,
                    ratio: Double(tally.comparableDraws) / tally.expectedDraws,
                    z: distance / max(1e-12, cell?.full ?? tally.drawVariance).squareRoot(), isBlind: false))
        }
        if tally.blindDraws >= leastBlindDraws {
            let rows = Double(tally.blindEligibleRows)
            let variance = tally.inverseVariance * max(1, rows / tally.inversePropensities)
            entries.append(
                Entry(
                    group: group, arm: arm, drawn: tally.blindDraws,
                    promised: Double(tally.blindDraws) * rows / tally.inversePropensities,
                    ratio: tally.inversePropensities / rows,
                    z: (tally.inversePropensities - rows) / max(1e-12, cell?.blind ?? variance).squareRoot(),
                    isBlind: true))
        }
        return entries
    }

    package var verdict: Verdict {
        if doubtful.isEmpty { return .ok }
        return doubtful.contains { abs($0.ratio - 1) > Self.refusedDistance } ? .refused : .weak
    }

    private static func place(_ group: Group, _ names: LogNames) -> String {
        switch group {
        case .category(let category):
            guard names.categories.count > 1 else { return "" }
            let name = names.categories[category]
            return " in category \(name.isEmpty ? "''" : name)"
        case .all: return ""
        case .part(let part): return " in sixteenth \(part + 1) of the log"
        case .probability(let tenth):
            return " where its probability is \(Double(tenth) / 10) to \(Double(tenth + 1) / 10)"
        }
    }

    private static let named = 3

    /// What is wrong, naming the arms and categories that are the furthest off; nil where nothing is.
    package func sentence(_ names: LogNames) -> String? {
        guard !doubtful.isEmpty else { return nil }
        let parts = doubtful.prefix(Self.named).map { entry in
            let place = Self.place(entry.group, names)
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
    /// Draws by arm in consecutive parts of the log, and in tenths of the logged probability.
    func tallies(parts: Int) -> [(group: PropensityCheck.Group, arms: [ArmTally])] {
        let none = [ArmTally](repeating: ArmTally(), count: names.arms.count)
        // Shares that were counted agree with the draws by their making.
        let hasBlind = cells.contains { $0.contains { $0.blindDraws > 0 } }
        var byPart = [[ArmTally]](repeating: none, count: parts)
        var byTenth = [[ArmTally]](repeating: none, count: 10)
        for columns in [rows, silentRows] {
            for row in 0..<columns.count {
                let part = row * parts / columns.count
                let start = columns.probabilities.starts[row]
                let slot = Int(columns.slot[row])
                for (position, arm) in names.armLists[Int(columns.armList[row])].enumerated() {
                    let arm = Int(arm)
                    if start == DistributionColumn.absent {
                        guard hasBlind else { continue }
                        byPart[part][arm].note(isDrawn: position == slot, propensity: columns.propensity[row])
                    } else {
                        let probability = columns.probabilities.values[Int(start) + position]
                        let tenth = min(9, max(0, Int(saturating: probability * 10)))
                        byPart[part][arm].note(isDrawn: position == slot, probability: probability)
                        byTenth[tenth][arm].note(isDrawn: position == slot, probability: probability)
                    }
                }
            }
        }
        return byPart.enumerated().map { (.part($0), $1) } + byTenth.enumerated().map { (.probability(tenth: $0), $1) }
    }

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
