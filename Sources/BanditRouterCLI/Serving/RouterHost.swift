import Foundation
import Gateway
import Logging
import RoutingEngine
import ServiceLifecycle
import SimulatedProvider
import UnixSignals

/// The router in this process, with the simulated provider where the configuration names one: what `serve` and `demo` run.
struct RouterHost {
    let server: GatewayServer
    let simulated: SimulatedProvider?
    /// Base URL of the simulated provider, with `/v1`; nil where none runs.
    let simulatedURL: String?
    let logger: Logger
    private let grace: Duration

    /// Opens everything but the port.
    ///
    /// - Throws: what cannot be used, and why, in one line.
    init(
        _ configuration: RouterConfiguration, logger: Logger,
        readConfiguration: @escaping @Sendable () throws -> RouterConfiguration,
        onListening: @escaping @Sendable (Int) -> Void
    ) async throws {
        FileBudget.raiseLimit()
        self.logger = logger
        grace = configuration.server.shutdownGrace
        let simulatedProviders = Set(configuration.providers.filter { $0.kind == .simulated }.map(\.id))
        var simulatedURL: String?
        if simulatedProviders.isEmpty {
            simulated = nil
        } else {
            let known = SimulatedModel.demo
            let asked = Set(configuration.arms.filter { simulatedProviders.contains($0.provider) }.map(\.model))
            let others = asked.subtracting(known.map(\.id)).sorted().map {
                SimulatedModel(id: $0, latencyMedianMilliseconds: 20, latencySpread: 0.3, tokensPerSecond: 500)
            }
            let provider = SimulatedProvider(models: known + others)
            simulatedURL = "http://127.0.0.1:\(try await provider.start())/v1"
            simulated = provider
        }
        self.simulatedURL = simulatedURL
        do {
            server = try GatewayServer(
                configuration, simulatedURL: simulatedURL, logger: logger, readConfiguration: readConfiguration,
                onListening: onListening)
        } catch {
            await simulated?.stop()
            throw error
        }
    }

    /// Serves until SIGTERM or SIGINT, then finishes what is in flight, up to the configured grace.
    ///
    /// - Parameter others: services that live beside the server and stop before it.
    func run(beside others: [any Service] = []) async throws {
        var configuration = ServiceGroupConfiguration(
            services: ([server] + others).map {
                .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = grace
        let group = ServiceGroup(configuration: configuration)
        let server = server
        // Trapped before anybody can know the port: a signal that comes early must not end the process.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let reloads = Task {
            for await _ in hangups { await server.reloadConfiguration() }
        }
        defer { reloads.cancel() }
        do {
            try await group.run()
        } catch is CancellationError {
            logger.warning("Requests were still in flight after the shutdown grace; they were cut off.")
        }
        await simulated?.stop()
    }

    /// Logs go to stderr, so that stdout belongs to the commands.
    static func makeLogger(level: Logger.Level, format: LogFormat = .text) -> Logger {
        var logger = Logger(label: "bandit-router") { label in
            switch format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label: label)
            }
        }
        logger.logLevel = level
        return logger
    }

    /// Prints one line about what cannot be used and leaves with the code for bad input.
    static func refuse(_ error: any Error) -> Never {
        FileHandle.standardError.write(Data("bandit-router: \(error)\n".utf8))
        exit(3)
    }
}
