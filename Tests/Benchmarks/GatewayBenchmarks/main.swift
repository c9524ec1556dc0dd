import DecisionStore
import Foundation
import Gateway
import Logging
import RoutingEngine
import ServiceLifecycle
import SimulatedProvider
import Synchronization
import TestSupport

// What the decision log costs a chat request: two routers in this process, one that writes its log and one that does not, asked in turn
// by the same clients, in one run: `swift run -c release GatewayBenchmarks [ROUNDS]`.
//
// The provider answers from this process, too; with a latency of 0 it is the worst case, where the log's work cannot hide behind the
// provider's.

let rounds = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 30 : 30
let folder = FileManager.default.temporaryDirectory.appending(path: "gateway-benchmark-\(getpid())").path
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)

func configuration(_ name: String, port: Int) -> RouterConfiguration {
    RouterConfiguration(
        server: ServerDefinition(port: 0), store: StoreDefinition(path: "\(folder)/\(name).sqlite"),
        providers: [ProviderDefinition(id: "up", kind: .openai, baseURL: "http://127.0.0.1:\(port)/v1", apiKey: "sk")],
        arms: ["a", "b", "c", "d"].map {
            ArmDefinition(
                id: $0, provider: "up", model: "m-\($0)", contextWindow: 100_000, capabilities: [],
                price: ArmPrice(inputPerMillionUSD: 1, outputPerMillionUSD: 2))
        },
        routes: [RouteDefinition(id: "auto", arms: ["a", "b", "c", "d"], affinity: .none)])
}

/// Starts a router and says where it listens.
func start(_ name: String, provider: Int, keepsLog: Bool) async throws -> Int {
    let configuration = configuration(name, port: provider)
    var options = configuration.storeOptions
    options.keepsLog = keepsLog
    var logger = Logger(label: name)
    logger.logLevel = .error
    return try await withCheckedThrowingContinuation { continuation in
        do {
            let server = try GatewayServer(
                configuration, logger: logger, storeOptions: options, readConfiguration: { configuration },
                onListening: { continuation.resume(returning: $0) })
            Task { try await server.run() }
        } catch {
            continuation.resume(throwing: error)
        }
    }
}

let call = HTTPCall(
    "POST", "/v1/chat/completions",
    json:
        #"{"model":"auto","messages":[{"role":"user","content":"\#(String(repeating: "Why is the sky blue? ", count: 20))"}]}"#
)

/// Latencies of requests one after the other on each of several connections, microseconds.
func ask(_ port: Int, connections: Int, requests: Int) async throws -> [Double] {
    try await withThrowingTaskGroup(of: [Double].self) { group in
        for _ in 0..<connections {
            group.addTask {
                try await blocking {
                    let connection = try HTTPConnection(port: port)
                    defer { connection.close() }
                    var times: [Double] = []
                    for _ in 0..<requests {
                        let began = ContinuousClock.now
                        try connection.send(call)
                        guard try connection.readAnswer(to: "POST").status == 200 else { fatalError("not answered") }
                        times.append((ContinuousClock.now - began) / .microseconds(1))
                    }
                    return times
                }
            }
        }
        return try await group.reduce(into: []) { $0 += $1 }
    }
}

func quantile(_ values: [Double], _ q: Double) -> Double {
    let sorted = values.sorted()
    return sorted[min(sorted.count - 1, Int(saturating: q * Double(sorted.count)))]
}

func rounded(_ value: Double) -> String { String(format: "%.1f", value) }

for latency in [0.0, 20.0] {
    let provider = SimulatedProvider(
        models: ["a", "b", "c", "d"].map {
            SimulatedModel(id: "m-\($0)", latencyMedianMilliseconds: latency, answerTokens: 20...20)
        })
    let upstream = try await provider.start()
    let on = try await start("on-\(Int(saturating: latency))", provider: upstream, keepsLog: true)
    let off = try await start("off-\(Int(saturating: latency))", provider: upstream, keepsLog: false)
    for connections in [1, 32] {
        let requests = latency > 0 ? (connections == 1 ? 10 : 5) : connections == 1 ? 200 : 20
        for port in [on, off] { _ = try await ask(port, connections: connections, requests: requests) }
        var (with, without): ([Double], [Double]) = ([], [])
        var differences: [Double] = []
        for round in 0..<rounds {
            var medians: [Int: Double] = [:]
            for port in round % 2 == 0 ? [on, off] : [off, on] {
                let times = try await ask(port, connections: connections, requests: requests)
                medians[port] = quantile(times, 0.5)
                if port == on { with += times } else { without += times }
            }
            differences.append(medians[on]! - medians[off]!)
        }
        print(
            "provider \(Int(saturating: latency)) ms, \(connections) connections, \(with.count) requests each: "
                + "p50 \(rounded(quantile(with, 0.5))) µs with the log, \(rounded(quantile(without, 0.5))) without; "
                + "p99 \(rounded(quantile(with, 0.99))), \(rounded(quantile(without, 0.99))); "
                + "added p50, median over \(rounds) rounds: \(rounded(quantile(differences, 0.5))) µs "
                + "[\(rounded(quantile(differences, 0.25))), \(rounded(quantile(differences, 0.75)))]")
    }
    await provider.stop()
}
try? FileManager.default.removeItem(atPath: folder)
exit(0)
