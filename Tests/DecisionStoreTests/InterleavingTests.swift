import BanditCore
import DecisionStore
import RoutingEngine
import Testing

/// One random history of feedback on a few decisions, and the facts that it comes to.
private struct History {
    /// Something that happens, in the order in which it reaches the store.
    enum Step {
        case feedback(FeedbackSubmission, late: Bool)
        case outcome(Outcome)
    }

    var decisions: [Decision] = []
    var steps: [Step] = []
    /// Each final value once.
    var finalFeedback: [FeedbackSubmission] = []
    var finalOutcomes: [Outcome] = []

    init(_ fixture: StoreFixture, route: String, random: inout Xoshiro256StarStar) {
        func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
        decisions = (0..<1 + pick(4)).map { _ in
            fixture.decision(arm: pick(2) == 0 ? "a" : "b", route: route, category: pick(2) == 0 ? "code" : "math")
        }
        // What is said of one (decision, metric, source) keeps its order; everything else may overtake everything.
        var lanes: [[Step]] = []
        for decision in decisions {
            if pick(3) > 0 {
                let outcome = fixture.outcome(of: decision, served: pick(4) == 0 ? "c" : decision.arm)
                lanes.append([.outcome(outcome)])
                finalOutcomes.append(outcome)
            }
            for metric in ["satisfaction", "rating"] {
                for source in FeedbackSource.allCases where pick(2) == 0 {
                    var lane: [Step] = []
                    var said: [FeedbackSubmission] = []
                    for _ in 0..<1 + pick(4) {
                        let value: FeedbackValue =
                            pick(4) == 0
                            ? .retraction : metric == "rating" ? .number(Double(1 + pick(5))) : .boolean(pick(2) == 0)
                        let key = pick(2) == 0 ? "key-\(random.next())" : nil
                        let item = FeedbackSubmission(
                            target: .decision(decision.id), metric: metric, value: value, source: source,
                            idempotencyKey: key)
                        lane.append(.feedback(item, late: false))
                        said.append(item)
                        // A retry of something said before, under its key, or the same thing twice in a row.
                        if pick(3) == 0,
                            let retried = said.filter({ $0.idempotencyKey != nil }).randomElement(using: &random)
                        {
                            lane.append(.feedback(retried, late: false))
                        }
                        if pick(3) == 0 { lane.append(.feedback(item, late: false)) }
                        if pick(5) == 0 {
                            var late = item
                            late.value = metric == "rating" ? .number(3) : .boolean(false)
                            late.idempotencyKey = nil
                            lane.append(.feedback(late, late: true))
                        }
                    }
                    lanes.append(lane)
                    if let last = said.last, last.value != .retraction { finalFeedback.append(last) }
                }
            }
        }
        while !lanes.isEmpty {
            let lane = pick(lanes.count)
            steps.append(lanes[lane].removeFirst())
            if lanes[lane].isEmpty { lanes.remove(at: lane) }
        }
    }
}

@Suite("Interleavings")
struct InterleavingTests {
    /// Plays a history, several pieces of feedback a transaction.
    private func play(_ history: History, to store: DecisionStore, window: Timestamp) async throws {
        for decision in history.decisions { store.record(decision) }
        var batch: [FeedbackSubmission] = []
        func flush() async throws {
            guard !batch.isEmpty, let time = history.decisions.map(\.time).max() else { return }
            _ = try await store.submitFeedback(batch, author: FeedbackAuthor(), received: time)
            batch = []
        }
        for step in history.steps {
            switch step {
            case .feedback(let item, late: false): batch.append(item)
            case .feedback(let item, late: true):
                try await flush()
                let answers = try await store.submitFeedback(
                    [item], author: FeedbackAuthor(), received: StoreFixture.start + 2 * window)
                #expect(try answers[0].get().status == .expired)
            case .outcome(let outcome):
                try await flush()
                store.record(outcome)
            }
        }
        try await flush()
    }

    private func compare(cases: Int, halfLife: Timestamp?, seed: UInt64) async throws {
        var made = StoreFixture.options()
        if let halfLife {
            made.halfLives = Dictionary(uniqueKeysWithValues: (0..<cases).map { ("route-\($0)", halfLife) })
        }
        let options = made
        let fixture = try StoreFixture(options)
        let reference = try StoreFixture(options)
        let store = try fixture.open()
        let plain = try reference.open()
        var random = Xoshiro256StarStar(seed: seed)
        let histories = (0..<cases).map { number in
            fixture.advance(by: 977_000)
            return History(fixture, route: "route-\(number)", random: &random)
        }
        // Histories do not touch each other's cells, so that they may share transactions.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<16 {
                group.addTask {
                    for history in stride(from: worker, to: cases, by: 16).map({ histories[$0] }) {
                        try await play(history, to: store, window: options.feedbackWindow)
                        for decision in history.decisions { plain.record(decision) }
                        for outcome in history.finalOutcomes { plain.record(outcome) }
                        _ = try await plain.submitFeedback(
                            history.finalFeedback, author: FeedbackAuthor(), received: fixture.now)
                    }
                }
            }
            try await group.waitForAll()
        }
        // An entry of its own: when it is in, so is everything before it.
        for one in [store, plain] { _ = await one.recordAndWait(fixture.decision(route: "last")) }

        let live = store.learnerState
        let expected = plain.learnerState
        var rewards = 0.0
        for number in 0..<cases {
            for category in ["code", "math"] {
                for arm in ["a", "b", "c"] {
                    let left = sums(live, "route-\(number)", category, arm, asOf: fixture.now)
                    let right = sums(expected, "route-\(number)", category, arm, asOf: fixture.now)
                    rewards += right.count
                    if halfLife == nil {
                        #expect(left == right, "case \(number) \(category) \(arm)")
                    } else {
                        #expect(
                            abs(left.count - right.count) < 1e-9 && abs(left.sum - right.sum) < 1e-9, "case \(number)")
                    }
                }
            }
        }
        #expect(rewards > Double(cases) / 2, "the histories reward something")
        store.close()
        let report = try StoreArchive(path: fixture.path, options: options).verify()
        #expect(report.isEqual, "\(report.problems)")
        #expect(report.entries > cases * 5)
    }

    private func sums(
        _ state: LearnerState, _ route: String, _ category: String, _ arm: String, asOf now: Timestamp
    ) -> SignalSums {
        guard let cell = state.existingAddress(route: route, category: category, arm: arm) else { return SignalSums() }
        return state.routes[cell.route].cells.reward(category: cell.category, arm: cell.arm, asOf: Double(now))
    }

    @Test(
        "2,000 interleavings of duplicates, replacements, retractions, retries and late posts learn exactly the final facts"
    )
    func exact() async throws { try await compare(cases: 2000, halfLife: nil, seed: 1) }

    @Test("with a half-life they learn the final facts to rounding")
    func decayed() async throws { try await compare(cases: 300, halfLife: 600_000_000, seed: 2) }
}
