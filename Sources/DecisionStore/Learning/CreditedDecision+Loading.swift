import RoutingEngine

extension CreditedDecision {
    private static let columns = """
        SELECT \(CreditedColumn.all)
        FROM decision d LEFT JOIN serving s ON s.decision = d.seq LEFT JOIN outcome o ON o.decision = d.seq
        """

    /// The decision of an id with its current values; nil where there is none.
    static func load(_ id: DecisionID, _ connection: Connection) throws(StoreError) -> CreditedDecision? {
        let row = try connection.statement(columns + " WHERE d.id = ?")
        id.withBytes { row.bind(1, blob: $0) }
        return try read(row, connection)
    }

    /// The decision of a place in the log with its current values; nil where there is none.
    static func load(sequence: Int64, _ connection: Connection) throws(StoreError) -> CreditedDecision? {
        let row = try connection.statement(columns + " WHERE d.seq = ?")
        row.bind(1, sequence)
        return try read(row, connection)
    }

    private static func read(_ row: Statement, _ connection: Connection) throws(StoreError) -> CreditedDecision? {
        defer { row.reset() }
        guard try row.step() else { return nil }
        var decision = CreditedDecision(row)
        if !row.isNull(CreditedColumn.servingSequence) {
            decision.hasServing = true
            decision.servedArm = row.int(CreditedColumn.servingArm)
        }
        if !row.isNull(CreditedColumn.outcomeSequence) {
            decision.hasOutcome = true
            decision.servedArm = row.optionalInt(CreditedColumn.servedArm)
        }
        let entries = try connection.statement(
            "SELECT metric, source, value, author, counted, seq FROM feedback WHERE decision = ?")
        entries.bind(1, decision.sequence)
        while try entries.step() { decision.entries.append(FeedbackEntry(entries)) }
        return decision
    }

    /// From ``CreditedColumn``, those of the decision alone: nothing has happened to it yet.
    init(_ row: Statement) {
        self.init(
            sequence: row.integer(CreditedColumn.sequence), time: row.integer(CreditedColumn.time),
            route: row.int(CreditedColumn.route), category: row.int(CreditedColumn.category),
            arm: row.int(CreditedColumn.arm),
            propensity: row.double(CreditedColumn.propensity),
            isDraw: row.int(CreditedColumn.kind) == DecisionKind.fresh.number, key: row.int(CreditedColumn.key),
            keyGroup: row.int(CreditedColumn.keyGroup), isDecideOnly: row.int(CreditedColumn.isDecideOnly) != 0,
            servedArm: row.int(CreditedColumn.arm))
    }
}

extension FeedbackEntry {
    /// From columns 0 ... 5 `metric, source, value, author, counted, seq`.
    init(_ row: Statement) {
        self.init(
            metric: row.int(0), source: row.int(1), value: FeedbackValue(row, 2), author: row.int(3),
            counted: row.int(4) != 0, sequence: row.integer(5))
    }
}

extension FeedbackValue {
    init(_ row: Statement, _ column: Int32) {
        if row.isNull(column) {
            self = .retraction
        } else if row.isInteger(column) {
            self = .boolean(row.integer(column) != 0)
        } else {
            self = .number(row.double(column))
        }
    }
}

extension Statement {
    func bind(_ position: Int32, _ value: FeedbackValue) {
        switch value {
        case .boolean(let yes): bind(position, yes ? 1 : 0)
        case .number(let number): bind(position, number)
        case .retraction: bindNull(position)
        }
    }
}

extension DecisionID {
    /// The sixteen bytes in network order, as stored: ids sort as their bytes do.
    func withBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian), body)
    }

    init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        self.init(
            high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}

/// Numbers under which the words of the log are stored; never to be changed.
extension DecisionKind {
    var number: Int {
        switch self {
        case .fresh: 0
        case .sticky: 1
        case .pinned: 2
        }
    }

    init?(number: Int) {
        switch number {
        case 0: self = .fresh
        case 1: self = .sticky
        case 2: self = .pinned
        default: return nil
        }
    }
}

extension OutcomeStatus {
    var number: Int {
        switch self {
        case .ok: 0
        case .error: 1
        case .cancelled: 2
        }
    }

    init?(number: Int) {
        switch number {
        case 0: self = .ok
        case 1: self = .error
        case 2: self = .cancelled
        default: return nil
        }
    }
}
