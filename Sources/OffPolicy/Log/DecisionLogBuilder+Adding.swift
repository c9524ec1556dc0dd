extension DecisionLogBuilder {
    /// Checks a decision and appends it: the way in for sources that have values rather than bytes. `line`: its place, from 1.
    package mutating func add(_ decision: LoggedDecision, line: Int) throws(RowFault) {
        guard !decision.id.isEmpty else { throw RowFault(field: "decision_id", .missing, reason: "empty") }
        guard Set(decision.arms).count == decision.arms.count, !decision.arms.contains("") else {
            throw RowFault(field: "arms", .duplicate, reason: "names are empty or appear twice")
        }
        guard let slot = decision.arms.firstIndex(of: decision.arm) else {
            throw RowFault(field: "arm", .unknownName, reason: "\"\(decision.arm)\" is not one of the arms")
        }
        let isLogged = options.propensities == .logged
        var probabilities = isLogged ? decision.probabilities : nil
        var off = 0.0
        if probabilities != nil {
            off = try Self.settle(&probabilities!, armCount: decision.arms.count, field: "probabilities")
        }
        var targets = decision.targetProbabilities
        for name in targets.keys.sorted() {
            let change = try Self.settle(
                &targets[name]!, armCount: decision.arms.count, field: "target_probabilities.\(name)")
            off = max(off, change)
        }
        var row = Row()
        let propensity =
            isLogged
            ? try RowRules.propensity(
                decision.propensity ?? .nan, written: decision.probabilities?[slot] ?? .nan,
                probability: probabilities?[slot] ?? .nan) : (value: Double.nan, isRounded: false)
        row.propensity = propensity.value
        row.reward = try options.rewardScale.reward(decision.reward ?? .nan)
        row.costUSD = decision.costUSD ?? .nan
        row.latencyMS = decision.latencyMS ?? .nan
        try RowRules.check(notNegative: row.costUSD, field: "cost_usd")
        try RowRules.check(notNegative: row.latencyMS, field: "latency_ms")
        let identity = DecisionIdentity(decision.id)
        try insert(identity, line: line)
        let route = decision.route.map { self.route($0) }
        countContents(row, route: route)
        guard wants(route: route) else { return }
        if off > 0 || propensity.isRounded { countRounded(off) }
        row.line = line
        row.identity = identity.low
        row.kind = decision.kind
        row.timeMicroseconds = decision.timeMicroseconds ?? 0
        row.rewardTimeMicroseconds = decision.rewardTimeMicroseconds ?? 0
        row.category = category(decision.category ?? "")
        let arms = decision.arms.map { arm($0) }
        row.armList = armList(arms)
        row.slot = slot
        row.servedArm = decision.servedArm.map { arm($0) } ?? arms[slot]
        if let name = decision.session { row.session = session(DecisionIdentity(name)) }
        var columns: [[Double]] = []
        for (name, values) in targets.sorted(by: { $0.key < $1.key }) {
            let index = target(name)
            while columns.count <= index { columns.append([]) }
            columns[index] = values
        }
        if let probabilities {
            probabilities.withUnsafeBufferPointer { append(row, probabilities: $0, targets: columns) }
        } else {
            append(row, probabilities: nil, targets: columns)
        }
    }

    /// ``RowRules/settle(_:armCount:field:)`` for an array.
    package static func settle(_ values: inout [Double], armCount: Int, field: @autoclosure () -> String)
        throws(RowFault)
        -> Double
    {
        var outcome: Result<Double, RowFault> = .success(0)
        values.withUnsafeMutableBufferPointer { buffer in
            do throws(RowFault) {
                outcome = .success(try RowRules.settle(buffer, armCount: armCount, field: field()))
            } catch {
                outcome = .failure(error)
            }
        }
        return try outcome.get()
    }
}
