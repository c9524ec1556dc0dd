import CSQLite

/// One connection to the database file, with its prepared statements. Used by one thread at a time.
final class Connection {
    let path: String
    private let handle: OpaquePointer
    private var statements: [String: Statement] = [:]

    /// What a connection may do with the file.
    enum Access {
        case reading
        case writing
    }

    /// Opens an existing file.
    ///
    /// - Parameter vfs: name of a registered SQLite VFS; nil: the platform's.
    static var libraryVersion: String { String(cString: sqlite3_libversion()) }

    init(path: String, access: Access, busyTimeoutMS: Int32, vfs: String? = nil) throws(StoreError) {
        let flags =
            SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
            | (access == .reading ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE)
        var opened: OpaquePointer?
        let result = sqlite3_open_v2(path, &opened, flags, vfs)
        guard result == SQLITE_OK, let opened else {
            let detail = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw StoreError(sqlite: result, detail: detail, path: path)
        }
        handle = opened
        self.path = path
        sqlite3_busy_timeout(handle, busyTimeoutMS)
        if access == .writing, sqlite3_db_readonly(handle, "main") == 1 {
            // The deinitializer closes it.
            throw StoreError(.readOnly, "store \(path): the file is read-only")
        }
        // The pages of the log's end and of the merged indices; readers have the system's cache of the file behind them.
        let kibibytes = access == .reading ? 2048 : 8192
        try execute("PRAGMA cache_size = -\(kibibytes); PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF")
    }

    deinit {
        statements.removeAll()
        sqlite3_close_v2(handle)
    }

    // MARK: Write-ahead log

    /// Pages in the write-ahead log at the last commit of this connection, once ``countLogPages()`` was called.
    private(set) var logPages = 0

    /// Counts them, in the place of what SQLite does where the log has become long: that is then somebody else's to do.
    func countLogPages() {
        logPages = 0
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<Connection>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.logPages = Int(pages) }
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Moves pages of the log into the database, as many as no reader still needs in the log, without waiting for anybody.
    func checkpoint() {
        sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }

    // MARK: Statements

    /// The prepared statement of a text; made once. `sql` must be constant: nothing from outside is ever part of it.
    func statement(_ sql: String) throws(StoreError) -> Statement {
        if let known = statements[sql] { return known }
        let made = try Statement(sql, database: handle, path: path)
        statements[sql] = made
        return made
    }

    /// A statement of its own, for rows that are read while others are.
    func cursor(_ sql: String) throws(StoreError) -> Statement {
        try Statement(sql, database: handle, path: path)
    }

    /// Runs statements without parameters or rows.
    func execute(_ sql: String) throws(StoreError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
            throw StoreError(
                sqlite: sqlite3_extended_errcode(handle), detail: String(cString: sqlite3_errmsg(handle)), path: path)
        }
    }

    /// The single integer that a query without parameters yields; nil for NULL or no row.
    func integer(_ sql: String) throws(StoreError) -> Int64? {
        let statement = try statement(sql)
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInteger(0) : nil
    }

    /// Rows changed by the last statement.
    var changes: Int { Int(sqlite3_changes(handle)) }

    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Ends a transaction that failed. SQLite has often done so itself by then.
    func rollBack() {
        for statement in statements.values { statement.reset() }
        if isInTransaction { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
    }

    /// Runs `body` and gives up on its statements once `seconds` have passed.
    ///
    /// - Returns: false where it was given up.
    func withDeadline(_ passed: @escaping () -> Bool, _ body: () throws(StoreError) -> Void) throws(StoreError) -> Bool
    {
        let box = Box(passed)
        let context = Unmanaged.passUnretained(box).toOpaque()
        sqlite3_progress_handler(
            handle, 10_000,
            { context in
                guard let context else { return 0 }
                return Unmanaged<Box>.fromOpaque(context).takeUnretainedValue().passed() ? 1 : 0
            }, context)
        defer {
            sqlite3_progress_handler(handle, 0, nil, nil)
            withExtendedLifetime(box) {}
        }
        do throws(StoreError) {
            try body()
            return true
        } catch {
            if box.interrupted { return false }
            throw error
        }
    }

    private final class Box {
        private let test: () -> Bool
        private(set) var interrupted = false
        init(_ test: @escaping () -> Bool) { self.test = test }
        func passed() -> Bool {
            if test() { interrupted = true }
            return interrupted
        }
    }
}
