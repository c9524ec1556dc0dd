import BanditCore
import DecisionStore
import Foundation
import RoutingEngine
import Synchronization

/// A store in a folder of its own, with a clock that stands still until told otherwise.
final class StoreFixture: Sendable {
    static let start: Timestamp = 1_767_322_800_000_000  // 2026-01-02T03:00:00Z
    static let day: Timestamp = 86_400_000_000

    let folder: String
    private let time = Atomic<Timestamp>(StoreFixture.start)
    private let uptime = Atomic<Timestamp>(0)
    private let counter = Atomic<UInt64>(0)
    let options: StoreOptions

    init(_ options: StoreOptions = StoreFixture.options()) throws {
        self.options = options
        let base = FileManager.default.temporaryDirectory.appending(path: "store-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: base, withIntermediateDirectories: true)
        folder = base.path
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    static func options() -> StoreOptions {
        StoreOptions(metrics: [
            FeedbackMetric(id: "satisfaction", kind: .boolean, weight: 1),
            FeedbackMetric(id: "rating", kind: .scale(minimum: 1, maximum: 5), weight: 3),
        ])
    }

    var path: String { folder + "/store.sqlite" }
    var now: Timestamp { time.load(ordering: .relaxed) }
    func advance(by interval: Timestamp) {
        uptime.wrappingAdd(interval, ordering: .relaxed)
        time.wrappingAdd(interval, ordering: .relaxed)
    }
    /// Somebody sets the wall clock.
    func setClock(by interval: Timestamp) { time.wrappingAdd(interval, ordering: .relaxed) }

    func open(_ options: StoreOptions? = nil) throws -> DecisionStore {
        try DecisionStore(
            path: path, options: options ?? self.options, clock: { [self] in now },
            steadyClock: { [self] in uptime.load(ordering: .relaxed) })
    }

    /// A decision between two arms, made now.
    func decision(
        arm: String = "a", route: String = "auto", category: String = "code", kind: DecisionKind = .fresh,
        group: String = "", key: String? = nil, time: Timestamp? = nil
    ) -> Decision {
        let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
        let at = time ?? now
        return Decision(
            id: DecisionID(time: at, random: number &* 0x9E37_79B9_7F4A_7C15), time: at, route: route,
            category: category,
            kind: kind, arms: ["a", "b"], probabilities: [0.7, 0.3], arm: arm, propensity: arm == "a" ? 0.7 : 0.3,
            policy: "thompson", stateVersion: 0, stateTime: at - 40_000, keyID: key, keyGroup: group)
    }

    func outcome(
        of decision: Decision, served: String?, status: OutcomeStatus = .ok, completion: String? = nil,
        cost: NanoDollars? = 1_000_000
    ) -> Outcome {
        Outcome(
            decisionID: decision.id, time: decision.time + 800_000, status: status, servedArm: served,
            completionID: completion,
            attempts: served.map {
                [Attempt(arm: $0, succeeded: true, httpStatus: 200, latencyMS: 812.345, cost: cost)]
            } ?? [
                Attempt(
                    arm: decision.arm, succeeded: false, httpStatus: 500, error: "status", latencyMS: 3,
                    isArmFault: true)
            ],
            latencyMS: 815, firstByteMS: 200, promptTokens: 100, completionTokens: 50, cost: cost)
    }
}

extension DecisionStore {
    /// One piece of feedback on a decision.
    func submit(
        _ value: FeedbackValue, on decision: Decision, metric: String = "satisfaction", source: FeedbackSource = .user,
        comment: String? = nil, key: String? = nil, author: FeedbackAuthor = FeedbackAuthor(), at time: Timestamp? = nil
    ) async throws -> Result<FeedbackReceipt, FeedbackRefusal> {
        try await submitFeedback(
            [
                FeedbackSubmission(
                    target: .decision(decision.id), metric: metric, value: value, source: source, comment: comment,
                    idempotencyKey: key)
            ], author: author, received: time ?? decision.time + 1_000_000)[0]
    }

    /// Rewards learned of a cell: how many, and their sum.
    func rewards(_ arm: String, route: String = "auto", category: String = "code") -> (count: Double, sum: Double) {
        let state = learnerState
        guard let cell = state.existingAddress(route: route, category: category, arm: arm) else { return (0, 0) }
        let sums = state.routes[cell.route].cells.sums(.reward, category: cell.category, arm: cell.arm, asOf: 0)
        return (sums.count, sums.sum)
    }
}
