/// Durations by powers of two of microseconds.
package struct LatencyHistogram: Sendable, Equatable {
    /// `counts[i]` are the durations below 2^i µs and not below 2^(i−1); the last bucket takes all longer ones.
    package private(set) var counts = [Int](repeating: 0, count: 26)
    package private(set) var count = 0
    package private(set) var sumMicroseconds: Int64 = 0

    mutating func add(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let microseconds = max(0, seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
        let bucket = min(counts.count - 1, Int64.bitWidth - microseconds.leadingZeroBitCount)
        counts[bucket] += 1
        count += 1
        sumMicroseconds += microseconds
    }
}
