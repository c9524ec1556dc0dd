extension DecisionLogBuilder {
    /// Checks a decision and appends it: the way in for sources that have values rather than bytes. `line`: its place, from 1.
    package mutating func add(_ decision: LoggedDecision, line: Int) throws(RowFault) {
        guard !decision.id.isEmpty else { throw RowFault(field: "decision_id", reason: "empty") }
        guard Set(decision.arms).count == decision.arms.count, !decision.arms.contains("") else {
            throw RowFault(field: "arms", reason: "names are empty or appear twice")
        }
        guard let slot = decision.arms.firstIndex(of: decision.arm) else {
            throw RowFault(field: "arm", reason: "\"\(decision.arm)\" is not one of the arms")
        }
        if let probabilities = decision.probabilities {
            try Self.check(probabilities, armCount: decision.arms.count, field: "probabilities")
        }
        for (name, values) in decision.targetProbabilities.sorted(by: { $0.key < $1.key }) {
            try Self.check(values, armCount: decision.arms.count, field: "target_probabilities.\(name)")
        }
        var row = Row()
        row.propensity = try RowRules.propensity(
            decision.propensity ?? .nan, probability: decision.probabilities?[slot] ?? .nan)
        row.reward = decision.reward ?? .nan
        row.costUSD = decision.costUSD ?? .nan
        row.latencyMS = decision.latencyMS ?? .nan
        try RowRules.check(reward: row.reward)
        try RowRules.check(notNegative: row.costUSD, field: "cost_usd")
        try RowRules.check(notNegative: row.latencyMS, field: "latency_ms")
        let identity = DecisionIdentity(decision.id)
        try insert(identity, line: line)
        guard wants(route: decision.route) else { return }
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
        var targets: [[Double]] = []
        for (name, values) in decision.targetProbabilities.sorted(by: { $0.key < $1.key }) {
            let index = target(name)
            while targets.count <= index { targets.append([]) }
            targets[index] = values
        }
        if let probabilities = decision.probabilities {
            probabilities.withUnsafeBufferPointer { append(row, probabilities: $0, targets: targets) }
        } else {
            append(row, probabilities: nil, targets: targets)
        }
    }

    private static func check(_ values: [Double], armCount: Int, field: String) throws(RowFault) {
        var fault: RowFault?
        values.withUnsafeBufferPointer { buffer in
            do throws(RowFault) { try RowRules.check(buffer, armCount: armCount, field: field) } catch { fault = error }
        }
        if let fault { throw fault }
        if values.contains(where: { !$0.isFinite }) { throw RowFault(field: field, reason: "not finite") }
    }
}
