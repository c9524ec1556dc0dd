import RoutingEngine

/// The table of keys. A deleted key keeps its row, revoked and without its hash: that there was one ends keyless mode for good.
enum KeyTable {
    static func insert(_ key: APIKey, _ connection: Connection) throws(StoreError) {
        let insert = try connection.statement(
            "INSERT INTO api_key VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)")
        insert.bind(1, key.id)
        insert.bind(2, key.name)
        insert.bind(3, key.group)
        insert.bind(4, blob: key.hash)
        insert.bind(5, key.scopes.joined(separator: " "))
        insert.bind(6, key.requestsPerMinute)
        insert.bind(7, key.tokensPerMinute)
        insert.bind(8, key.concurrent)
        insert.bind(9, key.costPerDay)
        insert.bind(10, key.created)
        insert.bind(11, key.expires)
        try insert.run()
    }

    /// - Returns: false where there is no such key in force.
    static func delete(_ id: String, at now: Timestamp, _ connection: Connection) throws(StoreError) -> Bool {
        // The hash is unique and must go; the id takes its place.
        let update = try connection.statement(
            "UPDATE api_key SET revoked = ?1, hash = CAST('revoked ' || id AS BLOB) WHERE id = ?2 AND revoked IS NULL")
        update.bind(1, now)
        update.bind(2, id)
        try update.run()
        return connection.changes == 1
    }

    static func load(_ connection: Connection) throws(StoreError) -> KeySet {
        var set = KeySet()
        let rows = try connection.statement(
            """
            SELECT id, name, key_group, hash, scopes, requests_per_minute, tokens_per_minute, concurrent, cost_per_day,
                created, expires, revoked
            FROM api_key ORDER BY created, id
            """)
        while try rows.step() {
            set.everHadKeys = true
            guard rows.isNull(11) else { continue }
            set.keys.append(
                APIKey(
                    id: rows.text(0), name: rows.text(1), group: rows.text(2), hash: rows.blob(3),
                    scopes: rows.text(4).split(separator: " ").map(String.init), requestsPerMinute: rows.optionalInt(5),
                    tokensPerMinute: rows.optionalInt(6), concurrent: rows.optionalInt(7),
                    costPerDay: rows.optionalInteger(8), created: rows.integer(9), expires: rows.optionalInteger(10)))
        }
        return set
    }
}
