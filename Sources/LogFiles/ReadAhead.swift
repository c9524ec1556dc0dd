import Dispatch
import Foundation
import Synchronization

/// Reads and unzips a source on a thread of its own, a few chunks ahead of whoever takes the bytes: parsing and unzipping a log take about
/// as long as one another, so on two cores the slower of the two is what is left.
///
/// `source` belongs to the thread once it runs, all else to one of the two at a time; hence `@unchecked`.
final class ReadAhead: @unchecked Sendable {
    /// Smaller files are read before a thread is started.
    static let minimumFileBytes: Int64 = 1 << 20
    private static let chunkBytes = 1 << 19
    private static let chunkCount = 4

    /// What both threads look at.
    private struct State {
        /// Chunks filled and not yet taken whole.
        var filled = 0
        /// `[chunk]`: bytes of those.
        var counts = [Int](repeating: 0, count: ReadAhead.chunkCount)
        var isAbandoned = false
        var failure: InputError?
        var consumed: Int64 = 0
    }

    private let source: ByteSource
    private let state = Mutex(State())
    /// Counts the chunks that may be filled, and those that are; the end counts as one. Both begin at 0, since one that is let go of below
    /// where it began is a crash.
    private let room = DispatchSemaphore(value: 0)
    private let ready = DispatchSemaphore(value: 0)
    /// The chunks, around the end: the filler's while there is room, then the taker's.
    private let places: [UnsafeMutablePointer<UInt8>]
    /// The taker's place.
    private var first = 0
    private var offset = 0
    private var isHolding = false

    /// Starts reading; `source` is not to be used by anybody else.
    init(_ source: ByteSource) {
        self.source = source
        places = (0..<Self.chunkCount).map { _ in .allocate(capacity: Self.chunkBytes) }
        for _ in 0..<Self.chunkCount { room.signal() }
    }

    deinit { for place in places { place.deallocate() } }

    func start() {
        let thread = Thread { self.fill() }
        thread.name = "read-ahead"
        thread.start()
    }

    /// Lets the thread end; the bytes not taken are lost.
    func abandon() {
        state.withLock { $0.isAbandoned = true }
        room.signal()
    }

    /// Bytes of the file that were read so far.
    var bytesConsumed: Int64 { state.withLock { $0.consumed } }

    /// As ``ByteSource/read(into:capacity:line:)``.
    func read(into target: UnsafeMutablePointer<UInt8>, capacity: Int, line: Int?) throws(InputError) -> Int {
        if !isHolding {
            ready.wait()
            let (isFilled, failure) = state.withLock { ($0.filled > 0, $0.failure) }
            guard isFilled else {
                // Whoever asks again is told again.
                ready.signal()
                guard let failure else { return 0 }
                throw InputError(file: failure.file, line: line, field: failure.field, reason: failure.reason)
            }
            isHolding = true
        }
        let held = state.withLock { $0.counts[first] }
        let count = min(capacity, held - offset)
        target.update(from: places[first] + offset, count: count)
        offset += count
        if offset == held {
            (offset, isHolding) = (0, false)
            first = (first + 1) % Self.chunkCount
            state.withLock { $0.filled -= 1 }
            room.signal()
        }
        return count
    }

    private func fill() {
        var next = 0
        while true {
            room.wait()
            if state.withLock({ $0.isAbandoned }) { return }
            let bytes = places[next]
            var count = 0
            var failure: InputError?
            do throws(InputError) {
                // Unzipping hands out what it has; whole chunks keep the two threads apart.
                while count < Self.chunkBytes {
                    let more = try source.read(into: bytes + count, capacity: Self.chunkBytes - count)
                    if more == 0 { break }
                    count += more
                }
            } catch {
                failure = error
            }
            let consumed = source.bytesConsumed
            let ends = failure != nil || count < Self.chunkBytes
            state.withLock { state in
                state.consumed = consumed
                state.failure = failure
                guard count > 0 else { return }
                state.counts[next] = count
                state.filled += 1
            }
            if count > 0 {
                next = (next + 1) % Self.chunkCount
                ready.signal()
            }
            if ends {
                ready.signal()
                return
            }
        }
    }
}
