package import RoutingEngine

/// What a history keeps: two samples of neighbouring times become one.
package protocol HistorySample: Sendable {
    /// Takes in a later sample.
    mutating func merge(_ later: Self)
}

/// A bounded history of samples: fine for the last minutes, coarse for the last days.
///
/// Each tier keeps the samples of one interval length, merged, and forgets the oldest beyond its capacity. Memory does not grow with
/// time.
package struct TieredHistory<Sample: HistorySample>: Sendable {
    /// Interval, µs, and how many of them are kept.
    package struct Tier: Sendable {
        package let interval: Timestamp
        package let capacity: Int

        package init(interval: Timestamp, capacity: Int) {
            precondition(interval > 0 && capacity > 0, "a tier keeps something")
            self.interval = interval
            self.capacity = capacity
        }
    }

    /// The samples of one interval.
    package struct Bucket: Sendable {
        /// Beginning of the interval, a multiple of its length.
        package let start: Timestamp
        package fileprivate(set) var sample: Sample
    }

    private struct Ring: Sendable {
        let tier: Tier
        var buckets: [Bucket] = []
        /// Where the oldest is, once the ring is full.
        var oldest = 0

        mutating func add(_ sample: Sample, at time: Timestamp) {
            let start = time - (time % tier.interval + tier.interval) % tier.interval
            if let newest, buckets[newest].start - start > tier.interval * Timestamp(tier.capacity) {
                // The clock was far ahead, and is right now: what was seen then belongs nowhere.
                buckets = []
                oldest = 0
            }
            if let newest, buckets[newest].start >= start {
                // The clock may step back: the newest interval takes such samples too.
                buckets[newest].sample.merge(sample)
            } else if buckets.count < tier.capacity {
                buckets.append(Bucket(start: start, sample: sample))
            } else {
                buckets[oldest] = Bucket(start: start, sample: sample)
                oldest = (oldest + 1) % buckets.count
            }
        }

        var newest: Int? { buckets.isEmpty ? nil : (oldest + buckets.count - 1) % buckets.count }

        var inOrder: [Bucket] { Array(buckets[oldest...] + buckets[..<oldest]) }
    }

    private var rings: [Ring]

    /// - Parameter tiers: finest first.
    package init(tiers: [Tier]) {
        precondition(!tiers.isEmpty, "a history has a tier")
        rings = tiers.map { Ring(tier: $0) }
    }

    package func interval(of tier: Int) -> Timestamp { rings[tier].tier.interval }

    package mutating func add(_ sample: Sample, at time: Timestamp) {
        for index in rings.indices { rings[index].add(sample, at: time) }
    }

    /// The buckets of a tier that begin at `from` or later, oldest first; the last one may still grow.
    package func buckets(tier: Int, from: Timestamp = .min) -> [Bucket] {
        rings[tier].inOrder.filter { $0.start >= from }
    }
}
