import BanditCore
import DecisionStore
import Foundation
import RoutingEngine
import Synchronization
import Testing

/// `kill -9` at random moments. The test starts this executable again, with ``CrashChild`` alone and a folder in the environment;
/// the child writes down every acknowledgement it got before the next request, and is killed in the middle of it.
@Suite("Killed", .serialized)
struct KillTests {
    static let variable = "BANDIT_ROUTER_CRASH_CHILD"

    /// An acknowledgement: a line of the child's file.
    private struct Acknowledged {
        var decisions: Set<DecisionID> = []
        var values: [DecisionID: Bool] = [:]

        init(_ path: String) throws {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            // A last line without its end was cut off by the kill.
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                let words = line.split(separator: " ")
                guard words.count >= 2, let id = DecisionID(words[1]) else { continue }
                if words[0] == "decision" { decisions.insert(id) } else { values[id] = words[2] == "true" }
            }
        }
    }

    @Test("whatever was acknowledged is there after kill -9, counted once, and verify agrees")
    func rounds() async throws {
        let fixture = try StoreFixture()
        let acknowledgements = fixture.folder + "/acknowledged"
        try Data().write(to: URL(fileURLWithPath: acknowledgements))
        var random = Xoshiro256StarStar(seed: 9)
        var lines = 0
        for round in 0..<8 {
            let child = Process()
            child.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            child.arguments = ["--testing-library", "swift-testing", "--filter", "CrashChild"]
            child.environment = ProcessInfo.processInfo.environment.merging([Self.variable: fixture.folder]) { $1 }
            child.standardOutput = FileHandle.nullDevice
            child.standardError = FileHandle.nullDevice
            try child.run()
            let goal = lines + 50 + Int(random.next() % 400)
            while child.isRunning {
                lines = try String(contentsOfFile: acknowledgements, encoding: .utf8).utf8.count {
                    $0 == UInt8(ascii: "\n")
                }
                if lines >= goal { break }
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(child.isRunning, "round \(round): the child ended by itself")
            kill(child.processIdentifier, SIGKILL)
            child.waitUntilExit()

            let acknowledged = try Acknowledged(acknowledgements)
            let store = try fixture.open()
            for id in acknowledged.decisions {
                #expect(try await store.decision(id) != nil, "decision \(id) was acknowledged")
            }
            var sum = 0.0
            for (id, value) in acknowledged.values {
                let record = try #require(try await store.decision(id))
                #expect(record.feedback.count == 1)
                // The child may have been killed before it wrote down the answer to its last correction.
                let kept = record.feedback.first?.value
                #expect(kept == .boolean(value) || kept == .boolean(true))
            }
            for arm in ["a", "b"] { sum += store.rewards(arm).count }
            var judged = 0
            let archive = try StoreArchive(path: fixture.path, options: fixture.options)
            try archive.forEachLoggedDecision { if $0.reward != nil { judged += 1 } }
            #expect(sum == Double(judged), "each judged decision counts once")
            #expect(judged >= acknowledged.values.count)
            let live = store.learnerState
            store.close()
            let report = try archive.verify()
            #expect(report.isEqual, "\(report.problems)")
            let again = try fixture.open()
            #expect(again.learnerState.encoded() == live.encoded())
            again.close()
        }
    }
}

@Suite("CrashChild", .enabled(if: ProcessInfo.processInfo.environment[KillTests.variable] != nil))
struct CrashChild {
    @Test("writes and writes down, until it is killed")
    func run() async throws {
        let folder = try #require(ProcessInfo.processInfo.environment[KillTests.variable])
        let file = open(folder + "/acknowledged", O_WRONLY | O_APPEND)
        @Sendable func acknowledge(_ line: String) {
            _ = (line + "\n").withCString { write(file, $0, strlen($0)) }
        }
        let start = Timestamp(saturating: Date().timeIntervalSince1970 * 1e6)
        var options = StoreFixture.options()
        // So few that it is killed in the middle of a checkpoint as well.
        options.checkpointPages = 40
        let store = try DecisionStore(
            path: folder + "/store.sqlite", options: options,
            clock: { Timestamp(saturating: Date().timeIntervalSince1970 * 1e6) })
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var generator = SystemRandomNumberGenerator()
                    while true {
                        let arm = worker % 2 == 0 ? "a" : "b"
                        let decision = Decision(
                            id: DecisionID(time: start, random: generator.next()), time: start, route: "auto",
                            category: "code", kind: .fresh, arms: ["a", "b"], probabilities: [0.5, 0.5], arm: arm,
                            propensity: 0.5, policy: "thompson", stateVersion: 0, stateTime: start)
                        guard case .stored = await store.recordAndWait(decision) else { continue }
                        acknowledge("decision \(decision.id)")
                        store.record(
                            Outcome(
                                decisionID: decision.id, time: start, status: .ok, servedArm: arm, completionID: "c",
                                cost: 5))
                        for value in [false, true] {
                            let answer = try? await store.submit(
                                .boolean(value), on: decision, key: "\(decision.id)\(value)", at: start)
                            guard case .success = answer else { continue }
                            acknowledge("feedback \(decision.id) \(value)")
                        }
                    }
                }
            }
        }
    }
}
