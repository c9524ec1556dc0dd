/// Puts a decision log together, row by row, in the order of the file.
package struct DecisionLogBuilder: Sendable {
    /// What is kept beside what estimators always need.
    package struct Options: Sendable {
        package var metric = Metric.reward
        /// Every row with a reward, for training.
        package var keepsObservations = false
        /// Cost and latency of the rows: for learners that price them, and to be told beside the reward.
        package var keepsPrices = false
        /// What a fresh row without a value counts as (`--silence zero`); nil: nothing is known of it.
        package var silentValue: Double?
        /// When the reward of each row came.
        package var keepsRewardTimes = false
        /// Only decisions of this route, and those that name none; nil: all.
        package var route: String?
        /// What the log's rewards mean.
        package var rewardScale = RewardScale.identity
        /// With shares, what the log says of probabilities is not read.
        package var propensities = PropensitySource.logged

        /// Only the rows of this part; nil: all.
        package var part: LogPart?

        package init() {}
    }

    /// A valid row whose names are known by index. Absent numbers are NaN.
    package struct Row {
        package var line = 0
        package var identity: UInt64 = 0
        package var kind = LoggedDecision.Kind.fresh
        package var timeMicroseconds: Int64 = 0
        package var category = 0
        package var armList = 0
        package var slot = 0
        package var servedArm = 0
        package var propensity = Double.nan
        package var reward = Double.nan
        package var costUSD = Double.nan
        package var latencyMS = Double.nan
        package var session = LogRows.noSession
        /// 0: unknown.
        package var rewardTimeMicroseconds: Int64 = 0

        package init() {}
    }

    package let options: Options
    package private(set) var log = DecisionLog()
    private var armIndices: [String: Int] = [:]
    private var categoryIndices: [String: Int] = [:]
    private var listIndices: [[Int]: Int] = [:]
    private var sessionIndices: [DecisionIdentity: UInt32] = [:]
    /// `[session]`: the hash of its name.
    private var sessionHashes: [UInt64] = []
    private var routeIndices: [String: Int] = [:]
    private var identities = IdentityTable()
    /// Names of the target columns, and the columns of used and silent rows, in order of appearance.
    package private(set) var targetNames: [String] = []
    private var usedTargets: [DistributionColumn] = []
    private var silentTargets: [DistributionColumn] = []
    private var usedTargetsOfArm: [[Double]] = []
    /// The last used row of each category: consecutive decisions often share a distribution.
    private var lastUsed: [Int] = []
    private var lastSilent: [Int] = []

    package init(_ options: Options = Options()) { self.options = options }

    // MARK: Names

    package mutating func arm(_ name: String) -> Int {
        if let index = armIndices[name] { return index }
        armIndices[name] = log.names.arms.count
        log.names.arms.append(name)
        for category in log.cells.indices { log.cells[category].append(ArmTally()) }
        return log.names.arms.count - 1
    }

    package mutating func category(_ name: String) -> Int {
        if let index = categoryIndices[name] { return index }
        categoryIndices[name] = log.names.categories.count
        log.names.categories.append(name)
        log.cells.append([ArmTally](repeating: ArmTally(), count: log.names.arms.count))
        lastUsed.append(-1)
        lastSilent.append(-1)
        return log.names.categories.count - 1
    }

    /// `arms`: distinct indices, not empty.
    package mutating func armList(_ arms: [Int]) -> Int {
        if let index = listIndices[arms] { return index }
        listIndices[arms] = log.names.armLists.count
        log.names.armLists.append(arms)
        return log.names.armLists.count - 1
    }

    /// The index of a session, known by the hash of its name.
    package mutating func session(_ name: DecisionIdentity) -> UInt32 {
        if let index = sessionIndices[name] { return index }
        let index = UInt32(sessionIndices.count)
        if sessionIndices.isEmpty {
            log.rows.session = [UInt32](repeating: LogRows.noSession, count: log.rows.count)
            log.silentRows.session = [UInt32](repeating: LogRows.noSession, count: log.silentRows.count)
        }
        sessionIndices[name] = index
        sessionHashes.append(name.low)
        return index
    }

    package mutating func route(_ name: String) -> Int {
        if let index = routeIndices[name] { return index }
        routeIndices[name] = log.contents.routes.count
        log.contents.routes.append(name)
        log.contents.rowsOfRoute.append(0)
        return log.contents.routes.count - 1
    }

    /// The index of a target column, new or known.
    package mutating func target(_ name: String) -> Int {
        if let index = targetNames.firstIndex(of: name) { return index }
        targetNames.append(name)
        usedTargets.append(DistributionColumn(values: [], starts: Self.absent(log.rows.count)))
        silentTargets.append(DistributionColumn(values: [], starts: Self.absent(log.silentRows.count)))
        usedTargetsOfArm.append([Double](repeating: .nan, count: log.rows.count))
        return targetNames.count - 1
    }

    private static func absent(_ count: Int) -> [UInt32] {
        [UInt32](repeating: DistributionColumn.absent, count: count)
    }

    // MARK: Rows

    /// Notes a decision id; throws where it was seen before.
    package mutating func insert(_ identity: DecisionIdentity, line: Int) throws(RowFault) {
        if let before = identities.insert(identity, line: line) {
            throw RowFault(field: "decision_id", .duplicate, reason: "the same as on line \(before)")
        }
    }

    /// Whether a decision of that route (nil: it names none) is among those asked for.
    package func wants(route: Int?) -> Bool {
        guard let wanted = options.route, let route else { return true }
        return log.contents.routes[route] == wanted
    }

    package mutating func countSkipped() { log.counts.skippedInvalid += 1 }

    /// Notes that a row's probabilities were rounded, their sum off 1 by so much.
    package mutating func countRounded(_ off: Double) {
        log.counts.rounded += 1
        log.counts.largestRounding = max(log.counts.largestRounding, off)
    }

    /// Notes that a row has a time without a zone.
    package mutating func countTimeWithoutZone() { log.counts.timesWithoutZone += 1 }

    /// Notes what a valid row has, wanted or not: what a log without rows to use is told by.
    package mutating func countContents(_ row: Row, route: Int?) {
        if !row.reward.isNaN { log.contents.rewards += 1 }
        if !row.costUSD.isNaN { log.contents.costs += 1 }
        if !row.latencyMS.isNaN { log.contents.latencies += 1 }
        if let route { log.contents.rowsOfRoute[route] += 1 }
    }

    /// Appends a row. `targets[column]` is nil or empty where the row lacks that column.
    package mutating func append(_ row: Row, probabilities: UnsafeBufferPointer<Double>?, targets: [[Double]]) {
        if let part = options.part {
            let hash = row.session == LogRows.noSession ? row.identity : sessionHashes[Int(row.session)]
            guard part.contains(hash) else { return }
        }
        let number = UInt32(log.counts.rows)
        log.counts.rows += 1
        let arm = log.names.armLists[row.armList][row.slot]
        var value = options.metric.value(reward: row.reward, costUSD: row.costUSD, latencyMS: row.latencyMS)
        if value.isNaN, let silent = options.silentValue {
            value = silent
            if row.kind == .fresh { log.counts.silentCounted += 1 }
        }
        if options.keepsObservations, !row.reward.isNaN || !row.costUSD.isNaN { observe(row, number: number) }
        switch row.kind {
        case .sticky: log.counts.sticky += 1
        case .pinned: log.counts.pinned += 1
        case .fresh:
            tally(row, arm: arm, isSilent: value.isNaN, probabilities: probabilities)
            if value.isNaN {
                log.counts.withoutReward += 1
                let last = lastSilent[row.category]
                lastSilent[row.category] = log.silentRows.count
                Self.append(
                    row, number: number, arm: arm, value: value, probabilities: probabilities, targets: targets,
                    last: last, options: options, hasSessions: !sessionIndices.isEmpty, to: &log.silentRows,
                    columns: &silentTargets)
            } else {
                let last = lastUsed[row.category]
                lastUsed[row.category] = log.rows.count
                Self.append(
                    row, number: number, arm: arm, value: value, probabilities: probabilities, targets: targets,
                    last: last, options: options, hasSessions: !sessionIndices.isEmpty, to: &log.rows,
                    columns: &usedTargets)
                for index in usedTargetsOfArm.indices {
                    let isThere = index < targets.count && !targets[index].isEmpty
                    usedTargetsOfArm[index].append(isThere ? targets[index][row.slot] : .nan)
                }
            }
        }
    }

    private static func append(
        _ row: Row, number: UInt32, arm: Int, value: Double, probabilities: UnsafeBufferPointer<Double>?,
        targets: [[Double]],
        last: Int, options: Options, hasSessions: Bool, to rows: inout LogRows, columns: inout [DistributionColumn]
    ) {
        let shared = last >= 0 && Int(rows.armList[last]) == row.armList ? last : nil
        rows.number.append(number)
        rows.line.append(UInt32(truncatingIfNeeded: row.line))
        rows.identity.append(row.identity)
        rows.category.append(UInt32(row.category))
        rows.armList.append(UInt32(row.armList))
        rows.slot.append(UInt16(row.slot))
        rows.arm.append(UInt32(arm))
        rows.propensity.append(row.propensity)
        rows.reward.append(value)
        if options.keepsObservations {
            rows.timeMicroseconds.append(row.timeMicroseconds)
            rows.servedArm.append(UInt32(row.servedArm))
        }
        if options.keepsPrices {
            appendPrice(row.costUSD, to: &rows.costUSD, before: rows.reward.count - 1)
            appendPrice(row.latencyMS, to: &rows.latencyMS, before: rows.reward.count - 1)
        }
        if hasSessions { rows.session.append(row.session) }
        if options.keepsRewardTimes { rows.rewardTimeMicroseconds.append(row.rewardTimeMicroseconds) }
        if let probabilities {
            rows.probabilities.append(probabilities, shared: shared)
        } else {
            rows.probabilities.appendAbsent()
        }
        for index in columns.indices {
            if index < targets.count, !targets[index].isEmpty {
                targets[index].withUnsafeBufferPointer { columns[index].append($0, shared: shared) }
            } else {
                columns[index].appendAbsent()
            }
        }
    }

    /// A column stays empty until a row has a price; the `before` rows before it then have none.
    private static func appendPrice(_ price: Double, to column: inout [Double], before: Int) {
        if column.isEmpty {
            guard !price.isNaN else { return }
            column = [Double](repeating: .nan, count: before)
        }
        column.append(price)
    }

    private mutating func observe(_ row: Row, number: UInt32) {
        log.observations.number.append(number)
        log.observations.category.append(UInt32(row.category))
        log.observations.servedArm.append(UInt32(row.servedArm))
        log.observations.reward.append(row.reward)
        log.observations.timeMicroseconds.append(row.timeMicroseconds)
        log.observations.costUSD.append(row.costUSD)
        log.observations.latencyMS.append(row.latencyMS)
    }

    private mutating func tally(_ row: Row, arm: Int, isSilent: Bool, probabilities: UnsafeBufferPointer<Double>?) {
        // Taken out for the while: one look at the category instead of one for every arm.
        var tallies: [ArmTally] = []
        swap(&tallies, &log.cells[row.category])
        defer { swap(&tallies, &log.cells[row.category]) }
        tallies[arm].draws += 1
        if isSilent { tallies[arm].withoutReward += 1 }
        let list = log.names.armLists[row.armList]
        guard let probabilities else {
            // Shares are known at the end only, and agree with the draws by their making: nothing to check.
            let isLogged = options.propensities == .logged
            for other in list {
                tallies[other].eligibleRows += 1
                if isLogged { tallies[other].note(isDrawn: other == arm, propensity: row.propensity) }
            }
            return
        }
        for position in 0..<list.count {
            let other = list[position]
            let probability = probabilities[position]
            tallies[other].eligibleRows += 1
            tallies[other].note(isDrawn: position == row.slot, probability: probability)
            let bin = min(9, Int(saturating: probability * 10))
            log.calibration[bin].count += 1
            log.calibration[bin].probability += probability
            if position == row.slot { log.calibration[bin].drawn += 1 }
        }
    }

    // MARK: The end

    private var notes: [String] {
        var notes: [String] = []
        let counts = log.counts
        if counts.rounded > 0 {
            notes.append(
                "\(counts.rounded) rows have rounded probabilities, which were brought to a sum of 1 (off by "
                    + "\(counts.largestRounding.rounded(toDigits: 2)) at most).")
        }
        if counts.timesWithoutZone > 0 {
            notes.append("\(counts.timesWithoutZone) rows have a time without a zone, which was taken as UTC.")
        }
        let scale = options.rewardScale
        if scale != .identity {
            notes.append(
                "Rewards were brought from \(scale.isLessBetter ? "costs on " : "")the scale from \(scale.lowest) to "
                    + "\(scale.highest) to [0, 1].")
        }
        return notes
    }

    /// The log, with the metric scaled to [0, 1].
    package consuming func finish() -> DecisionLog {
        identities = IdentityTable()
        for (index, name) in targetNames.enumerated() {
            log.rows.targets[name] = usedTargets[index]
            log.silentRows.targets[name] = silentTargets[index]
            log.rows.targetsOfArm[name] = usedTargetsOfArm[index]
        }
        usedTargets = []
        silentTargets = []
        if options.metric != .reward { log.scale(options.metric) }
        log.notes = notes
        if case .shares(let byCategory) = options.propensities {
            log.isDeterministic = !log.takeShares(byCategory: byCategory)
        }
        return log
    }
}

extension DecisionLog {
    /// Scales values to [0, 1] by the range found in the log; costs and latencies keep 0 where it is.
    mutating func scale(_ metric: Metric) {
        guard !rows.reward.isEmpty else { return }
        var lowest = rows.reward.min()!
        let highest = rows.reward.max()!
        if metric == .costUSD || metric == .latencyMS { lowest = 0 }
        self.metric = MetricRange(lowest: lowest, highest: highest > lowest ? highest : lowest + 1)
        switch metric {
        case .reward: break
        case .costUSD, .latencyMS: self.metric.possible = 0...(.infinity)
        case .utility: self.metric.possible = -.infinity...(.infinity)
        }
        let range = self.metric
        for row in rows.reward.indices {
            rows.reward[row] = (rows.reward[row] - range.lowest) / (range.highest - range.lowest)
        }
    }
}

extension Double {
    /// With so many significant digits.
    fileprivate func rounded(toDigits digits: Int) -> Double {
        guard self != 0, isFinite else { return self }
        var scale = 1.0
        while abs(self * scale) < 1 { scale *= 10 }
        for _ in 1..<digits { scale *= 10 }
        return (self * scale).rounded() / scale
    }
}
