import RoutingEngine

/// Folds the log again, from its rows: at open after the last snapshot, and from the beginning for `verify`.
///
/// The tables are read side by side in the order of `seq`; the credit rules are those of ``CreditedDecision``, the same value that
/// drives the live learner.
struct Refold {
    private let connection: Connection
    private let rule: RewardRule
    private let names: NameTable
    /// Everything up to here is in the state it began with.
    private let start: Int64
    /// Everything up to here was read.
    private var position: Int64
    private(set) var fold: Fold
    /// Current values of the decisions met that have any.
    private var entries: [Int64: [FeedbackEntry]] = [:]
    /// Entries of the log that were read.
    private(set) var count = 0

    /// - Parameter snapshot: where to begin; nil: with nothing learned.
    init(
        _ connection: Connection, options: StoreOptions, names: NameTable, rule: RewardRule, from snapshot: Snapshot?
    ) {
        self.connection = connection
        self.rule = rule
        self.names = names
        start = snapshot?.sequence ?? 0
        position = start
        fold = Fold(snapshot?.state ?? LearnerState(halfLives: options.halfLives), sequence: start)
    }

    /// Folds everything after where it is.
    ///
    /// - Parameter limit: the last entry to fold.
    mutating func run(upTo limit: Int64 = .max) throws(StoreError) {
        var cursors = [
            try LogCursor(.decision, connection, after: position, upTo: limit),
            try LogCursor(.serving, connection, after: position, upTo: limit),
            try LogCursor(.outcome, connection, after: position, upTo: limit),
            try LogCursor(.revision, connection, after: position, upTo: limit),
            try LogCursor(.quarantine, connection, after: position, upTo: limit),
        ]
        while let next = cursors.indices.filter({ cursors[$0].sequence != nil }).min(by: {
            cursors[$0].sequence ?? .max < cursors[$1].sequence ?? .max
        }) {
            let row = cursors[next].row
            switch cursors[next].table {
            case .decision: tell([CreditedDecision(row).decided], at: row.integer(0))
            case .serving: try serving(row)
            case .outcome: try outcome(row)
            case .revision: try revision(row)
            case .quarantine: try quarantine(row)
            }
            count += 1
            position = cursors[next].sequence ?? position
            try cursors[next].advance()
        }
    }

    private mutating func tell(_ events: [StoredEvent], at sequence: Int64) {
        fold.fold(events, sequence: sequence) { [names] in names.text($0) ?? "" }
    }

    private mutating func serving(_ row: Statement) throws(StoreError) {
        let sequence = row.integer(LogCursor.own)
        var decision = try credited(row, before: sequence)
        let events = decision.serve(row.int(LogCursor.own + 1), rule: rule)
        tell(events, at: sequence)
    }

    private mutating func outcome(_ row: Statement) throws(StoreError) {
        let sequence = row.integer(LogCursor.own)
        var decision = try credited(row, before: sequence)
        let stored = try StoredOutcome(row, LogCursor.own + 1, decision: decision.sequence, connection)
        let counts = row.int(LogCursor.own + 9) != 0
        tell(decision.end(stored, rule: rule, counts: counts), at: sequence)
    }

    private mutating func revision(_ row: Statement) throws(StoreError) {
        let sequence = row.integer(LogCursor.own)
        var decision = try credited(row, before: sequence)
        let entry = FeedbackEntry(
            metric: row.int(LogCursor.own + 1), source: row.int(LogCursor.own + 2),
            value: FeedbackValue(row, LogCursor.own + 3), author: row.int(LogCursor.own + 4),
            counted: row.int(LogCursor.own + 5) != 0, sequence: sequence)
        tell(decision.revise(entry, rule: rule), at: sequence)
        entries[decision.sequence] = decision.entries
    }

    private mutating func quarantine(_ row: Statement) throws(StoreError) {
        let sequence = row.integer(0)
        let author = row.int(1)
        let touched = try connection.cursor(
            "SELECT DISTINCT decision FROM feedback_revision WHERE author = ? AND seq < ? ORDER BY decision")
        touched.bind(1, author)
        touched.bind(2, sequence)
        var events: [StoredEvent] = []
        while try touched.step() {
            let select = try connection.statement(LogCursor.decision + " WHERE d.seq = ?")
            select.bind(1, touched.integer(0))
            defer { select.reset() }
            guard try select.step() else { continue }
            var decision = try credited(select, before: sequence)
            events += decision.discount(author: author, rule: rule)
            entries[decision.sequence] = decision.entries
        }
        events += try ReportedOutcomes.withdrawn(author: author, before: sequence, connection, rule: rule)
        tell(events, at: sequence)
    }

    /// What was known of a row's decision before a place in the log.
    private mutating func credited(_ row: Statement, before sequence: Int64) throws(StoreError) -> CreditedDecision {
        var decision = CreditedDecision(row)
        if !row.isNull(CreditedColumn.servingSequence), row.integer(CreditedColumn.servingSequence) < sequence {
            decision.hasServing = true
            decision.servedArm = row.int(CreditedColumn.servingArm)
        }
        if !row.isNull(CreditedColumn.outcomeSequence), row.integer(CreditedColumn.outcomeSequence) < sequence {
            decision.hasOutcome = true
            decision.servedArm = row.optionalInt(CreditedColumn.servedArm)
        }
        if let known = entries[decision.sequence] {
            decision.entries = known
        } else if decision.sequence <= start {
            decision.entries = try FeedbackEntry.standing(of: decision.sequence, asOf: start, connection)
            entries[decision.sequence] = decision.entries
        }
        return decision
    }
}

