package import RoutingEngine

extension DecisionStore {
    /// Which arm each session was last given, the oldest first, from the newest part of the log.
    package func sessionSeats() async throws(StoreError) -> [(key: SessionTable.Key, seat: SessionTable.Seat)] {
        try await read { reader throws(StoreError) in try reader.sessionSeats() }
    }
}

extension LogReader {
    /// Entries of the log that are looked at.
    private static let sessionEntries: Int64 = 400_000

    func sessionSeats() throws(StoreError) -> [(key: SessionTable.Key, seat: SessionTable.Seat)] {
        let rows = try connection.cursor(ReadingQueries.sessions)
        rows.bind(1, try LogWriter.lastSequence(connection) - Self.sessionEntries)
        var seats: [(key: SessionTable.Key, seat: SessionTable.Seat)] = []
        while try rows.step() {
            seats.append(
                (
                    SessionTable.Key(
                        route: try name(rows.int(0)), group: try name(rows.int(1)), session: rows.text(2)),
                    SessionTable.Seat(arm: try name(rows.int(3)), category: try name(rows.int(4)))
                ))
        }
        return seats
    }
}
