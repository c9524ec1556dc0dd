import DecisionStore
import Foundation
import Glibc
import WireFormats

/// A line for every request of the hot path, written to a file by a thread of its own.
///
/// Event loops only append to a buffer: a terminal or a pipe that does not take the lines in time delays no request. Beyond
/// ``limitBytes`` of waiting lines new ones are dropped, and their number is told as soon as there is room again.
package final class AccessLog: @unchecked Sendable {
    package static let limitBytes = 4 << 20

    // All guarded by `condition`.
    private var waiting: [UInt8] = []
    private var dropped = 0
    private var isWriting = false
    private var isRunning = false
    private var isClosed = false
    private let condition = SteadyCondition()
    private let descriptor: Int32
    package let format: LogFormat

    /// - Parameter descriptor: of the file to write to; stays open.
    package init(format: LogFormat, descriptor: Int32 = STDERR_FILENO) {
        self.format = format
        self.descriptor = descriptor
    }

    package func record(_ line: RequestLine) {
        let bytes = line.bytes(format)
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed else { return }
        guard waiting.count + bytes.count <= Self.limitBytes else {
            dropped += 1
            return
        }
        if !isRunning {
            isRunning = true
            let thread = Thread { [self] in run() }
            thread.name = "access log"
            thread.start()
        }
        waiting += bytes
        if !isWriting { condition.signal() }
    }

    /// Writes what waits and ends; lines that come later are dropped.
    package func close() {
        condition.lock()
        defer { condition.unlock() }
        isClosed = true
        condition.broadcast()
        // Not for ever: nobody may be reading.
        let deadline = SteadyCondition.Deadline(secondsFromNow: 2)
        while isRunning, condition.wait(until: deadline) {}
    }

    private func run() {
        condition.lock()
        while true {
            while waiting.isEmpty, !isClosed { condition.wait() }
            if waiting.isEmpty { break }
            var batch: [UInt8] = []
            swap(&batch, &waiting)
            if dropped > 0 {
                batch += notice(dropped)
                dropped = 0
            }
            isWriting = true
            condition.unlock()
            write(batch)
            condition.lock()
            isWriting = false
        }
        isRunning = false
        condition.broadcast()
        condition.unlock()
    }

    private func notice(_ count: Int) -> [UInt8] {
        let time = RFC3339.exactText(microseconds: WallClock.now())
        switch format {
        case .text: return Array("\(time) warning request lines dropped count=\(count)\n".utf8)
        case .json:
            return Array(
                #"{"time":"\#(time)","level":"warning","message":"request lines dropped","count":\#(count)}"#.utf8)
                + [0x0A]
        }
    }

    /// Lines that cannot be written are lost: a log that is gone must not stop the router.
    private func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress! + sent, bytes.count - sent)
                if count < 0 {
                    if errno == EINTR { continue }
                    return
                }
                sent += count
            }
        }
    }
}
