import Foundation
import Glibc
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    /// The router under a clock that somebody sets while it serves.
    @Suite(
        "clocks that are wrong",
        .enabled(if: FakeClock.library != nil, "clang, which comes with Swift, is not in the path"))
    struct ClockTests {
        private static let file = RouterFile(
            policy: "{ kind: thompson }",
            routeKeys: ["forgetting: { half_life: 3m }", "affinity: none", "budget: { usd_per_day: 1000 }"],
            sections: ["limits: { requests_per_minute: 1000000, usd_per_day: 1000 }"])

        /// Some chats with feedback; whatever the clock, each is answered, and feedback counts.
        private func use(_ world: World, _ count: Int, _ when: String) async throws {
            for index in 0..<count {
                let answer = try await world.chat(index % 3 == 0 ? #""stream":true"# : "")
                #expect(answer.status == 200, "\(when): \(answer.text)")
                let id = answer.header("x-bandit-decision-id")
                _ = try await world.settled(id)
                let judged = try await world.feedback(id, index % 2 == 0 ? "true" : "false")
                #expect(judged.status == 200, "\(when): \(judged.text)")
            }
        }

        @Test(
            "a clock that jumps under load, back, and is right again after a restart: nothing stops, nothing is lost, verify agrees",
            // An hour, a day, 91 days either way; three days; and 74 years, into the year 2100.
            arguments: [-1 / 24.0, 1 / 24.0, -1, 1, -91, 91, 3, 27_000])
        func jumps(offset: Double) async throws {
            let clock = try FakeClock()
            let provider = makeProvider()
            let port = try await provider.start()
            let folder = clock.folder
            try folder.write(Self.file.text(folder: folder.path, upstream: port), to: "router.yaml")
            func start() async throws -> World {
                let router = try RouterProcess(
                    ["serve", "--config", folder("router.yaml")], environment: clock.environment)
                let line = try #require(
                    try await router.errors.line(containing: "Listening."), "\(router.errors.text)")
                let url = try #require(line.firstRange(of: "http://127.0.0.1:"))
                let port = try #require(Int(line[url.upperBound...].prefix { $0.isNumber }))
                return World(folder: folder, provider: provider, router: router, port: port)
            }
            func stop(_ world: World) async throws {
                #expect(world.router.isRunning, "\(offset): \(world.router.errors.text.suffix(2000))")
                world.router.signal(SIGTERM)
                let status = await world.router.exitStatus()
                #expect(status == 0, "\(offset): \(world.router.errors.text.suffix(2000))")
            }
            do {
                var world = try await start()
                try await use(world, 6, "before")
                // Load goes on while the clock is set.
                let serving = world
                async let load: Void = use(serving, 12, "while the clock is set to \(offset)")
                try clock.set(days: offset)
                try await load
                let posterior = try await world.cell("a")
                #expect(posterior["mean"].number.map { $0 > 0 && $0 < 1 } ?? false, "\(posterior)")
                try clock.set(days: 0)
                try await use(world, 6, "set right")
                let ids = try await world.get("/v1/decisions?limit=100").json["data"].list.compactMap {
                    $0["decision_id"].string
                }
                #expect(ids.count == 24 && ids == ids.sorted(by: >), "ids are in the order of the log: \(ids)")
                try clock.set(days: offset)
                try await stop(world)

                // Down while wrong, up while right: the case that stopped every start.
                try clock.set(days: 0)
                world = try await start()
                try await use(world, 6, "after the restart")
                #expect(try await world.get("/health/ready").status == 200)
                #expect(try await world.get("/metrics").status == 200)
                #expect(
                    try await eventually {
                        try await world.get("/v1/decisions?limit=100").json["data"].list.count == 30
                    }, "nothing was deleted")
                try await stop(world)

                let verified = try await RouterProgram.run(["verify", "--config", folder("router.yaml")])
                #expect(verified.status == 0, "\(offset): \(verified.output) \(verified.errors)")
            } catch {
                await provider.stop()
                throw error
            }
            await provider.stop()
        }
    }
}

/// An offset of the wall clock for processes that are started with ``environment``; the monotonic clocks are left alone.
private struct FakeClock {
    let folder: TemporaryFolder

    /// The preloaded library, made once of `Clock/clock_shift.c`; nil where there is no compiler.
    static let library: String? = {
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Clock/clock_shift.c").path
        let made = FileManager.default.temporaryDirectory.appending(path: "clock-shift-\(UUID().uuidString).so").path
        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/env")
        compiler.arguments = ["clang", "-shared", "-fPIC", "-O1", source, "-o", made]
        guard (try? compiler.run()) != nil else { return nil }
        compiler.waitUntilExit()
        return compiler.terminationStatus == 0 ? made : nil
    }()

    init() throws {
        folder = try TemporaryFolder()
        try set(days: 0)
    }

    var environment: [String: String] {
        ["LD_PRELOAD": Self.library ?? "", "CLOCK_SHIFT_FILE": folder("clock")]
    }

    /// Sets the clock, also of running processes, to so many days from now.
    func set(days: Double) throws {
        let seconds = Int64(saturating: days * 86_400)
        let file = open(folder("clock"), O_RDWR | O_CREAT, 0o600)
        defer { close(file) }
        let written = withUnsafeBytes(of: seconds) { pwrite(file, $0.baseAddress, $0.count, 0) }
        try #require(written == 8)
    }
}
