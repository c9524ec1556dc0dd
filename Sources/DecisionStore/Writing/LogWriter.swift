import RoutingEngine

/// Writes entries of the log in the transaction that is open, and says what the learner is to be told once it is committed.
///
/// Everything here belongs to the writer's thread. What is cached is valid for committed rows only: ``rollBack()`` drops it all.
final class LogWriter {
    let connection: Connection
    private(set) var options: StoreOptions
    private(set) var rule: RewardRule
    let feedbackSalt: UInt64
    private(set) var names: NameTable
    let completions: CompletionIndex
    private var lastEligibility: (arms: [String], excluded: [Exclusion], number: Int)?
    private var eligibilities: [EligibilityKey: Int] = [:]
    /// Decisions whose outcome has not come, so that it need not look them up; the oldest go first.
    private var open: [DecisionID: CreditedDecision] = [:]
    private var openOrder: [DecisionID] = []
    private var openHead = 0
    /// The last sequence number given out.
    private(set) var lastSequence: Int64
    /// What was written since the last commit, for the learner.
    private(set) var events: [(sequence: Int64, event: StoredEvent)] = []
    var usage: [UsageCell: UsageCounts] = [:]
    /// The statements of every request, kept at hand: looking one up by its text costs as much as binding it.
    let insertDecision: Statement
    let insertOutcome: Statement

    private static let openLimit = 8192

    struct EligibilityKey: Hashable {
        var arms: [String]
        var excluded: [String]
    }

    init(_ connection: Connection, options: StoreOptions) throws(StoreError) {
        self.connection = connection
        self.options = options
        var names = try NameTable.load(connection)
        // Metrics get their numbers here, in a transaction of the caller's.
        rule = try RewardRule(options) { text throws(StoreError) in
            try Self.number(text, in: &names, connection)
        }
        self.names = names
        completions = try CompletionIndex(connection)
        insertDecision = try connection.statement(Self.insertDecisionSQL)
        insertOutcome = try connection.statement(Self.insertOutcomeSQL)
        let salt = try connection.statement("SELECT value FROM meta WHERE key = 'feedback_salt'")
        defer { salt.reset() }
        feedbackSalt = try salt.step() ? UInt64(bitPattern: salt.integer(0)) : 0
        lastSequence = try Self.lastSequence(connection)
    }

    /// The largest sequence number in the log, whichever table it is in.
    static func lastSequence(_ connection: Connection) throws(StoreError) -> Int64 {
        try connection.integer(
            """
            SELECT max(
                coalesce((SELECT max(seq) FROM decision), 0), coalesce((SELECT max(seq) FROM serving), 0),
                coalesce((SELECT max(seq) FROM outcome), 0), coalesce((SELECT max(seq) FROM feedback_revision), 0),
                coalesce((SELECT max(seq) FROM quarantine), 0), coalesce((SELECT max(seq) FROM snapshot), 0))
            """) ?? 0
    }

    // MARK: Transactions

    func begin() throws(StoreError) {
        try connection.statement("BEGIN IMMEDIATE").run()
    }

