import RoutingEngine

/// The learned state as of a place in the log.
struct Snapshot {
    var state: LearnerState
    var sequence: Int64
    var time: Timestamp
    var fingerprint: String

    enum Kind: Int {
        /// Spares the fold of what comes before it; may be deleted at any time.
        case shortcut = 0
        /// Holds what was learned from entries that are deleted; every fold of the log begins with it.
        case base = 1
    }

    /// Shortcuts kept, for opening and for looking back.
    static let kept = 64

    init(_ fold: Fold, at sequence: Int64, time: Timestamp, fingerprint: String) {
        state = fold.state
        self.sequence = sequence
        self.time = time
        self.fingerprint = fingerprint
    }

    private init?(_ row: Statement) {
        guard let state = try? LearnerState(decoding: row.blob(3)) else { return nil }
        self.state = state
        sequence = row.integer(0)
        time = row.integer(1)
        fingerprint = row.text(2)
    }

    func write(_ connection: Connection) throws(StoreError) {
        let insert = try connection.statement("INSERT OR REPLACE INTO snapshot VALUES (?, 0, ?, ?, ?)")
        insert.bind(1, sequence)
        insert.bind(2, time)
        insert.bind(3, fingerprint)
        insert.bind(4, blob: state.encoded())
        try insert.run()
        try connection.execute(
            "DELETE FROM snapshot WHERE kind = 0 AND seq NOT IN "
                + "(SELECT seq FROM snapshot WHERE kind = 0 ORDER BY seq DESC LIMIT \(Self.kept))")
    }

    /// The newest shortcut up to `limit` that was made under this fingerprint and can be read; nil without one.
    static func shortcut(
        _ connection: Connection, fingerprint: String, upTo limit: Int64
    ) throws(StoreError) -> Snapshot? {
        let rows = try connection.statement(
            """
            SELECT seq, time, fingerprint, state FROM snapshot
            WHERE kind = 0 AND fingerprint = ? AND seq <= ? AND seq >= coalesce((SELECT max(seq) FROM snapshot WHERE kind = 1), 0)
            ORDER BY seq DESC
            """)
        rows.bind(1, fingerprint)
        rows.bind(2, limit)
        defer { rows.reset() }
        while try rows.step() {
            if let snapshot = Snapshot(rows) { return snapshot }
        }
        return nil
    }

    /// Places of the shortcuts made under this fingerprint after the base, in order.
    static func sequences(_ connection: Connection, fingerprint: String) throws(StoreError) -> [Int64] {
        let rows = try connection.statement(
            """
            SELECT seq FROM snapshot
            WHERE kind = 0 AND fingerprint = ? AND seq >= coalesce((SELECT max(seq) FROM snapshot WHERE kind = 1), 0)
            ORDER BY seq
            """)
        rows.bind(1, fingerprint)
        var sequences: [Int64] = []
        while try rows.step() { sequences.append(rows.integer(0)) }
        return sequences
    }

    /// What was learned from deleted entries; nil where nothing was deleted.
    ///
    /// Rewards in it were weighed as the metrics were when they were folded. A base whose half-lives are not those of the
    /// configuration cannot be brought to them: its evidence is left out.
    static func base(_ connection: Connection, halfLives: [String: Timestamp]) throws(StoreError) -> Snapshot? {
        let rows = try connection.statement(
            "SELECT seq, time, fingerprint, state FROM snapshot WHERE kind = 1 ORDER BY seq DESC LIMIT 1")
        defer { rows.reset() }
        guard try rows.step() else { return nil }
        guard let snapshot = Snapshot(rows) else {
            throw StoreError(.damaged, "store \(connection.path): the base snapshot cannot be read")
        }
        return snapshot.state.halfLives == halfLives ? snapshot : nil
    }

    /// Makes the shortcut at `sequence` the base, and deletes what it replaces.
    static func promote(_ sequence: Int64, _ connection: Connection) throws(StoreError) {
        let insert = try connection.statement(
            """
            INSERT OR REPLACE INTO snapshot
            SELECT seq, 1, time, fingerprint, state FROM snapshot WHERE kind = 0 AND seq = ?
            """)
        insert.bind(1, sequence)
        try insert.run()
        let delete = try connection.statement("DELETE FROM snapshot WHERE seq < ?")
        delete.bind(1, sequence)
        try delete.run()
    }
}
