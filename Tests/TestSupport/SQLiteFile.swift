import CSQLite

/// Another program that has a SQLite file open: for what tests do to a store behind its back.
package final class SQLiteFile: @unchecked Sendable {
    private let handle: OpaquePointer

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package init(_ path: String) throws {
        var opened: OpaquePointer?
        guard sqlite3_open(path, &opened) == SQLITE_OK, let opened else {
            sqlite3_close_v2(opened)
            throw Failure(description: "\(path) cannot be opened")
        }
        handle = opened
        sqlite3_busy_timeout(handle, 5000)
    }

    deinit { sqlite3_close_v2(handle) }

    package func execute(_ sql: String) throws {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure }
    }

    /// The texts of a query's rows; parameters are NULL.
    package func rows(_ sql: String) throws -> [[String]] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { throw failure }
        defer { sqlite3_finalize(statement) }
        var rows: [[String]] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append(
                (0..<sqlite3_column_count(statement)).map { column in
                    sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
                })
        }
        return rows
    }

    private var failure: Failure { Failure(description: String(cString: sqlite3_errmsg(handle))) }
}
