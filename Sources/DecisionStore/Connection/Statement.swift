import CSQLite

/// A prepared statement of the writer's connection.
///
/// The writer calls SQLite directly: on the path of every request a wrapped statement costs more than the insert itself.
/// Positions count from 1 for parameters and from 0 for columns, as in SQLite.
final class Statement {
    private let pointer: OpaquePointer
    private let database: OpaquePointer
    private let path: String

    /// SQLite copies what is bound before the call returns.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ sql: String, database: OpaquePointer, path: String) throws(StoreError) {
        var prepared: OpaquePointer?
        let result = sqlite3_prepare_v3(database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard result == SQLITE_OK, let prepared else {
            throw StoreError(
                sqlite: sqlite3_extended_errcode(database), detail: String(cString: sqlite3_errmsg(database)),
                path: path)
        }
        pointer = prepared
        self.database = database
        self.path = path
    }

    deinit { sqlite3_finalize(pointer) }

    // MARK: Parameters

    func bind(_ position: Int32, _ value: Int64) { sqlite3_bind_int64(pointer, position, value) }
    func bind(_ position: Int32, _ value: Int) { sqlite3_bind_int64(pointer, position, Int64(value)) }
    func bind(_ position: Int32, _ value: Double) { sqlite3_bind_double(pointer, position, value) }
    func bindNull(_ position: Int32) { sqlite3_bind_null(pointer, position) }

    func bind(_ position: Int32, _ value: Int64?) {
        if let value { bind(position, value) } else { bindNull(position) }
    }

    func bind(_ position: Int32, _ value: Int?) {
        if let value { bind(position, value) } else { bindNull(position) }
    }

    func bind(_ position: Int32, _ value: Double?) {
        if let value { bind(position, value) } else { bindNull(position) }
    }

    func bind(_ position: Int32, _ value: String?) {
        guard var value else { return bindNull(position) }
        _ = value.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                // An empty string may have no address, and no address would bind NULL.
                sqlite3_bind_text(
                    pointer, position, $0.baseAddress ?? Self.empty, Int32(clamping: $0.count), Self.transient)
            }
        }
    }

    func bind(_ position: Int32, blob bytes: UnsafeRawBufferPointer) {
        if bytes.isEmpty {
            sqlite3_bind_zeroblob(pointer, position, 0)
        } else {
            sqlite3_bind_blob(pointer, position, bytes.baseAddress, Int32(clamping: bytes.count), Self.transient)
        }
    }

    func bind(_ position: Int32, blob bytes: [UInt8]) { bytes.withUnsafeBytes { bind(position, blob: $0) } }

    /// Eight bytes a number, little-endian.
    func bind(_ position: Int32, numbers: [Double]) { numbers.withUnsafeBytes { bind(position, blob: $0) } }

    private nonisolated(unsafe) static let empty = UnsafePointer(
        UnsafeMutablePointer<CChar>.allocate(capacity: 1).initialized(to: 0))

    // MARK: Rows

    /// Goes to the next row; false, and ready to be used again, when there is none.
    func step() throws(StoreError) -> Bool {
        let result = sqlite3_step(pointer)
        if result == SQLITE_ROW { return true }
        if result == SQLITE_DONE {
            sqlite3_reset(pointer)
            return false
        }
        let error = StoreError(
            sqlite: sqlite3_extended_errcode(database), detail: String(cString: sqlite3_errmsg(database)), path: path)
        sqlite3_reset(pointer)
        throw error
    }

    /// Runs a statement that yields no rows.
    func run() throws(StoreError) {
        while try step() {}
    }

    /// Leaves the remaining rows unread.
    func reset() { sqlite3_reset(pointer) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(pointer, column) == SQLITE_NULL }
    func isInteger(_ column: Int32) -> Bool { sqlite3_column_type(pointer, column) == SQLITE_INTEGER }
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }
    func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(pointer, column)) }
    func double(_ column: Int32) -> Double { sqlite3_column_double(pointer, column) }
    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }
    func optionalInt(_ column: Int32) -> Int? { isNull(column) ? nil : int(column) }
    func optionalDouble(_ column: Int32) -> Double? { isNull(column) ? nil : double(column) }

    func text(_ column: Int32) -> String {
        guard let bytes = sqlite3_column_text(pointer, column) else { return "" }
        let count = Int(sqlite3_column_bytes(pointer, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func blob(_ column: Int32) -> [UInt8] {
        guard let bytes = sqlite3_column_blob(pointer, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(pointer, column))))
    }

    /// Calls `body` with the bytes of a BLOB, which are valid until the next step.
    func withBlob<Value>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        let bytes = sqlite3_column_blob(pointer, column)
        return body(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(pointer, column))))
    }
}

extension UnsafeMutablePointer {
    fileprivate func initialized(to value: Pointee) -> Self {
        initialize(to: value)
        return self
    }
}
