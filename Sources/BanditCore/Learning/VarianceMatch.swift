/// The variance-matched factor of graded rewards (Thompson sampling with Beta posteriors for rewards in [0, 1]).
///
/// A graded reward of mean m varies less than the coin flip of that mean, so each is worth m(1 − m)/σ² flips: a judge's
/// score of standard deviation 0.1 around 0.9 is worth 9.
package enum VarianceMatch {
    /// Largest factor.
    package static let limit = 20.0
    /// Pseudo-observations of the coin flip's variance, so that a few equal scores do not make a certainty.
    package static let shrink = 20.0

    /// The factor of one arm from its cells' reward sums: the variance within cells, degrees of freedom n − cells.
    package static func factor(_ cells: some Sequence<SignalSums>) -> Double {
        var (count, sum, inside, seen) = (0.0, 0.0, 0.0, 0.0)
        for cell in cells {
            count += cell.count
            sum += cell.sum
            inside += cell.sumSquares - (cell.count > 0 ? cell.sum * cell.sum / Swift.max(cell.count, 1e-9) : 0)
            if cell.count > 0 { seen += 1 }
        }
        let free = Swift.max(0, count - seen)
        let mean = Swift.max(0.02, Swift.min(0.98, (sum + 1) / (count + 2)))
        let bernoulli = mean * (1 - mean)
        let variance = (Swift.max(0, inside) + shrink * bernoulli) / (free + shrink)
        return Swift.max(1, Swift.min(limit, bernoulli / Swift.max(variance, 1e-6)))
    }
}
