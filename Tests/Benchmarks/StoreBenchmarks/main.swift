import DecisionStore
import Foundation
import Glibc
import RoutingEngine
import Synchronization

// The store's numbers: `swift run -c release StoreBenchmarks [EVENTS] [hot-path | fill FILE]`, 1,000,000 log entries by default; with
// `hot-path` only the path of a request, for profilers; with `fill` a store is left in FILE, a tenth of its decisions judged.

let events = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 1_000_000 : 1_000_000
let folder = FileManager.default.temporaryDirectory.appending(path: "store-benchmark-\(getpid())").path
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(atPath: folder) }
let isFilling = CommandLine.arguments.count > 3 && CommandLine.arguments[2] == "fill"
let path = isFilling ? CommandLine.arguments[3] : folder + "/store.sqlite"
let clock = ContinuousClock()

func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}

func open(_ path: String) throws -> DecisionStore {
    try DecisionStore(path: path, clock: { Workload.start })
}

/// 32 decisions wait, then 32 outcomes follow: the writer's batches under load. CPU of the whole process, the making of the
/// values subtracted.
func hotPath(_ store: DecisionStore, from first: Int, requests: Int) async {
    var made = 0
    let makingStart = cpuMicroseconds()
    for index in 0..<20_000 {
        let decision = Workload.decision(index)
        made += Workload.outcome(of: decision, index).attempts.count
    }
    let making = (cpuMicroseconds() - makingStart) / Double(made)
    let before = cpuMicroseconds()
    let start = clock.now
    for batch in 0..<requests / 32 {
        let base = first + batch * 32
        let decisions = (base..<base + 32).map(Workload.decision)
        await withCheckedContinuation { continuation in
            let left = Atomic<Int>(32)
            let counter = Counter(left)
            for decision in decisions {
                store.record(decision) { _ in if counter.decrement() { continuation.resume() } }
            }
        }
        for (offset, decision) in decisions.enumerated() {
            store.record(Workload.outcome(of: decision, base + offset))
        }
    }
    let elapsed = seconds(clock.now - start)
    let cpu = (cpuMicroseconds() - before) / Double(requests) - making
    print(
        "decision + outcome, batches of 32: \(rounded(cpu, 1)) µs CPU per request (making the values, \(rounded(making, 1)) µs, subtracted), \(Int(saturating: Double(requests) / elapsed)) requests/s"
    )
}

final class Counter: Sendable {
    private let left: Mutex<Int>
    init(_ start: borrowing Atomic<Int>) { left = Mutex(start.load(ordering: .relaxed)) }
    func decrement() -> Bool {
        left.withLock {
            $0 -= 1
            return $0 == 0
        }
    }
}

func feedback(_ decision: Decision, _ index: Int) -> FeedbackSubmission {
    FeedbackSubmission(
        target: .decision(decision.id), metric: "satisfaction", value: .boolean(Workload.random(index, 11) % 2 == 0),
        idempotencyKey: index % 2 == 0 ? "retry-\(Workload.random(index, 12))" : nil)
}

func durableFeedback(_ store: DecisionStore, clients: Int, each: Int, of decisions: Int) async throws {
    let before = cpuMicroseconds()
    let start = clock.now
    let latencies = try await withThrowingTaskGroup(of: [Double].self) { group in
        for client in 0..<clients {
            group.addTask {
                var times: [Double] = []
                for turn in 0..<each {
                    let index = (client * each + turn) % decisions
                    let item = feedback(Workload.decision(index), index)
                    let began = clock.now
                    let results = try await store.submitFeedback(
                        [item], author: FeedbackAuthor(keyID: "key_1"), received: Workload.start + 1)
                    guard case .success = results[0] else { fatalError("\(results[0])") }
                    times.append(seconds(clock.now - began) * 1000)
                }
                return times
            }
        }
        return try await group.reduce(into: []) { $0 += $1 }.sorted()
    }
    let elapsed = seconds(clock.now - start)
    print(
        "durable feedback, \(clients) clients: \(Int(saturating: Double(clients * each) / elapsed))/s, p50 \(rounded(quantile(latencies, 0.5))) ms, p99 \(rounded(quantile(latencies, 0.99))) ms, \(rounded((cpuMicroseconds() - before) / Double(clients * each), 1)) µs CPU each"
    )
}

let requests = events / 2 / 32 * 32
var store = try open(path)
await hotPath(store, from: 0, requests: requests)
if isFilling {
    for first in stride(from: 0, to: requests, by: 10_000) {
        let batch = stride(from: first, to: min(first + 10_000, requests), by: 10).map {
            feedback(Workload.decision($0), $0)
        }
        _ = try await store.submitFeedback(
            batch, author: FeedbackAuthor(keyID: "key_1"), received: Workload.start + 1)
    }
    store.close()
    try? FileManager.default.removeItem(atPath: folder)
    exit(0)
}
store.close()
print(
    "\(requests) decisions with outcomes: \(rounded(megabytes(path))) MB, \(Int(saturating: megabytes(path) * 1e6) / requests) bytes per decision"
)

func timeOpen(_ label: String) throws -> DecisionStore {
    let start = clock.now
    let store = try open(path)
    print("\(label): \(rounded(seconds(clock.now - start) * 1000, 0)) ms")
    return store
}

if CommandLine.arguments.contains("hot-path") { exit(0) }

store = try timeOpen("open with snapshot, \(requests * 2) log entries")
try await durableFeedback(store, clients: 32, each: 1000, of: requests)
let batch = (40_000..<50_000).map { feedback(Workload.decision($0 % requests), $0) }
let batchStart = clock.now
let results = try await store.submitFeedback(
    batch, author: FeedbackAuthor(keyID: "key_2"), received: Workload.start + 1)
print("batch of \(results.count): \(rounded(seconds(clock.now - batchStart) * 1000, 0)) ms")
store.close()

let verifyStart = clock.now
let report = try StoreArchive(path: path, options: StoreOptions()).verify()
print(
    "verify: \(report.entries) entries, \(report.snapshots) snapshots, \(rounded(seconds(clock.now - verifyStart))) s, equal: \(report.isEqual)"
)
let exportStart = clock.now
var lines = 0
try StoreArchive(path: path, options: StoreOptions()).forEachLoggedDecision { _ in lines += 1 }
print("stream of \(lines) decisions: \(rounded(seconds(clock.now - exportStart))) s")
store = try timeOpen("open again")
let usageStart = clock.now
let rows = try await store.usage(from: Workload.start + 1, by: [.arm, .category])
print(
    "usage of \(rows.reduce(0) { $0 + $1.requests }) requests: \(rounded(seconds(clock.now - usageStart) * 1000, 0)) ms"
)
let listStart = clock.now
let newest = try await store.decisions(DecisionFilter(arm: Workload.arms[3]), limit: 100)
print("list of \(newest.count): \(rounded(seconds(clock.now - listStart) * 1000)) ms")
store.close()
