import OffPolicy

/// Logs written down in a test.
enum LogFixture {
    /// One row: category, probabilities, arm drawn, reward, target column.
    struct Row {
        var category = "c"
        var arms = ["a", "b"]
        var probabilities: [Double]? = [0.5, 0.5]
        var propensity: Double?
        var arm = "a"
        var reward: Double? = 1
        var target: [Double]?
        var kind = LoggedDecision.Kind.fresh
        var served: String?
        var time: Int64 = 0
        var session: String?
    }

    static func log(_ rows: [Row], _ options: DecisionLogBuilder.Options = .init()) throws -> DecisionLog {
        var builder = DecisionLogBuilder(options)
        for (index, row) in rows.enumerated() {
            var decision = LoggedDecision(
                id: "d\(index)", arms: row.arms, arm: row.arm, probabilities: row.probabilities,
                propensity: row.propensity,
                reward: row.reward)
            decision.category = row.category
            decision.kind = row.kind
            decision.servedArm = row.served
            decision.timeMicroseconds = row.time
            decision.session = row.session
            if let target = row.target { decision.targetProbabilities = ["t": target] }
            try builder.add(decision, line: index + 1)
        }
        return builder.finish()
    }

    static func evaluate(
        _ policy: TargetPolicy, _ log: DecisionLog,
        _ settings: EvaluationSettings = EvaluationSettings(intervals: [.normal])
    ) -> PolicyEvaluation {
        let range = 0..<log.rows.count
        let rewards = FittedRewards(
            log, range: range, model: settings.rewardModel, crossFit: settings.crossFit,
            clusters: settings.clustersBySession ? Clusters(log.rows, range: range) : nil)
        return PolicyEvaluation(policy, log: log, range: range, rewards: rewards, settings: settings)
    }

    /// `count` rows of two arms, a drawn with probability `share` of the time exactly, rewards 1 for a and 0 for b.
    static func balanced(_ count: Int, share: Double) throws -> DecisionLog {
        try log(
            (0..<count).map { index in
                let isA = Double(index % 10) < share * 10
                return Row(probabilities: [share, 1 - share], arm: isA ? "a" : "b", reward: isA ? 1 : 0)
            })
    }
}

extension PolicyEvaluation {
    func value(_ kind: EstimatorKind) -> Double? { results.first { $0.specification.kind == kind }?.point.value }
    func error(_ kind: EstimatorKind) -> Double? {
        results.first { $0.specification.kind == kind }?.point.standardError
    }
}
