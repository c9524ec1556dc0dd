import Foundation

/// Reads and unzips a source on a thread of its own, a few chunks ahead of whoever takes the bytes: parsing and unzipping a log take about
/// as long as one another, so on two cores the slower of the two is what is left.
///
/// `source` belongs to the thread once it runs, all else to whoever has the condition; hence `@unchecked`.
final class ReadAhead: @unchecked Sendable {
    /// Smaller files are read before a thread is started.
    static let minimumFileBytes: Int64 = 1 << 20
    private static let chunkBytes = 1 << 19
    private static let chunkCount = 4

    private struct Chunk {
        let bytes: UnsafeMutablePointer<UInt8>
        var count = 0
    }

    private let source: ByteSource
    private let condition = NSCondition()
    private var chunks: [Chunk]
    /// Chunks filled and not yet taken whole: the first at `first`, the others behind it, around the end.
    private var filled = 0
    private var first = 0
    private var offset = 0
    private var isOver = false
    private var isAbandoned = false
    private var failure: InputError?
    private var consumed: Int64 = 0

    /// Starts reading; `source` is not to be used by anybody else.
    init(_ source: ByteSource) {
        self.source = source
        chunks = (0..<Self.chunkCount).map { _ in Chunk(bytes: .allocate(capacity: Self.chunkBytes)) }
    }

    deinit { for chunk in chunks { chunk.bytes.deallocate() } }

    func start() {
        let thread = Thread { self.fill() }
        thread.name = "read-ahead"
        thread.start()
    }

    /// Lets the thread end; the bytes not taken are lost.
    func abandon() {
        condition.lock()
        isAbandoned = true
        condition.signal()
        condition.unlock()
    }

    /// Bytes of the file that were read so far.
    var bytesConsumed: Int64 {
        condition.lock()
        defer { condition.unlock() }
        return consumed
    }

    /// As ``ByteSource/read(into:capacity:line:)``.
    func read(into target: UnsafeMutablePointer<UInt8>, capacity: Int, line: Int?) throws(InputError) -> Int {
        condition.lock()
        while filled == 0, !isOver { condition.wait() }
        guard filled > 0 else {
            let failure = failure
            condition.unlock()
            guard let failure else { return 0 }
            throw InputError(file: failure.file, line: line, field: failure.field, reason: failure.reason)
        }
        let chunk = chunks[first]
        condition.unlock()
        // A filled chunk is the taker's until it says otherwise.
        let count = min(capacity, chunk.count - offset)
        target.update(from: chunk.bytes + offset, count: count)
        offset += count
        if offset == chunk.count {
            offset = 0
            condition.lock()
            first = (first + 1) % Self.chunkCount
            filled -= 1
            condition.signal()
            condition.unlock()
        }
        return count
    }

    private func fill() {
        var next = 0
        while true {
            condition.lock()
            while filled == Self.chunkCount, !isAbandoned { condition.wait() }
            let stops = isAbandoned
            let bytes = chunks[next].bytes
            condition.unlock()
            if stops { return }
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
            condition.lock()
            consumed = source.bytesConsumed
            if count > 0 {
                chunks[next].count = count
                filled += 1
                next = (next + 1) % Self.chunkCount
            }
            if failure != nil || count < Self.chunkBytes {
                self.failure = failure
                isOver = true
            }
            let ends = isOver
            condition.signal()
            condition.unlock()
            if ends { return }
        }
    }
}
