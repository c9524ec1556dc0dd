package import DecisionStore
import Dispatch
import Glibc
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import ProviderClient
package import RoutingEngine
import ServiceLifecycle
import WireFormats

/// The router as a server: opens the store, listens, serves until told to stop.
package final class GatewayServer: Service {
    package let runtime: RouterRuntime
    private let logger: Logger
    private let reload: @Sendable () async throws -> ReloadReport
    private let onListening: @Sendable (Int) -> Void
    private let files: FileBudget

    /// Opens the store and prepares everything but the socket.
    ///
    /// - Parameters:
    ///   - simulatedURL: base URL (with `/v1`) of the in-process provider, where the configuration names one.
    ///   - storeOptions: instead of those that follow from the configuration, for benchmarks.
    ///   - readConfiguration: reads the file anew, for reloads; throws with what is wrong with it.
    ///   - onListening: called once with the port.
    /// - Throws: ``StoreError``, ``SecretError`` or ``SetupError``, each one line that says what cannot be used and why.
    package init(
        _ configuration: RouterConfiguration, simulatedURL: String? = nil, logger: Logger,
        storeOptions: StoreOptions? = nil,
        clock: @escaping @Sendable () -> Timestamp = { WallClock.now() },
        readConfiguration: @escaping @Sendable () throws -> RouterConfiguration,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        files = FileBudget(configuration, raised: false)
        guard files.connections > 0 else { throw SetupError(description: files.warning ?? "") }
        // Before anything is opened: what is wrong with the file is told first.
        var setup = try GatewaySetup(configuration, simulatedURL: simulatedURL)
        let path = configuration.store.path
        let identity = try configuration.server.tls.map { definition throws(SetupError) in
            try ServerIdentity(definition)
        }
        let store = try DecisionStore(
            path: path, options: storeOptions ?? configuration.storeOptions, clock: clock)
        let hashing = try KeyHashing.load(path: configuration.secretPath)
        let keys = KeyRing(hashing: hashing)
        keys.replace(with: store.keys)
        let addedArms = AddedArms(store.addedArms)
        if !store.addedArms.isEmpty {
            var laidOver = configuration
            for arm in addedArms.apply(to: &laidOver) {
                logger.warning(
                    "An arm that was added while serving is left out: the configuration stands against it.",
                    metadata: ["arm": "\(arm.id)", "reason": "\(arm.reason)"])
            }
            setup = try GatewaySetup(laidOver, simulatedURL: simulatedURL)
        }
        var options = ProviderTransport.Options()
        options.maxConnections = files.connections
        options.answerBytes = configuration.server.answerBudget(memory: MemoryLimit.bytes())
        options.maxIdleConnections = min(options.maxIdleConnections, files.connections)
        let runtime = RouterRuntime(
            setup: setup, store: store, hashing: hashing, keys: keys, transport: ProviderTransport(options: options),
            addedArms: addedArms, simulatedURL: simulatedURL, identity: identity, clock: clock)
        self.runtime = runtime
        self.logger = logger
        self.onListening = onListening
        reload = { try await runtime.reload(try readConfiguration()) }
    }

    /// Serves under a file that was changed; the old configuration stays where the new one is not valid.
    package func reloadConfiguration() async {
        do {
            let report = try await reload()
            logger.notice("Configuration reloaded.", metadata: ["changed": "\(report.words)"])
        } catch {
            logger.error("Configuration not reloaded; the old one stays.", metadata: ["reason": "\(error)"])
        }
    }

    package func run() async throws {
        let configuration = runtime.setup.configuration.server
        if runtime.keys.isKeyless, !configuration.isLoopback {
            throw SetupError(
                description: "server.host \(configuration.host): without API keys the router listens on loopback only; "
                    + "make a key first (bandit-router keys create)")
        }
        if let warning = files.warning {
            logger.warning(
                "Fewer connections are served at once than server.max_connections allows.",
                metadata: ["reason": "\(warning)"])
        }
        await Self.openWhatOpensLate()
        let endpoints = endpoints
        let responder = EndpointResponder(
            keys: runtime.keys, maxBodyBytes: configuration.maxBodyBytes, bodies: runtime.bodies, clock: runtime.clock,
            logger: logger)
        let service = ChatService(
            runtime: runtime, endpoints: EndpointTable(endpoints, exchanges: ProxiedEndpoint.allCases))
        let application = Application(
            responder: responder.responder(endpoints),
            server: .hotPath(service, identity: runtime.identity),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil, backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(files.connections)),
            onServerRunning: { [onListening] channel in onListening(channel.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), logger: logger)
        await resumeLimits()
        await resumeSessions()
        let learning = Task { await learn() }
        defer { learning.cancel() }
        let paying = Task { [runtime, logger] in
            await runtime.keepCredentials { provider, error in
                logger.warning(
                    "A provider's credentials could not be had; its arms are not asked.",
                    metadata: ["provider": "\(provider)", "reason": "\(error)"])
            }
        }
        defer { paying.cancel() }
        let watching = Task { [runtime] in await ActivityWatch(runtime: runtime).run() }
        defer { watching.cancel() }
        let trimming = Task { await SpareMemory.keepLow() }
        defer { trimming.cancel() }
        do {
            // Streams of events never end by themselves; a router that stops does not wait for them.
            try await withGracefulShutdownHandler {
                try await application.run()
            } onGracefulShutdown: { [activity = runtime.activity] in
                activity.feed.close()
            }
        } catch {
            await close()
            throw Self.told(error, configuration)
        }
        await close()
    }

    /// A failure to listen, with the address that could not be had.
    private static func told(_ error: any Error, _ server: ServerDefinition) -> any Error {
        guard let error = error as? IOError else { return error }
        let address = "\(server.host):\(server.port)"
        switch error.errnoCode {
        case EADDRINUSE:
            return SetupError(description: "server.port: \(address) is in use by another program")
        case EACCES:
            return SetupError(description: "server.port: \(address) cannot be had: ports below 1024 need a privilege")
        case EADDRNOTAVAIL:
            return SetupError(description: "server.host: \(server.host) is no address of this machine")
        default: return error
        }
    }

    /// Every endpoint but those of the hot path, which are served before requests come here.
    private var endpoints: [Endpoint] {
        HealthEndpoints(runtime: runtime).endpoints + ReadingEndpoints(runtime: runtime).endpoints
            + FeedbackEndpoints(runtime: runtime).endpoints + DecisionEndpoints(runtime: runtime).endpoints
            + AdminEndpoints(runtime: runtime, reload: reload).endpoints + ArmEndpoints(runtime: runtime).endpoints
            + HistoryEndpoints(runtime: runtime).endpoints + DashboardEndpoints().endpoints
            + CountingEndpoints(runtime: runtime).endpoints + [DescriptionEndpoint.endpoint]
    }

    /// Every method and path that is served, as `GET /v1/models/:id`.
    package var operations: [String] {
        (endpoints.map { "\($0.method.rawValue) \($0.path)" } + ProxiedEndpoint.allCases.map { "POST \($0.path)" })
            .sorted()
    }

    /// Limits go on where the process before this one left them.
    private func resumeLimits() async {
        let now = runtime.clock()
        let recent = now - KeyLimiter.recentLength
        do throws(StoreError) {
            let history = try await runtime.store.resumeLimits(day: KeyLimiter.startOfDay(now), recent: recent)
            runtime.limiter.resume(history, limits: runtime.keys.limits, recent: recent, now: now)
        } catch {
            logger.error(
                "What was used before this start is not known; limits begin anew.", metadata: ["reason": "\(error)"])
        }
    }

    /// Has the system library open the files that it opens at their first use and cannot do without: it ends the process where there is
    /// none left for the timer of a clock.
    private static func openWhatOpensLate() async {
        try? await Task.sleep(for: .nanoseconds(1), clock: .continuous)
        try? await Task.sleep(for: .nanoseconds(1), clock: .suspending)
        await withCheckedContinuation { continuation in
            DispatchQueue.global().asyncAfter(deadline: .now() + .microseconds(1)) {
                DispatchQueue.global().asyncAfter(wallDeadline: .now() + .microseconds(1)) { continuation.resume() }
            }
        }
    }

    /// Conversations keep their arms.
    private func resumeSessions() async {
        do throws(StoreError) {
            runtime.engine.restore(try await runtime.store.sessionSeats())
        } catch {
            logger.error("Sessions begin anew.", metadata: ["reason": "\(error)"])
        }
    }

    private func close() async {
        await runtime.transport.shutdown()
        runtime.store.close()
        runtime.accessLog.close()
    }

    /// Publishes what was learned, and takes up keys made by other processes, some times a second.
    private func learn() async {
        var keys = runtime.store.keys
        var alarms = ClockAlarms()
        while !Task.isCancelled {
            runtime.publishIfNeeded()
            alarms.look(runtime, logger)
            let current = runtime.store.keys
            if current != keys {
                keys = current
                runtime.keys.replace(with: current)
            }
            try? await Task.sleep(for: .milliseconds(40))
        }
    }
}

extension RouterConfiguration {
    /// How the store is to behave under this configuration.
    package var storeOptions: StoreOptions {
        StoreOptions(
            metrics: feedback.allMetrics, feedbackWindow: feedback.window, retention: privacy.retention,
            halfLives: Dictionary(
                routes.compactMap { route in route.halfLife.map { (route.id, $0) } },
                uniquingKeysWith: { first, _ in first }),
            influenceCap: feedback.influenceCap, groupInfluenceCap: feedback.groupInfluenceCap,
            decideOnlyShare: feedback.decideOnlyWeight)
    }
}
