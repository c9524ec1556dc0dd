package import Foundation
import Glibc
import Synchronization

/// The built program, run as its users run it.
package enum RouterProgram {
    /// Beside the tests' own executable.
    package static let url: URL = {
        let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(
            path: "bandit-router")
        if FileManager.default.isExecutableFile(atPath: beside.path) { return beside }
        return URL(filePath: FileManager.default.currentDirectoryPath).appending(path: ".build/release/bandit-router")
    }()

    /// Runs it to its end.
    package static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> (status: Int32, output: String, errors: String) {
        let process = try RouterProcess(arguments, environment: environment)
        let status = await process.exitStatus()
        return (status, process.output.text, process.errors.text)
    }
}

/// A running `bandit-router`.
package final class RouterProcess: Sendable {
    private let process: Process
    package let output: ProcessText
    package let errors: ProcessText
    private let ending = Mutex<(status: Int32?, waiting: [CheckedContinuation<Int32, Never>])>((nil, []))

    /// - Parameter program: another one than the router.
    package init(_ arguments: [String], program: String? = nil, environment: [String: String] = [:]) throws {
        process = Process()
        process.executableURL = program.map { URL(filePath: $0) } ?? RouterProgram.url
        process.arguments = arguments
        process.environment = environment
        let outputPipe = Pipe()
        let errorPipe = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = outputPipe
        process.standardError = errorPipe
        output = ProcessText()
        errors = ProcessText()
        // `waitUntilExit` would keep a core busy for as long as the program runs.
        process.terminationHandler = { [self] process in
            let status = process.terminationStatus
            let code = process.terminationReason == .uncaughtSignal ? 128 + status : status
            Thread { [self] in
                // What it said is all there before anybody hears of its end.
                output.waitForEnd()
                errors.waitForEnd()
                let waiting = ending.withLock { ending in
                    defer { ending = (code, []) }
                    return ending.waiting
                }
                for continuation in waiting { continuation.resume(returning: code) }
            }.start()
        }
        try process.run()
        output.follow(outputPipe)
        errors.follow(errorPipe)
    }

    /// A router that may have so many files open and no more.
    package static func limited(to files: Int, _ arguments: [String]) throws -> RouterProcess {
        try RouterProcess(
            ["-c", "ulimit -n \(files); exec \"$0\" \"$@\"", RouterProgram.url.path] + arguments, program: "/bin/bash")
    }

    /// Whether it has not ended yet.
    package var isRunning: Bool { ending.withLock { $0.status == nil } }

    package func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// 128 + the signal's number where a signal ended it.
    package func exitStatus() async -> Int32 {
        await withCheckedContinuation { continuation in
            let known = ending.withLock { ending -> Int32? in
                if ending.status == nil { ending.waiting.append(continuation) }
                return ending.status
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}

/// What a process says, line by line.
package final class ProcessText: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let end = DispatchSemaphore(value: 0)

    package var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

    fileprivate func follow(_ pipe: Pipe) {
        let thread = Thread { [self] in
            while true {
                let data = pipe.fileHandleForReading.availableData
                guard !data.isEmpty else { break }
                state.withLock { $0.bytes += data }
            }
            state.withLock { $0.hasEnded = true }
            end.signal()
        }
        thread.start()
    }

    fileprivate func waitForEnd() {
        end.wait()
        end.signal()
    }

    /// The first whole line that holds `part`, past or to come; nil where the process ended, or said nothing like it in time.
    package func line(containing part: String, within limit: Duration = .seconds(30)) async throws -> String? {
        var found: String?
        _ = try await eventually(within: limit) {
            let (bytes, hasEnded) = state.withLock { ($0.bytes, $0.hasEnded) }
            let whole = bytes[..<(bytes.lastIndex(of: 0x0A) ?? bytes.startIndex)]
            found = whole.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }.first { $0.contains(part) }
            return found != nil || hasEnded
        }
        return found
    }
}
