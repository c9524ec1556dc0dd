package import RoutingEngine

/// The keys of a store, for programs beside the router: a router that has the store open takes changes up within a second.
package struct KeyFile {
    private let connection: Connection

    /// How long a change waits for the router's transactions, milliseconds.
    private static let patienceMS: Int32 = 5_000

    /// Opens a store, making the file where it is missing.
    package init(path: String) throws(StoreError) {
        let file = try StoreFile(preparing: path)
        try Schema.migrate(file.path, busyTimeoutMS: Self.patienceMS)
        connection = try Connection(path: file.path, access: .writing, busyTimeoutMS: Self.patienceMS)
        try connection.execute("PRAGMA synchronous = FULL")
    }

    package func keys() throws(StoreError) -> KeySet { try KeyTable.load(connection) }

    /// Keeps a key. Its id and hash must be new.
    package func insert(_ key: APIKey) throws(StoreError) {
        try inTransaction { connection throws(StoreError) in try KeyTable.insert(key, connection) }
    }

    /// Revokes a key.
    ///
    /// - Returns: false where there is no such key in force.
    package func delete(_ id: String, at now: Timestamp) throws(StoreError) -> Bool {
        try inTransaction { connection throws(StoreError) in try KeyTable.delete(id, at: now, connection) }
    }

    private func inTransaction<Value>(
        _ body: (Connection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try connection.execute("BEGIN IMMEDIATE")
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
