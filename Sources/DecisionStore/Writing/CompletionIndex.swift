/// Finds decisions by the `id` of their answer.
///
/// Ids are random, so that putting each into a B-tree at once would dirty one page a request: that cost as much as all else
/// together. New entries gather in memory instead, in slices by the hash's first bits, and one slice at a time is merged into
/// the table `completion`, in order, when it has enough to share its pages. What was not merged is read from the log at open.
final class CompletionIndex {
    private var slices = [[Entry]](repeating: [], count: CompletionIndex.count)
    private var nextSlice = 0
    /// The place in the log at which a slice was merged last.
    private var mergedAt: Int64 = 0

    /// A slice holds about as many as there are log entries between two of its merges: a thousand, which are looked through.
    private struct Entry {
        var hash: Int64
        var decision: Int64
    }

    static let count = 64
    /// Log entries between two merges of a slice.
    private static let interval: Int64 = 1024

    init(_ connection: Connection) throws(StoreError) {
        try reload(connection)
    }

    /// Reads from the log what is not in the table.
    func reload(_ connection: Connection) throws(StoreError) {
        slices = [[Entry]](repeating: [], count: Self.count)
        var merged = [Int64](repeating: 0, count: Self.count)
        let marks = try connection.statement("SELECT slice, seq FROM completion_slice")
        while try marks.step() {
            if merged.indices.contains(marks.int(0)) { merged[marks.int(0)] = marks.integer(1) }
        }
        for table in ["outcome", "serving"] {
            let rows = try connection.cursor(
                "SELECT seq, decision, completion_id FROM \(table) WHERE seq > ? AND completion_id IS NOT NULL ORDER BY seq"
            )
            rows.bind(1, merged.min() ?? 0)
            while try rows.step() {
                let hash = stableHash(rows.text(2))
                if rows.integer(0) > merged[Self.slice(hash)] { add(hash, rows.integer(1)) }
            }
        }
        nextSlice = merged.indices.min { merged[$0] < merged[$1] } ?? 0
        mergedAt = merged.max() ?? 0
    }

    private static func slice(_ hash: Int64) -> Int { Int(UInt64(bitPattern: hash) >> 58) }

    func add(_ hash: Int64, _ decision: Int64) {
        slices[Self.slice(hash)].append(Entry(hash: hash, decision: decision))
    }

    /// Forgets an entry of a decision that is deleted.
    func remove(_ hash: Int64, _ decision: Int64, _ connection: Connection) throws(StoreError) {
        slices[Self.slice(hash)].removeAll { $0.hash == hash && $0.decision == decision }
        let delete = try connection.statement("DELETE FROM completion WHERE hash = ? AND decision = ?")
        delete.bind(1, hash)
        delete.bind(2, decision)
        try delete.run()
    }

    /// Places of the decisions with this hash, oldest first. Their ids must still be compared.
    func decisions(_ hash: Int64, _ connection: Connection) throws(StoreError) -> [Int64] {
        let select = try connection.statement("SELECT decision FROM completion WHERE hash = ? ORDER BY decision")
        select.bind(1, hash)
        var found: [Int64] = []
        while try select.step() { found.append(select.integer(0)) }
        for entry in slices[Self.slice(hash)] where entry.hash == hash { found.append(entry.decision) }
        return found
    }

    /// Merges a slice where it is time; in the transaction that is open.
    ///
    /// - Parameter sequence: the last entry of the log.
    func mergeIfDue(_ connection: Connection, at sequence: Int64) throws(StoreError) {
        guard sequence - mergedAt >= Self.interval else { return }
        try merge(nextSlice, connection, at: sequence)
        mergedAt = sequence
        nextSlice = (nextSlice + 1) % Self.count
    }

    /// Merges everything, when the whole log up to a place is in the table or here.
    func mergeAll(_ connection: Connection, at sequence: Int64) throws(StoreError) {
        for slice in slices.indices { try merge(slice, connection, at: sequence) }
        mergedAt = sequence
    }

    private func merge(_ slice: Int, _ connection: Connection, at sequence: Int64) throws(StoreError) {
        let insert = try connection.statement("INSERT OR IGNORE INTO completion VALUES (?, ?)")
        for entry in slices[slice].sorted(by: { $0.hash < $1.hash }) {
            insert.bind(1, entry.hash)
            insert.bind(2, entry.decision)
            try insert.run()
        }
        let mark = try connection.statement("INSERT OR REPLACE INTO completion_slice VALUES (?, ?)")
        mark.bind(1, slice)
        mark.bind(2, sequence)
        try mark.run()
        slices[slice].removeAll(keepingCapacity: true)
    }
}
