import BanditCore
import RoutingEngine

/// Folds the whole log again and compares everything that was derived from it.
struct Verification {
    private let reader: LogReader
    private let options: StoreOptions
    private var connection: Connection { reader.connection }
    private var report = VerifyReport()

    /// Checks the store as of one instant; a router may go on writing meanwhile.
    static func run(_ reader: LogReader, options: StoreOptions) throws(StoreError) -> VerifyReport {
        var verification = Verification(reader: reader, options: options)
        do throws(StoreError) {
            try verification.pages()
            if try Mark.load(reader.connection) != nil {
                verification.report.report("an import was cut off: finish it, or `import --undo`")
            }
            guard verification.report.isEqual else { return verification.report }
            try verification.references()
            try verification.currentValues()
            try verification.state()
        } catch {
            guard error.code == .damaged else { throw error }
            verification.report.report(error.message)
        }
        return verification.report
    }

    private init(reader: LogReader, options: StoreOptions) {
        self.reader = reader
        self.options = options
    }

    private mutating func pages() throws(StoreError) {
        let row = try connection.cursor("PRAGMA integrity_check(100)")
        while try row.step() {
            let text = row.text(0)
            if text != "ok" { report.report("pages: \(text)") }
        }
    }

    /// No entry speaks of a decision that is not there.
    private mutating func references() throws(StoreError) {
        for table in ["outcome", "serving", "feedback_revision", "feedback", "attempt", "completion"] {
            let lost =
                try connection.integer(
                    "SELECT count(*) FROM \(table) t WHERE NOT EXISTS (SELECT 1 FROM decision d WHERE d.seq = t.decision)"
                ) ?? 0
            if lost > 0 { report.report("\(table): \(lost) rows without their decision") }
        }
        let uncounted =
            try connection.integer(
                """
                SELECT CASE WHEN EXISTS (SELECT 1 FROM snapshot WHERE kind = 1) THEN 0
                    ELSE (SELECT count(*) FROM outcome) - (SELECT coalesce(sum(requests), 0) FROM usage_hour) END
                """) ?? 0
        if uncounted != 0 { report.report("usage: counts differ from the log by \(uncounted) requests") }
    }

    /// The current value of each (decision, metric, source) is its last revision.
    private mutating func currentValues() throws(StoreError) {
        let differences = try connection.cursor(
            """
            SELECT r.decision, r.seq, f.seq FROM
                (SELECT decision, metric, source, max(seq) AS seq, value, author, counted FROM feedback_revision
                    GROUP BY decision, metric, source) r
                LEFT JOIN feedback f ON f.decision = r.decision AND f.metric = r.metric AND f.source = r.source
            WHERE f.seq IS NOT r.seq OR f.value IS NOT r.value OR f.author IS NOT r.author
                OR f.counted IS NOT (r.counted AND NOT EXISTS (
                    SELECT 1 FROM quarantine q WHERE q.author = r.author AND q.seq > r.seq))
            LIMIT 100
            """)
        while try differences.step() {
            report.report("feedback: the current value of decision \(differences.integer(0)) is not its last revision")
        }
        let surplus =
            try connection.integer(
                """
                SELECT (SELECT count(*) FROM feedback)
                    - (SELECT count(*) FROM (SELECT 1 FROM feedback_revision GROUP BY decision, metric, source))
                """) ?? 0
        if surplus != 0 { report.report("feedback: \(surplus) current values without a revision") }
    }

    /// The fold of the log from its beginning equals every snapshot on the way, and what opening the store would give at the end.
    private mutating func state() throws(StoreError) {
        let names = try NameTable.load(connection)
        let base = try Snapshot.base(connection, halfLives: options.halfLives)
        report.startsFromBase = base != nil
        var refold = Refold(connection, options: options, names: names, rule: reader.rule, from: base)
        var last: Snapshot?
        for sequence in try Snapshot.sequences(connection, fingerprint: options.fingerprint) {
            try refold.run(upTo: sequence)
            guard let snapshot = try Snapshot.shortcut(connection, fingerprint: options.fingerprint, upTo: sequence),
                snapshot.sequence == sequence
            else {
                report.report("snapshot \(sequence): cannot be read")
                continue
            }
            compare(snapshot.state, with: refold.fold.state, at: sequence)
            report.snapshots += 1
            last = snapshot
        }
        try refold.run()
        report.entries = refold.count
        report.sequence = try LogWriter.lastSequence(connection)
        var shortcut = Refold(connection, options: options, names: names, rule: reader.rule, from: last ?? base)
        try shortcut.run()
        compare(shortcut.fold.state, with: refold.fold.state, at: report.sequence)
        report.state = refold.fold.state
    }

    private mutating func compare(_ state: LearnerState, with fold: LearnerState, at sequence: Int64) {
        let pairs = fold.routes.map { ($0, state.route($0.name)) }
        for (route, other) in pairs {
            report.cells += route.categories.count * route.arms.count
            guard let other else {
                report.report("state at \(sequence): route \(route.name) is missing")
                continue
            }
            if other != route { reportCells(other, route, at: sequence) }
        }
        if state.encoded() != fold.encoded(), report.isEqual {
            report.report(
                "state at \(sequence): differs from the fold of the log (version \(state.version), \(fold.version))")
        }
    }

    private mutating func reportCells(_ state: LearnerState.Route, _ fold: LearnerState.Route, at sequence: Int64) {
        guard state.categories == fold.categories, state.arms == fold.arms else {
            return report.report("state at \(sequence): route \(fold.name) has other categories or arms than the log")
        }
        var found = false
        for (category, categoryName) in fold.categories.enumerated() {
            for (arm, armName) in fold.arms.enumerated() {
                let left = state.cells.reward(category: category, arm: arm, asOf: 0)
                let right = fold.cells.reward(category: category, arm: arm, asOf: 0)
                guard left != right else { continue }
                found = true
                report.report(
                    "state at \(sequence): \(fold.name)/\(categoryName)/\(armName) has \(left.count) rewards of sum "
                        + "\(left.sum), the log \(right.count) of sum \(right.sum)")
            }
        }
        if !found { report.report("state at \(sequence): route \(fold.name) differs in a sum other than its rewards") }
    }
}
