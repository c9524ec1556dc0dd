internal import RealModule

/// A generalised likelihood-ratio test for a change of a cell's mean (Besson & Kaufmann 2019, "GLR-klUCB"), in O(log n)
/// memory.
///
/// The statistic is sup over splits s of s·kl(mean of the first s, mean of all) + (n − s)·kl(mean of the rest, mean of all);
/// it signals above ln(3·n·√n/δ). Splits are the borders of an exponential histogram (Datar et al. 2002): recent ones are
/// kept exactly, older ones to a fraction of their age.
package struct ChangeDetector: Sendable, Equatable {
    /// The law of the observations.
    package enum Law: Sendable, Equatable {
        /// In [0, 1], coin flips or anything with less variance.
        case bernoulli
        /// Known standard deviation.
        case gaussian(deviation: Double)
    }

    /// A change that was found.
    package struct Change: Sendable, Equatable {
        /// Observations before and after the most likely moment.
        package let before: Int
        package let after: Int
        package let meanBefore: Double
        package let meanAfter: Double
        package let statistic: Double
        package let threshold: Double
    }

    struct Bucket: Sendable, Equatable {
        var count: Int
        var sum: Double
    }

    package let law: Law
    /// Probability of a false alarm, over all time.
    package let falseAlarm: Double
    /// Buckets of the same size before two are merged; more is finer and slower.
    package let resolution: Int
    /// Oldest first.
    private(set) var buckets: [Bucket] = []
    package private(set) var count = 0
    private var sum = 0.0

    package init(law: Law = .bernoulli, falseAlarm: Double = 0.01, resolution: Int = 4) {
        precondition(
            falseAlarm > 0 && falseAlarm < 1 && resolution >= 2, "a false-alarm rate in (0, 1), two buckets or more")
        self.law = law
        self.falseAlarm = falseAlarm
        self.resolution = resolution
    }

    /// Memory in use, in buckets: at most `resolution`·log₂ n and some.
    package var bucketCount: Int { buckets.count }

    /// Takes an observation in and says whether the mean has changed; O(log n).
    ///
    /// After a change only what came after it is kept, so that the next change is measured from there.
    package mutating func add(_ value: Double) -> Change? {
        guard value.isFinite else { return nil }
        buckets.append(Bucket(count: 1, sum: value))
        count += 1
        sum += value
        compact()
        guard count >= 2, let change = test() else { return nil }
        forget(first: change.before)
        return change
    }

    /// The statistic at the most likely split: nil with fewer than two observations.
    package func statistic() -> (value: Double, before: Int)? {
        guard count >= 2 else { return nil }
        let mean = sum / Double(count)
        var (best, split) = (-Double.infinity, 0)
        var (n, s) = (0, 0.0)
        for bucket in buckets.dropLast() {
            n += bucket.count
            s += bucket.sum
            let rest = count - n
            let value =
                Double(n) * divergence(s / Double(n), mean) + Double(rest) * divergence((sum - s) / Double(rest), mean)
            if value > best {
                best = value
                split = n
            }
        }
        return (best, split)
    }

    /// ln(3·n·√n/δ).
    package var threshold: Double {
        let n = Double(count)
        return Double.log(3 * n * n.squareRoot() / falseAlarm)
    }

    private func test() -> Change? {
        guard let (value, before) = statistic(), value >= threshold else { return nil }
        var (n, s) = (0, 0.0)
        for bucket in buckets where n < before {
            n += bucket.count
            s += bucket.sum
        }
        return Change(
            before: before, after: count - before, meanBefore: s / Double(n),
            meanAfter: (sum - s) / Double(count - before), statistic: value, threshold: threshold)
    }

    private func divergence(_ p: Double, _ q: Double) -> Double {
        switch law {
        case .bernoulli:
            return BernoulliKL.divergence(Swift.max(0, Swift.min(1, p)), Swift.max(0, Swift.min(1, q)))
        case .gaussian(let deviation):
            let z = (p - q) / deviation
            return 0.5 * z * z
        }
    }

    private mutating func forget(first n: Int) {
        var dropped = 0
        while dropped < n, let bucket = buckets.first {
            dropped += bucket.count
            count -= bucket.count
            sum -= bucket.sum
            buckets.removeFirst()
        }
        // Sums of what is left, anew: no rounding is carried over.
        sum = buckets.reduce(0) { $0 + $1.sum }
    }

    /// Merges the two oldest buckets of a size wherever there are too many of it.
    private mutating func compact() {
        var end = buckets.count
        while end > 0 {
            let size = buckets[end - 1].count
            var start = end
            while start > 0, buckets[start - 1].count == size { start -= 1 }
            if end - start <= resolution { return }
            buckets[start].count += buckets[start + 1].count
            buckets[start].sum += buckets[start + 1].sum
            buckets.remove(at: start + 1)
            end = start + 1
        }
    }
}
