import RoutingEngine

/// A store that was opened for writing: checked, brought to this schema, and folded.
struct OpenedLog {
    let log: LogWriter
    let fold: Fold
    let storeID: String
    let keys: KeySet
    let budgetBaselines: [String: BudgetBaseline]
    let addedArms: [AddedArm]
    /// Id of the last decision; nil in an empty log.
    let newestDecision: DecisionID?
    /// Place of the snapshot the fold began with.
    let snapshotSequence: Int64

    /// How long the check of the pages may take at open, seconds; `verify` checks them all.
    private static let checkSeconds = 0.3

    init(file: StoreFile, options: StoreOptions) throws(StoreError) {
        try Schema.migrate(file.path, busyTimeoutMS: options.busyTimeoutMS)
        let connection = try Connection(
            path: file.path, access: .writing, busyTimeoutMS: options.busyTimeoutMS, vfs: options.vfs)
        try connection.execute(
            "PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864")
        try Self.check(connection)
        try Mark.requireNone(connection)

        // A first transaction shows that the file can be written, before anything is promised.
        try connection.execute("BEGIN IMMEDIATE")
        let log: LogWriter
        do throws(StoreError) {
            log = try LogWriter(connection, options: options)
            try connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'beat'; COMMIT")
        } catch {
            connection.rollBack()
            throw error
        }
        let identifier = try connection.statement("SELECT value FROM meta WHERE key = 'store_id'")
        storeID = try identifier.step() ? identifier.text(0) : ""
        identifier.reset()
        keys = try KeyTable.load(connection)
        budgetBaselines = try BudgetTable.load(connection)
        addedArms = try AddedArmTable.load(connection)
        let newest = try connection.cursor("SELECT id FROM decision ORDER BY seq DESC LIMIT 1")
        newestDecision = try newest.step() ? newest.withBlob(0) { DecisionID(bytes: $0) } : nil

        let shortcut = try Snapshot.shortcut(connection, fingerprint: options.fingerprint, upTo: .max)
        let snapshot: Snapshot?
        if let shortcut {
            snapshot = shortcut
        } else {
            snapshot = try Snapshot.base(connection, halfLives: options.halfLives)
        }
        var refold = Refold(connection, options: options, names: log.names, rule: log.rule, from: snapshot)
        try refold.run()
        fold = refold.fold
        // Without a usable shortcut the next snapshot is due at once.
        snapshotSequence = shortcut?.sequence ?? (refold.count > 0 ? -options.snapshotEvery : 0)
        self.log = log
    }

    /// What tells one store from another, whatever their files are called; nil for a file that is none.
    static func storeID(of path: String, busyTimeoutMS: Int32) throws(StoreError) -> String? {
        let connection = try Connection(path: path, access: .reading, busyTimeoutMS: busyTimeoutMS)
        guard try connection.integer("SELECT count(*) FROM sqlite_master WHERE name = 'meta'") == 1 else { return nil }
        let row = try connection.cursor("SELECT value FROM meta WHERE key = 'store_id'")
        return try row.step() ? row.text(0) : nil
    }

    /// Looks for damage: the small tables whole, the rest as far as the time goes.
    private static func check(_ connection: Connection) throws(StoreError) {
        for table in ["meta", "name", "eligibility", "api_key", "snapshot", "quarantine"] {
            try verdict(of: "PRAGMA quick_check('\(table)')", connection)
        }
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: .seconds(checkSeconds))
        _ = try connection.withDeadline({ clock.now > deadline }) { () throws(StoreError) in
            try verdict(of: "PRAGMA quick_check(1)", connection)
        }
    }

    /// Throws where the pragma says anything but `ok`.
    static func verdict(of pragma: String, _ connection: Connection) throws(StoreError) {
        let row = try connection.cursor(pragma)
        while try row.step() {
            let text = row.text(0)
            guard text == "ok" else { throw StoreError(.damaged, "store \(connection.path): \(text)") }
        }
    }
}
