import Hummingbird
import Logging
import NIOCore
import Synchronization

/// A provider of simulated models on a port of the loopback, in this process: for the demo, tests and load.
///
/// It speaks OpenAI's API (`/v1/chat/completions`, `/v1/embeddings`, `/v1/models`) and Anthropic's (`/v1/messages`). What it
/// answers depends on the seed, the model, the body and how many calls the model had, on nothing else. Faults are scripted in
/// process (`script`), by `POST /_script`, or by a suffix of the model's name; `GET /_calls` and `calls` tell what was asked. How good
/// a model's answers are is not in them: simulated users ask `quality`, which `POST /_quality` changes.
package final class SimulatedProvider: Sendable {
    package let models: [SimulatedModel]
    let seed: UInt64
    /// Multiplies the models' own times, not scripted ones.
    let timeScale: Double
    /// Other keys, and none, are answered with 401; `nil`: any is taken.
    let apiKey: String?
    let log = CallLog()
    /// Qualities that were changed while it runs, by model and category; `nil`: of all categories.
    private let changedQuality = Mutex<[String: [String?: Double]]>([:])
    private let host: String
    private let requestedPort: Int

    private enum Phase {
        case idle
        case running(Task<Void, any Error>)
    }

    private let phase = Mutex(Phase.idle)

    /// - Parameter port: 0: the system chooses one.
    package init(
        models: [SimulatedModel] = SimulatedModel.demo, seed: UInt64 = 0, timeScale: Double = 1, apiKey: String? = nil,
        host: String = "127.0.0.1", port: Int = 0
    ) {
        precondition(timeScale >= 0 && timeScale.isFinite, "a time scale is not negative")
        precondition(Set(models.map(\.id)).count == models.count, "two simulated models have the same id")
        self.models = models
        self.seed = seed
        self.timeScale = timeScale
        self.apiKey = apiKey
        self.host = host
        requestedPort = port
    }

    /// Serves until `stop`; returns the port when connections are accepted.
    /// - Throws: where the port cannot be bound.
    package func start() async throws -> Int {
        let (ports, port) = AsyncStream<Int>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let task = Task {
            defer { port.finish() }
            try await serve { port.yield($0) }
        }
        phase.withLock { phase in
            guard case .idle = phase else { preconditionFailure("the simulated provider is running already") }
            phase = .running(task)
        }
        for await port in ports { return port }
        phase.withLock { $0 = .idle }
        try await task.value
        throw CancellationError()
    }

    /// Serves until the task is cancelled; `onRunning` gets the port.
    package func run(onRunning: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
        try await serve(onRunning: onRunning)
    }

    /// Closes all connections and the port.
    package func stop() async {
        let task = phase.withLock { phase -> Task<Void, any Error>? in
            guard case .running(let task) = phase else { return nil }
            phase = .idle
            return task
        }
        task?.cancel()
        _ = await task?.result
    }

    // MARK: - For the demo and for tests

    /// The probability that a model's answer to a query of a category satisfies its user; 0 for a model that is not there.
    package func quality(of model: String, category: String) -> Double {
        let changed = changedQuality.withLock { $0[model] }
        if let quality = changed?[category] ?? changed?[nil] { return quality }
        guard let found = models.first(where: { $0.id == model }) else { return 0 }
        return found.quality[category] ?? found.defaultQuality
    }

    /// Makes a model better or worse from now on, also by `POST /_quality`.
    ///
    /// - Parameters:
    ///   - quality: in [0, 1].
    ///   - category: `nil`: for all, but those that were changed by name.
    package func setQuality(_ quality: Double, of model: String, category: String?) {
        precondition(0...1 ~= quality, "a quality is a probability")
        changedQuality.withLock { $0[model, default: [:]][category] = quality }
    }

    /// Models are as good as they were made.
    package func resetQuality() { changedQuality.withLock { $0.removeAll() } }

    /// What holds for the next calls of a model, in order, after what was scripted before.
    package func script(_ plans: [FaultPlan], for model: String) { log.script(plans, for: model) }

    /// Forgets what was scripted and not yet used.
    package func clearScripts() { log.clearScripts() }

    /// The last calls, at most 10,000, oldest first.
    package var calls: [RecordedCall] { log.calls }

    package func forgetCalls() { log.removeAll() }

    /// The first call, past or to come, that the condition holds for; it is asked when a call comes and when it ends.
    package func call(where condition: @escaping @Sendable (RecordedCall) -> Bool) async -> RecordedCall {
        await log.call(where: condition)
    }

    private func serve(onRunning: @escaping @Sendable (Int) async -> Void) async throws {
        var logger = Logger(label: "simulated-provider")
        // Cut connections are its trade.
        logger.logLevel = .critical
        let application = Application(
            router: makeRouter(),
            server: .http1(configuration: .init(additionalChannelHandlers: [LeavingClientHandler()])),
            configuration: .init(
                address: .hostname(host, port: requestedPort), serverName: nil, backlog: 1_024, reuseAddress: true),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) }, logger: logger)
        try await application.run()
    }
}