    /// Commits, and hands out what the learner is to be told.
    func commit() throws(StoreError) -> [(sequence: Int64, event: StoredEvent)] {
        try flushUsage()
        try completions.mergeIfDue(connection, at: lastSequence)
        try connection.statement("COMMIT").run()
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// Undoes the open transaction and forgets all that was cached.
    func rollBack() throws(StoreError) {
        connection.rollBack()
        events.removeAll()
        usage.removeAll()
        eligibilities.removeAll()
        lastEligibility = nil
        forgetOpen()
        names = try NameTable.load(connection)
        try completions.reload(connection)
        lastSequence = try Self.lastSequence(connection)
    }

    func nextSequence() -> Int64 {
        lastSequence += 1
        return lastSequence
    }

    /// Gives out the places after this one next; only for entries whose places are given.
    func continueAfter(_ sequence: Int64) { lastSequence = sequence }

    func forgetEvents() { events.removeAll(keepingCapacity: true) }

    func tell(_ told: [StoredEvent], at sequence: Int64) {
        for event in told { events.append((sequence, event)) }
    }

    func tell(_ event: StoredEvent, at sequence: Int64) { events.append((sequence, event)) }

    /// Goes on under other options, whose metrics have numbers already.
    func configure(_ options: StoreOptions) throws(StoreError) {
        rule = try RewardRule(options) { [names] text throws(StoreError) in names.number(text) ?? -1 }
        self.options = options
    }

    // MARK: Names

    /// The number of a name, made where it is new.
    func number(_ text: String) throws(StoreError) -> Int {
        if let known = names.number(text) { return known }
        return try Self.number(text, in: &names, connection)
    }

    private static func number(
        _ text: String, in names: inout NameTable, _ connection: Connection
    ) throws(StoreError) -> Int {
        if let known = names.number(text) { return known }
        let insert = try connection.statement("INSERT INTO name (text) VALUES (?) RETURNING id")
        insert.bind(1, text)
        guard try insert.step() else { return 0 }
        let number = insert.int(0)
        _ = try insert.step()
        names.remember(text, as: number)
        return number
    }

    func text(_ number: Int) -> String { names.text(number) ?? "" }

    /// The number of an eligible set with its exclusions.
    func eligibility(arms: [String], excluded: [Exclusion]) throws(StoreError) -> Int {
        // Mostly all arms of a route, in the very array that its plan holds: then the comparison is one of addresses.
        if let last = lastEligibility, last.arms == arms, last.excluded == excluded { return last.number }
        let key = EligibilityKey(arms: arms, excluded: excluded.flatMap { [$0.arm, $0.reason.rawValue] })
        if let known = eligibilities[key] {
            lastEligibility = (arms, excluded, known)
            return known
        }
        var numbers: [String] = []
        for arm in arms { numbers.append(String(try number(arm))) }
        var reasons: [String] = []
        for exclusion in excluded { reasons.append("\(try number(exclusion.arm)) \(exclusion.reason.rawValue)") }
        let listed = numbers.joined(separator: ",")
        let left = reasons.joined(separator: ",")
        let insert = try connection.statement("INSERT OR IGNORE INTO eligibility (arms, excluded) VALUES (?, ?)")
        insert.bind(1, listed)
        insert.bind(2, left)
        try insert.run()
        let select = try connection.statement("SELECT id FROM eligibility WHERE arms = ? AND excluded = ?")
        select.bind(1, listed)
        select.bind(2, left)
        defer { select.reset() }
        guard try select.step() else { throw StoreError(.damaged, "store \(connection.path): eligibility not kept") }
        let number = select.int(0)
        // Sets are few; a catalogue that changes all day long must not fill the memory all the same.
        if eligibilities.count >= 4096 { eligibilities.removeAll() }
        eligibilities[key] = number
        return number
    }

    // MARK: Decisions that are not over

    func remember(_ id: DecisionID, _ decision: CreditedDecision) {
        open[id] = decision
        openOrder.append(id)
        if openOrder.count - openHead > Self.openLimit {
            open[openOrder[openHead]] = nil
            openHead += 1
            if openHead >= Self.openLimit {
                openOrder.removeFirst(openHead)
                openHead = 0
            }
        }
    }

    /// Replaces what is known of a decision, where it is remembered at all.
    func update(_ id: DecisionID, _ decision: CreditedDecision) {
        if open[id] != nil { open[id] = decision }
    }

    func forgetOpen() {
        open.removeAll()
        openOrder.removeAll()
        openHead = 0
    }

    func close(_ id: DecisionID) { open[id] = nil }

    /// What must be known to credit a decision; nil where there is none of that id.
    func credited(_ id: DecisionID) throws(StoreError) -> CreditedDecision? {
        if let known = open[id] { return known }
        return try CreditedDecision.load(id, connection)
    }
}
