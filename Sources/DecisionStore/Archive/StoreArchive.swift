package import RoutingEngine

/// A store that is only looked at, also while a router has it: for `verify`, `export`, `evaluate`, `explain`.
///
/// Each call sees the log as of one instant. A router that writes meanwhile is not disturbed, but its `-wal` file cannot shrink until
/// the call ends.
package struct StoreArchive: Sendable {
    let path: String
    let options: StoreOptions

    /// - Parameter options: those of the router; they decide what rewards are.
    /// - Throws: where there is no such file, or it cannot be read.
    package init(path: String, options: StoreOptions) throws(StoreError) {
        self.path = try StoreFile(existing: path).path
        self.options = options
        _ = try reader()
    }

    func reader() throws(StoreError) -> LogReader {
        try Schema.requireCurrent(path)
        return try LogReader(path: path, options: options)
    }

    /// Folds the whole log again, and compares it with everything that was derived from it, cell by cell and bit by bit.
    package func verify() throws(StoreError) -> VerifyReport {
        let connection = try reader()
        return try connection.transaction { reader throws(StoreError) in
            try Verification.run(reader, options: options)
        }
    }

    /// Calls `body` with each decision in the order of the log.
    package func forEachLoggedDecision(_ body: (StoredDecision) throws -> Void) throws {
        let reader = try reader()
        var failure: (any Error)?
        try reader.transaction { reader throws(StoreError) in
            do { try reader.forEachLoggedDecision(body) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// A decision with all that followed; nil where there is none of that id.
    package func decision(_ id: DecisionID) throws(StoreError) -> DecisionRecord? {
        try reader().transaction { reader throws(StoreError) in try reader.decision(id) }
    }

    /// Decisions in the log.
    package func decisionCount() throws(StoreError) -> Int {
        Int(try reader().connection.integer("SELECT count(*) FROM decision") ?? 0)
    }

    /// What had been learned when the log reached a place: the state a decision of that `stateVersion` was made from.
    ///
    /// - Returns: nil where that part of the log was deleted.
    package func learnerState(asOf sequence: Int64) throws(StoreError) -> LearnerState? {
        try reader().transaction { reader throws(StoreError) in try reader.state(asOf: sequence, options: options) }
    }
}

extension LogReader {
    func state(asOf sequence: Int64, options: StoreOptions) throws(StoreError) -> LearnerState? {
        var start = try Snapshot.shortcut(connection, fingerprint: options.fingerprint, upTo: sequence)
        if start == nil {
            start = try Snapshot.base(connection, halfLives: options.halfLives)
            if let base = start, base.sequence > sequence { return nil }
        }
        var refold = Refold(
            connection, options: options, names: try NameTable.load(connection), rule: rule, from: start)
        try refold.run(upTo: sequence)
        return refold.fold.state
    }

    /// The whole log, folded under other options.
    func fold(options: StoreOptions) throws(StoreError) -> Fold {
        let rule = try RewardRule(options) { text throws(StoreError) in try number(text) ?? -1 }
        var refold = Refold(
            connection, options: options, names: try NameTable.load(connection), rule: rule,
            from: try Snapshot.base(connection, halfLives: options.halfLives))
        try refold.run()
        return refold.fold
    }
}
