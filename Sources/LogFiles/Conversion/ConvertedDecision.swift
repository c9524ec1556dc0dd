import OffPolicy

/// Makes decisions of rows, noting what is wrong with a row's values.
struct ConvertedDecision {
    let mapping: LogMapping
    let scale: RewardScale
    let score: String?
    let scores: ScoreTable
    var faults: [RowFault] = []
    /// The last row's reward as it is written; NaN where it has none.
    var writtenReward = Double.nan

    init(mapping: LogMapping, scale: RewardScale, score: String?, scores: ScoreTable) {
        self.mapping = mapping
        self.scale = scale
        self.score = score
        self.scores = scores
    }

    mutating func decision(_ row: ForeignRow, id: String, arm: String, eligible: [String]) -> LoggedDecision {
        var decision = LoggedDecision(
            id: id, arms: list(.arms, row)?.compactMap(\.text) ?? eligible, arm: arm, reward: nil)
        if !decision.arms.contains(arm) {
            note(
                .arm, .unknownName,
                "\"\(arm)\" is not one of the arms (\(decision.arms.prefix(8).joined(separator: ", ")))")
        }
        decision.route = mapping.value(.route, of: row)?.text
        decision.category = mapping.value(.category, of: row)?.text
        decision.session = mapping.value(.session, of: row)?.text
        decision.servedArm = mapping.value(.servedArm, of: row)?.text
        if let kind = mapping.value(.kind, of: row)?.text {
            if let value = LoggedDecision.Kind(rawValue: kind) {
                decision.kind = value
            } else {
                note(.kind, .unknownName, "\"\(kind)\" is none of fresh, sticky, pinned")
            }
        }
        let time = time(.time, row)
        decision.timeMicroseconds = time
        decision.rewardTimeMicroseconds = self.time(.rewardTime, row)
        decision.costUSD = notNegative(.costUSD, row)
        decision.latencyMS = notNegative(.latencyMS, row) ?? notNegative(.latencySeconds, row).map { $0 * 1000 }
        if decision.latencyMS == nil, let time, let end = self.time(.endTime, row), end >= time {
            decision.latencyMS = Double(end - time) / 1000
        }
        if let values = list(.probabilities, row) {
            decision.probabilities = values.compactMap(\.number)
            if values.count != decision.arms.count || decision.probabilities!.count != values.count {
                note(
                    .probabilities, .length,
                    "\(values.count) values for \(decision.arms.count) arms, or not all are numbers")
            }
        }
        if let propensity = number(.propensity, row) {
            decision.propensity = propensity
            if propensity <= 0 || propensity > 1 { note(.propensity, .range, "\(propensity) is outside (0, 1]") }
        }
        decision.reward = reward(row, id: id)
        return decision
    }

    private mutating func reward(_ row: ForeignRow, id: String) -> Double? {
        var found = number(.reward, row)
        if let container = mapping.namedScores, let score { found = row["\(container).\(score)"]?.number }
        if found == nil { found = scores[id] }
        if found == nil, let group = mapping.scores?.group, let part = row[group]?.text { found = scores[part] }
        writtenReward = found ?? .nan
        guard let found else { return nil }
        do throws(RowFault) { return try scale.reward(found) } catch {
            faults.append(error)
            return nil
        }
    }

    private mutating func note(_ field: LogMapping.Field, _ sort: RowFault.Sort, _ reason: String) {
        faults.append(RowFault(field: field.rawValue, sort, reason: reason))
    }

    private mutating func number(_ field: LogMapping.Field, _ row: ForeignRow) -> Double? {
        guard let value = mapping.value(field, of: row) else { return nil }
        if let number = value.number { return number }
        note(field, .type, "must be a number, is \"\(value.excerpt)\"")
        return nil
    }

    private mutating func notNegative(_ field: LogMapping.Field, _ row: ForeignRow) -> Double? {
        guard let value = number(field, row) else { return nil }
        if value < 0 { note(field, .range, "\(value) is negative") }
        return value
    }

    private mutating func time(_ field: LogMapping.Field, _ row: ForeignRow) -> Int64? {
        guard let text = mapping.value(field, of: row)?.text else { return nil }
        if let time = LoggedTime(text.utf8) { return time.microseconds }
        note(field, .time, "\"\(text)\" is not a time (\(LoggedTime.wanted))")
        return nil
    }

    /// The elements of a list; also of names or numbers in a text, between `|`, `;` or spaces.
    private mutating func list(_ field: LogMapping.Field, _ row: ForeignRow) -> [ForeignValue]? {
        guard let value = mapping.value(field, of: row) else { return nil }
        if let elements = value.elements { return elements }
        guard case .cell(let text) = value else {
            note(field, .type, "must be a list, is \"\(value.excerpt)\"")
            return nil
        }
        return text.split { $0 == "|" || $0 == ";" || $0 == " " }.map { .cell(String($0)) }
    }
}
