import CSQLite

/// What went wrong with the store: a code to act on and a sentence that names the file and the reason.
package struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The file or its folder cannot be opened or made.
        case cannotOpen = "cannot_open"
        /// Another router has the store, or another program holds its lock for longer than the busy timeout.
        case locked
        /// The file is no database, or its pages contradict each other.
        case damaged
        /// The file was written by a later version of the router.
        case newerSchema = "newer_schema"
        case diskFull = "disk_full"
        case readOnly = "read_only"
        case inputOutput = "input_output"
        /// The store is out of service for a reason reported before, or closed.
        case unavailable
        /// More work waits than the queue may hold.
        case queueFull = "queue_full"
        /// A single entry was refused by the database (too long, for example); the store itself is well.
        case rejected
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// Whether the store itself failed, rather than the one entry that was being written.
    var isFault: Bool { code != .rejected }

    /// Translates a result code of SQLite.
    ///
    /// - Parameters:
    ///   - result: an extended or primary result code that is not `SQLITE_OK`.
    ///   - detail: SQLite's own message.
    init(sqlite result: Int32, detail: String, path: String) {
        let code: Code
        switch result & 0xFF {
        case SQLITE_FULL: code = .diskFull
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: code = .readOnly
        case SQLITE_CORRUPT, SQLITE_NOTADB: code = .damaged
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: code = .locked
        case SQLITE_CANTOPEN: code = .cannotOpen
        case SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_RANGE: code = .rejected
        default: code = .inputOutput
        }
        self.init(code, "store \(path): \(detail) (SQLite \(result))")
    }
}
