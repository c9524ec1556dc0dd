package import RoutingEngine

/// Keys of a store that another process may be serving from: for the command line.
///
/// It takes no router's lock; a running router notices within half a second.
package struct KeyDesk: Sendable {
    private let path: String

    /// Makes the store where it is missing.
    package init(path: String) throws(StoreError) {
        self.path = try StoreFile(preparing: path).path
        try Schema.migrate(self.path, busyTimeoutMS: Self.busyTimeoutMS)
    }

    private static let busyTimeoutMS: Int32 = 5000

    package func keys() throws(StoreError) -> KeySet {
        try KeyTable.load(Connection(path: path, access: .reading, busyTimeoutMS: Self.busyTimeoutMS))
    }

    /// Keeps a key. Its id and hash must be new.
    package func insert(_ key: APIKey) throws(StoreError) {
        try change { connection throws(StoreError) in try KeyTable.insert(key, connection) }
    }

    /// Revokes a key.
    ///
    /// - Returns: false where there is no such key.
    package func delete(_ id: String, at now: Timestamp) throws(StoreError) -> Bool {
        try change { connection throws(StoreError) in try KeyTable.delete(id, at: now, connection) }
    }

    /// Asks the router to remove a key's influence: the one that is running, or else the next that opens the store.
    package func requestQuarantine(keyID: String, at now: Timestamp) throws(StoreError) {
        try change { connection throws(StoreError) in
            let insert = try connection.statement("INSERT OR IGNORE INTO quarantine_request VALUES (?, ?)")
            insert.bind(1, keyID)
            insert.bind(2, now)
            try insert.run()
        }
    }

    private func change<Value>(_ body: (Connection) throws(StoreError) -> Value) throws(StoreError) -> Value {
        let connection = try Connection(path: path, access: .writing, busyTimeoutMS: Self.busyTimeoutMS)
        try connection.execute("PRAGMA synchronous = FULL; BEGIN IMMEDIATE")
        do throws(StoreError) {
            let value = try body(connection)
            try connection.execute("COMMIT")
            return value
        } catch {
            connection.rollBack()
            throw error
        }
    }
}
