import RoutingEngine

/// What a request left behind while the store could not be written.
struct WaitingEntry: Sendable {
    var id: DecisionID
    var decision: Decision?
    var servingArm: String?
    var completionID: String?
    var outcome: Outcome?

    var jobs: [Job] {
        var jobs: [Job] = []
        if let decision { jobs.append(.decision(decision, nil)) }
        if let servingArm { jobs.append(.serving(id, arm: servingArm, completionID: completionID, nil)) }
        if let outcome { jobs.append(.outcome(outcome, nil)) }
        return jobs
    }
}

/// Requests that wait to be written, the oldest first; when full, the oldest is dropped and counted, outcome and all.
struct WaitingRing: Sendable {
    private var entries: [WaitingEntry?]
    private var positions: [DecisionID: Int] = [:]
    /// Ever growing; the place of an entry is its position modulo the capacity.
    private var first = 0
    private var next = 0
    /// Requests lost for want of room.
    private(set) var dropped = 0

    init(capacity: Int) {
        precondition(capacity > 0, "a ring holds at least one entry")
        entries = []
        entries.reserveCapacity(min(capacity, 1024))
        self.capacity = capacity
    }

    private let capacity: Int

    var count: Int { next - first }
    var isEmpty: Bool { next == first }

    func contains(_ id: DecisionID) -> Bool { positions[id] != nil }
    subscript(id: DecisionID) -> WaitingEntry? { positions[id].flatMap { entries[$0 % capacity] } }

    mutating func append(_ decision: Decision) { change(decision.id) { $0.decision = decision } }

    mutating func append(_ outcome: Outcome) { change(outcome.decisionID) { $0.outcome = outcome } }

    mutating func append(serving arm: String, completionID: String?, of id: DecisionID) {
        change(id) {
            $0.servingArm = arm
            $0.completionID = completionID
        }
    }

    private mutating func change(_ id: DecisionID, _ body: (inout WaitingEntry) -> Void) {
        let position: Int
        if let known = positions[id] {
            position = known
        } else {
            if count == capacity {
                dropped += 1
                _ = removeFirst()
            }
            position = next
            next += 1
            positions[id] = position
            let slot = position % capacity
            if slot == entries.count { entries.append(nil) }
            entries[slot] = WaitingEntry(id: id)
        }
        if var entry = entries[position % capacity] {
            body(&entry)
            entries[position % capacity] = entry
        }
    }

    /// Takes out the oldest entries, `limit` at the most.
    mutating func take(_ limit: Int) -> [WaitingEntry] {
        var taken: [WaitingEntry] = []
        while taken.count < limit, !isEmpty {
            if let entry = removeFirst() { taken.append(entry) }
        }
        return taken
    }

    private mutating func removeFirst() -> WaitingEntry? {
        let slot = first % capacity
        first += 1
        guard let entry = entries[slot] else { return nil }
        entries[slot] = nil
        positions[entry.id] = nil
        return entry
    }

    /// Counts a request that was lost elsewhere.
    mutating func countDropped(_ requests: Int = 1) { dropped += requests }
}
