import ArgumentParser
import Foundation
import Gateway
import Logging

/// Serves until told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the OpenAI-compatible API.",
        discussion: """
            SIGTERM finishes what is in flight (up to server.shutdown_grace) and ends; SIGHUP reads the configuration again. \
            Exit 3: the configuration, the store or the port cannot be used.
            """)

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "The address to listen on, instead of the file's server.host.")
    var host: String?
    @Option(help: "The port to listen on, instead of the file's server.port; 0: any free one.")
    var port: Int?
    @Option(help: "trace, debug, info, notice, warning or error.")
    var logLevel = LogLevelOption.info

    func run() async throws {
        let (loaded, warnings) = try options.load()
        let logger = RouterHost.makeLogger(level: logLevel.level, format: loaded.logging.format)
        for warning in warnings {
            switch loaded.logging.format {
            case .text: FileHandle.standardError.write(Data("warning: \(warning)\n".utf8))
            // Whoever reads the log as JSON reads every line of it so.
            case .json: logger.warning("Configuration.", metadata: ["problem": "\(warning)"])
            }
        }
        do {
            let router = try await RouterHost(
                effective(loaded), logger: logger,
                readConfiguration: { [self] in
                    effective(
                        try loadConfiguration(path: options.path, environment: ProcessInfo.processInfo.environment)
                            .configuration)
                },
                onListening: { [server = effective(loaded).server] port in
                    let scheme = server.tls == nil ? "http" : "https"
                    logger.notice("Listening.", metadata: ["url": "\(scheme)://\(server.host):\(port)"])
                })
            if router.server.runtime.keys.isKeyless {
                logger.notice("No API keys: serving loopback only, to everybody on this machine.")
            }
            try await router.run()
        } catch {
            RouterHost.refuse(error)
        }
    }

    /// Flags beat the file.
    private func effective(_ configuration: RouterConfiguration) -> RouterConfiguration {
        var configuration = configuration
        if let host { configuration.server.host = host }
        if let port { configuration.server.port = port }
        return configuration
    }
}

/// How much is logged, least severe first.
enum LogLevelOption: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error

    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}
