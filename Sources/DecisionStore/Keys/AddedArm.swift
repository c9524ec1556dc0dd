package import RoutingEngine

/// An arm that was added while serving, as it was described: kept, so that a reload and a restart find it again.
package struct AddedArm: Sendable, Equatable {
    package var id: String
    /// JSON, as `POST /v1/admin/arms` takes it.
    package var body: String
    package var added: Timestamp

    package init(id: String, body: String, added: Timestamp) {
        self.id = id
        self.body = body
        self.added = added
    }
}

/// The table `added_arm`.
enum AddedArmTable {
    /// In the order in which they were added.
    static func load(_ connection: Connection) throws(StoreError) -> [AddedArm] {
        let rows = try connection.cursor("SELECT id, body, added FROM added_arm ORDER BY added, id")
        var arms: [AddedArm] = []
        while try rows.step() {
            arms.append(AddedArm(id: rows.text(0), body: rows.text(1), added: rows.integer(2)))
        }
        return arms
    }

    static func put(_ arm: AddedArm, _ connection: Connection) throws(StoreError) {
        let insert = try connection.statement("INSERT OR REPLACE INTO added_arm VALUES (?, ?, ?)")
        insert.bind(1, arm.id)
        insert.bind(2, arm.body)
        insert.bind(3, arm.added)
        try insert.run()
    }

    static func delete(_ id: String, _ connection: Connection) throws(StoreError) {
        let delete = try connection.statement("DELETE FROM added_arm WHERE id = ?")
        delete.bind(1, id)
        try delete.run()
    }
}
