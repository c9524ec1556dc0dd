import Digests
import Synchronization

/// The system's random numbers, fetched many at a time: one system call for 32 of them instead of one each.
final class RandomReserve: Sendable {
    /// As many as fit the 256 bytes that one call gives.
    private static let size = 32
    private let left = Mutex<[UInt64]>([])

    func next() -> UInt64 {
        left.withLock { left in
            if left.isEmpty {
                left = [UInt64](unsafeUninitializedCapacity: Self.size) { buffer, count in
                    count = Self.size
                    SystemRandom.fill(UnsafeMutableRawBufferPointer(buffer))
                }
            }
            return left.removeLast()
        }
    }
}
