import DecisionStore
import Foundation
import RoutingEngine
import Testing

@Suite("evaluate --state, and evaluate on a store")
struct EvaluateStateTests {
    private func value(_ arguments: [String]) throws -> Double {
        let result = try SimulateProcess.run(
            ["evaluate"] + arguments + ["--policy", "best-mean", "--estimator", "dr", "--format", "json"])
        #expect(result.status == 0, "\(arguments): \(result.errors)")
        return try #require(EvaluationFixture.value(try EvaluationFixture.json(result.output), "best-mean", "dr"))
    }

    @Test("a frozen policy starts from the state, not from the log")
    func snapshot() throws {
        try SimulateProcess.withFolder { folder in
            let (log, state) = (folder.appending(path: "log.jsonl").path(), folder.appending(path: "state").path())
            try EvaluationFixture.write(EvaluationFixture.rows(800), to: log)
            // Trained on the log it takes b (0.7); the state says a (0.3).
            #expect(abs(try value([log]) - 0.7) < 0.12)
            try Data(EvaluationFixture.contrary().encoded()).write(to: URL(filePath: state))
            #expect(abs(try value([log, "--state", state]) - 0.3) < 0.1)
            // Nothing of the log is used up for training.
            let result = try SimulateProcess.run([
                "evaluate", log, "--state", state, "--policy", "thompson", "--format", "json",
            ])
            let found = try EvaluationFixture.json(result.output)["log"] as? [String: Any]
            #expect(found?["rows_used"] as? Int == 800 && found?["rows_used_for_training"] == nil)
        }
    }

    @Test("a state of several routes needs to be told which; a file that is none is bad input")
    func mistakes() throws {
        try SimulateProcess.withFolder { folder in
            let (log, state) = (folder.appending(path: "log.jsonl").path(), folder.appending(path: "state").path())
            try EvaluationFixture.write(EvaluationFixture.rows(800), to: log)
            try Data(EvaluationFixture.contrary(routes: ["auto", "other"]).encoded()).write(to: URL(filePath: state))
            func run(_ extra: [String]) throws -> (status: Int32, output: String, errors: String) {
                try SimulateProcess.run(["evaluate", log, "--policy", "thompson"] + extra)
            }
            let vague = try run(["--state", state])
            #expect(vague.status == 2 && vague.errors.contains("routes auto, other; say which with --route"))
            let wrong = try run(["--state", state, "--route", "third"])
            #expect(wrong.status == 2 && wrong.errors.contains("no route 'third'"))
            #expect(abs(try value([log, "--state", state, "--route", "other"]) - 0.3) < 0.1)
            try Data("no snapshot".utf8).write(to: URL(filePath: state))
            #expect(try run(["--state", state]).status == 3)
            #expect(try run(["--state", folder.appending(path: "nowhere").path()]).status == 3)
        }
    }

    @Test("a live store is read as a log and as a state, and not written to")
    func store() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "store.sqlite").path()
        let start: Timestamp = 1_767_322_800_000_000
        let options = StoreOptions(metrics: [FeedbackMetric(id: "satisfaction", kind: .boolean, weight: 1)])
        let store = try DecisionStore(path: path, options: options, clock: { start + 3_600_000_000 })
        var submissions: [FeedbackSubmission] = []
        for (index, row) in EvaluationFixture.rows(600).enumerated() {
            let time = start + Timestamp(index) * 1_000_000
            let decision = Decision(
                id: DecisionID(time: time, random: UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15), time: time,
                route: "auto",
                category: row.category, kind: .fresh, arms: ["a", "b"], probabilities: [0.5, 0.5], arm: row.arm,
                propensity: 0.5, policy: "thompson", stateVersion: 0, stateTime: time)
            _ = await store.recordAndWait(decision)
            _ = await store.recordAndWait(
                Outcome(
                    decisionID: decision.id, time: time + 1_000, status: .ok, servedArm: row.arm, completionID: nil,
                    attempts: [Attempt(arm: row.arm, succeeded: true, httpStatus: 200, latencyMS: 5, cost: 1_000)],
                    latencyMS: 5, firstByteMS: 2, promptTokens: 1, completionTokens: 1, cost: 1_000))
            submissions.append(
                FeedbackSubmission(
                    target: .decision(decision.id), metric: "satisfaction", value: .boolean(row.reward == 1),
                    source: .user, comment: nil, idempotencyKey: nil))
        }
        _ = try await store.submitFeedback(submissions, author: FeedbackAuthor(), received: start + 1_800_000_000)
        let log = folder.appending(path: "log.jsonl").path()
        try EvaluationFixture.write(EvaluationFixture.rows(600), to: log)
        // The log's own rewards from the open store, to the last digit those of the same log in lines.
        func logged(_ source: String) throws -> Double {
            let result = try SimulateProcess.run(["evaluate", source, "--policy", "logged", "--format", "json"])
            #expect(result.status == 0, "\(result.errors)")
            return try #require(EvaluationFixture.value(try EvaluationFixture.json(result.output), "logged", "ips"))
        }
        #expect(try logged(path) == logged(log))
        // As a state: what the store learned is what the log says, so the better arm.
        #expect(abs(try value([log, "--state", path]) - 0.7) < 0.1)
        store.close()
        let before = try Data(contentsOf: URL(filePath: path))
        #expect(try logged(path) == logged(log))
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
    }
}
