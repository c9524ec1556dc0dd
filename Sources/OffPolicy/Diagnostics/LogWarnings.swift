/// What a reader of a report should know of its log, whatever policy is judged.
package enum LogWarnings {
    /// How much wider a clustered interval may be before rows are no longer taken as independent.
    package static let tolerableWidening = 1.25
    private static let named = 3

    /// How many times the standard error of the mean reward is wider with sessions counted together; nil where no session has two rows.
    package static func widening(_ log: DecisionLog, range: Range<Int>) -> (factor: Double, sessions: Int)? {
        guard !log.rows.session.isEmpty else { return nil }
        let clusters = Clusters(log.rows, range: range)
        guard clusters.count < range.count else { return nil }
        let rewards = Array(log.rows.reward[range])
        guard let alone = MeanError(rewards, clusters: nil)?.value, alone > 0,
            let together = MeanError(rewards, clusters: clusters)?.value
        else { return nil }
        return (together / alone, clusters.count)
    }

    /// Sessions that are there and not used.
    package static func ofSessions(_ log: DecisionLog, range: Range<Int>) -> String? {
        guard let found = widening(log, range: range) else { return nil }
        return
            "The \(range.count) rows are of \(found.sessions) sessions, and every interval takes them as independent; counted by "
            + "session (--cluster session) the error of the mean is \(Diagnostics.short(found.factor)) times as large."
    }

    /// Names that are the same but for case or space at an end: one thing under two names has two posteriors.
    package static func ofNames(_ names: [String], what: String) -> String? {
        var spellings: [String: [String]] = [:]
        for name in names {
            let key = name.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
            spellings[key, default: []].append(name)
        }
        let alike = spellings.values.filter { $0.count > 1 }.map { $0.sorted() }.sorted { $0[0] < $1[0] }
        guard !alike.isEmpty else { return nil }
        let shown = alike.prefix(named).map { $0.map { "'\($0)'" }.joined(separator: " and ") }
        let rest = alike.count > named ? ", and \(alike.count - named) more" : ""
        return "\(what) that differ by case or space only count as different: \(shown.joined(separator: "; "))\(rest)."
    }

    /// Columns that some rows have and others lack.
    package static func ofColumns(_ log: DecisionLog) -> [String] {
        log.rows.targets.keys.sorted().compactMap { name in
            let column = log.rows.targets[name]!
            let absent = column.starts.indices.filter { column.starts[$0] == DistributionColumn.absent }
            guard let first = absent.first, absent.count < column.count else { return nil }
            return
                "target_probabilities.\(name) is missing from \(absent.count) of \(column.count) rows, the first of them on line "
                + "\(log.rows.line[first])."
        }
    }
}
