package import RoutingEngine

/// What was said in an exchange: kept only where `privacy.store_content` asks for it, and deleted with its decision.
package struct DecisionContent: Sendable, Equatable {
    /// What is longer is not kept, bytes each.
    package static let limitBytes = 1 << 20
    /// What may wait for the writer, bytes in all; content that finds no room is left out and counted.
    package static let waitingLimitBytes = 32 << 20

    package var decisionID: DecisionID
    /// The body of the request as the client sent it; nil where it is too long.
    package var request: [UInt8]?
    /// The body of the answer as the client got it: JSON, or the events of a stream as far as they went; nil where there was none, or
    /// it is too long.
    package var answer: [UInt8]?

    package init(decisionID: DecisionID, request: [UInt8]?, answer: [UInt8]?) {
        self.decisionID = decisionID
        self.request = request
        self.answer = answer
    }

    var byteCount: Int { (request?.count ?? 0) + (answer?.count ?? 0) }
}

extension LogWriter {
    /// Keeps what was said; of an unknown decision nothing is kept.
    func write(_ content: DecisionContent) throws(StoreError) {
        guard let decision = try credited(content.decisionID) else { return }
        let insert = try connection.statement("INSERT OR REPLACE INTO content VALUES (?, ?, ?)")
        insert.bind(1, decision.sequence)
        for (position, bytes) in [(Int32(2), content.request), (3, content.answer)] {
            if let bytes { insert.bind(position, blob: bytes) } else { insert.bindNull(position) }
        }
        try insert.run()
    }
}

extension LogReader {
    /// What was said; nil where nothing was kept.
    func content(_ id: DecisionID) throws(StoreError) -> DecisionContent? {
        let row = try connection.statement(ReadingQueries.content)
        id.withBytes { row.bind(1, blob: $0) }
        defer { row.reset() }
        guard try row.step() else { return nil }
        return DecisionContent(
            decisionID: id, request: row.isNull(0) ? nil : row.withBlob(0) { Array($0) },
            answer: row.isNull(1) ? nil : row.withBlob(1) { Array($0) })
    }
}

extension DecisionStore {
    /// Keeps what was said in a decision's exchange, in one of the next transactions. Given before the decision's outcome it needs no
    /// look into the log.
    package func keep(_ content: DecisionContent) {
        if keepsLog { writer.inbox.keep(content) }
    }

    /// What was said in a decision's exchange; nil where nothing was kept.
    package func content(_ id: DecisionID) async throws(StoreError) -> DecisionContent? {
        try await read { reader throws(StoreError) in try reader.content(id) }
    }
}