/// One table of the log, read in the order of `seq`. The decision's columns come first, then the entry's own.
struct LogCursor {
    enum Table {
        case decision
        case serving
        case outcome
        case revision
        case quarantine
    }

    let table: Table
    let row: Statement
    /// Place of the row it stands on; nil at the end.
    private(set) var sequence: Int64?

    /// First column of the entry itself.
    static let own = Int32(CreditedColumn.allCases.count)

    private static let decisionColumns = """
        SELECT \(CreditedColumn.all)
        """
    static let decision =
        decisionColumns + """
             FROM decision d LEFT JOIN serving s ON s.decision = d.seq LEFT JOIN outcome o ON o.decision = d.seq
            """

    init(_ table: Table, _ connection: Connection, after start: Int64, upTo limit: Int64) throws(StoreError) {
        self.table = table
        let sql: String
        switch table {
        case .decision:
            sql = """
                SELECT \(CreditedColumn.ofDecision) FROM decision d
                WHERE d.seq > ? AND d.seq <= ? ORDER BY d.seq
                """
        case .serving:
            sql =
                Self.decisionColumns + """
                    , s.seq, s.arm FROM serving s CROSS JOIN decision d ON d.seq = s.decision
                    LEFT JOIN outcome o ON o.decision = d.seq WHERE s.seq > ? AND s.seq <= ? ORDER BY s.seq
                    """
        case .outcome:
            sql =
                Self.decisionColumns + """
                    , o.seq, \(StoredOutcome.columns), coalesce(r.counted, 1)
                    FROM outcome o CROSS JOIN decision d ON d.seq = o.decision
                    LEFT JOIN serving s ON s.decision = d.seq LEFT JOIN reported r ON r.decision = d.seq WHERE o.seq > ? AND o.seq <= ? ORDER BY o.seq
                    """
        case .revision:
            sql =
                Self.decisionColumns + """
                    , f.seq, f.metric, f.source, f.value, f.author, f.counted
                    FROM feedback_revision f CROSS JOIN decision d ON d.seq = f.decision
                    LEFT JOIN serving s ON s.decision = d.seq LEFT JOIN outcome o ON o.decision = d.seq
                    WHERE f.seq > ? AND f.seq <= ? ORDER BY f.seq
                    """
        case .quarantine:
            sql = "SELECT seq, author FROM quarantine WHERE seq > ? AND seq <= ? ORDER BY seq"
        }
        row = try connection.cursor(sql)
        row.bind(1, start)
        row.bind(2, limit)
        try advance()
    }

    mutating func advance() throws(StoreError) {
        guard try row.step() else {
            sequence = nil
            return
        }
        sequence = row.integer(table == .decision || table == .quarantine ? 0 : Self.own)
    }
}

extension FeedbackEntry {
    /// The values that stood as of a place in the log, from the revisions.
    static func standing(
        of decision: Int64, asOf limit: Int64, _ connection: Connection
    ) throws(StoreError) -> [FeedbackEntry] {
        let rows = try connection.statement(
            """
            SELECT f.metric, f.source, f.value, f.author,
                f.counted AND NOT EXISTS (
                    SELECT 1 FROM quarantine q WHERE q.author = f.author AND q.seq > f.seq AND q.seq <= ?2),
                f.seq
            FROM feedback_revision f WHERE f.decision = ?1 AND f.seq <= ?2 ORDER BY f.seq
            """)
        rows.bind(1, decision)
        rows.bind(2, limit)
        var entries: [FeedbackEntry] = []
        while try rows.step() {
            let entry = FeedbackEntry(rows)
            entries.removeAll { $0.metric == entry.metric && $0.source == entry.source }
            entries.append(entry)
        }
        return entries
    }
}

extension StoredOutcome {
    /// The last of ``ReadingColumn``.
    static let columns = ReadingColumn.list(from: .outcomeStatus)

    /// From ``columns``, beginning at `column`.
    init(_ row: Statement, _ column: Int32, decision: Int64, _ connection: Connection) throws(StoreError) {
        guard let status = OutcomeStatus(number: row.int(column)), let inlined = Inlined(rawValue: row.int(column + 3))
        else {
            throw StoreError(.damaged, "store \(connection.path): an outcome has no status")
        }
        let served = row.optionalInt(column + 1)
        let cost = row.optionalInteger(column + 7)
        self.init(
            status: status, servedArm: served, attempts: [], latencyUS: row.optionalInteger(column + 6), cost: cost)
        let count = row.int(column + 2)
        if count > (inlined == .none ? 0 : 1) {
            let rows = try connection.statement(
                """
                SELECT arm, succeeded, http_status, error, latency_us, is_arm_fault, cost
                FROM attempt WHERE decision = ? ORDER BY number
                """)
            rows.bind(1, decision)
            while try rows.step() {
                attempts.append(
                    Attempt(
                        arm: rows.int(0), succeeded: rows.int(1) != 0, httpStatus: rows.optionalInt(2),
                        error: rows.optionalInt(3), latencyUS: rows.integer(4), isArmFault: rows.int(5) != 0,
                        cost: rows.optionalInteger(6)))
            }
        }
        if inlined != .none, let served {
            attempts.append(
                Attempt(
                    arm: served, succeeded: true, httpStatus: row.optionalInt(column + 4), error: nil,
                    latencyUS: row.integer(column + 5), isArmFault: false, cost: inlined == .withCost ? cost : nil))
        }
    }
}
