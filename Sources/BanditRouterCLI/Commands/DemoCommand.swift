import ArgumentParser
import Foundation
import Gateway
import Logging
import ServiceLifecycle
import SimulatedProvider
import Synchronization

/// The real router with simulated models and users, to watch it learn. Needs no API key.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Watch the router learn: simulated models, simulated users, no API keys.",
        discussion: """
            The router is the real one and can be used beside its simulated users: send it a chat with curl or an SDK. What \
            it learns is kept in the store of the configuration; a second start goes on from there. It prints the address of the \
            dashboard and commands to try: make a model worse, take it down, ask and judge yourself.
            """)

    @Option(name: .customLong("config"), help: ArgumentHelp("The configuration file.", valueName: "file"))
    var path = "Config/demo.yaml"
    @Option(help: "The port to listen on, instead of the file's; 0: any free one.")
    var port: Int?
    @Option(help: "The store's file, instead of the file's.")
    var store: String?
    @Option(help: "Requests of the simulated users a second.")
    var rate: Double = 40
    @Option(help: "End after so many requests; otherwise Ctrl-C ends.")
    var requests: Int?
    @Option(help: "Seed of the simulated users.")
    var seed: UInt64 = UInt64.random(in: 0...UInt64(UInt32.max))

    func validate() throws {
        guard rate > 0, rate <= 10_000 else { throw ValidationError("--rate must be above 0, at most 10000") }
        if let requests, requests < 1 { throw ValidationError("--requests must be 1 or more") }
    }

    func run() async throws {
        var options = ConfigurationOptions()
        options.path = path
        var loaded = try options.load().configuration
        if let port { loaded.server.port = port }
        if let store { loaded.store.path = store }
        let configuration = loaded
        let logger = RouterHost.makeLogger(level: .error)
        do {
            let (ports, listening) = AsyncStream<Int>.makeStream()
            let router = try await RouterHost(
                configuration, logger: logger, readConfiguration: { configuration },
                onListening: { listening.yield($0) })
            guard let provider = router.simulated else {
                throw SetupError(description: "\(path): the demo needs a provider of kind simulated")
            }
            let tally = DemoTally()
            let stage = DemoStage(
                ports: ports, host: configuration.server.host,
                providerAddress: String((router.simulatedURL ?? "").dropLast("/v1".count)),
                runtime: router.server.runtime, provider: provider, tally: tally, rate: rate, requests: requests,
                seed: seed)
            try await router.run(beside: [stage])
        } catch {
            RouterHost.refuse(error)
        }
    }
}

/// Waits for the router's port, then lets the users in and shows what happens until they are done.
private struct DemoStage: Service {
    let ports: AsyncStream<Int>
    let host: String
    let providerAddress: String
    let runtime: RouterRuntime
    let provider: SimulatedProvider
    let tally: DemoTally
    let rate: Double
    let requests: Int?
    let seed: UInt64

    func run() async throws {
        var port: Int?
        for await number in ports.cancelOnGracefulShutdown() {
            port = number
            break
        }
        guard let port else { return }
        let address = "http://\(host):\(port)"
        let users = DemoUsers(
            baseURL: address + "/v1", provider: provider, rate: rate, requests: requests, seed: seed, tally: tally)
        let maker = DemoScreenMaker(runtime: runtime, provider: provider, address: address)
        let display = DemoDisplay(
            isTerminal: isatty(1) == 1, hints: DemoView.hints(router: address, provider: providerAddress))
        let clock = ContinuousClock()
        let start = clock.now
        @Sendable func screen() -> DemoScreen {
            maker.screen(tally.current, seconds: (clock.now - start) / .seconds(1))
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await users.run() }
            group.addTask {
                try? await cancelWhenGracefulShutdown {
                    while !Task.isCancelled {
                        display.show(screen())
                        try await Task.sleep(for: display.interval)
                    }
                }
            }
            await group.next()
            group.cancelAll()
        }
        display.show(screen())
        display.end()
    }
}

/// Redraws in place on a terminal, prints a line now and then elsewhere.
private struct DemoDisplay: Sendable {
    let isTerminal: Bool
    /// What to try; the dashboard's address is the first of them.
    let hints: [String]

    var interval: Duration { isTerminal ? .milliseconds(500) : .seconds(5) }

    init(isTerminal: Bool, hints: [String]) {
        self.isTerminal = isTerminal
        self.hints = hints
        if !isTerminal { write(hints.joined(separator: "\n") + "\n\n") }
        // The alternate screen leaves what was on the terminal before as it was.
        if isTerminal { write("\u{1B}[?1049h\u{1B}[?25l") }
    }

    func show(_ screen: DemoScreen) {
        guard !screen.rows.isEmpty else { return }
        if isTerminal {
            let colour = ProcessInfo.processInfo.environment["NO_COLOR"] == nil
            let (rows, columns) = Self.terminalSize
            let frame = DemoView.frame(screen, colour: colour, columns: columns)
            // More lines than the terminal has would push the frame out of it; long ones take several.
            let hintRows = hints.reduce(0) { $0 + max(1, ($1.count + columns - 1) / columns) }
            let fits = frame.count + hintRows + 2 < rows
            let lines = (fits ? hints + [""] : Array(hints.prefix(1))) + frame
            write("\u{1B}[H" + lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J")
        } else {
            write(DemoView.line(screen) + "\n")
        }
        if isTerminal { last.withLock { $0 = screen } }
    }

    private static var terminalSize: (rows: Int, columns: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
            return (24, 80)
        }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    /// Gives the terminal back and leaves the last state on it.
    func end() {
        guard isTerminal else { return }
        write("\u{1B}[?25h\u{1B}[?1049l")
        if let screen = last.withLock({ $0 }) {
            write(DemoView.frame(screen, colour: false).joined(separator: "\n") + "\n")
        }
    }

    private func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
}

private let last = Mutex<DemoScreen?>(nil)
