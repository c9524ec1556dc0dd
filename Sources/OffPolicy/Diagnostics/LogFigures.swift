import RealModule

/// Numbers for figures of a policy's weights.
package enum LogFigures {
    /// Effective sample size over rows, after each of about `points` stretches of the log.
    package static func effectiveShares(_ weights: [Double], points: Int) -> [(rows: Int, share: Double)] {
        var result: [(rows: Int, share: Double)] = []
        var sum = 0.0
        var squares = 0.0
        let step = max(1, weights.count / points)
        for (index, weight) in weights.enumerated() {
            sum += weight
            squares += weight * weight
            if (index + 1) % step == 0 || index + 1 == weights.count {
                result.append((index + 1, squares > 0 ? sum * sum / squares / Double(index + 1) : 0))
            }
        }
        return result
    }

    /// Shares of the rows in half decades of weight, by base-10 logarithm; zeros in a column of their own at the left.
    package static func weightHistogram(_ weights: [Double]) -> [(low: Double, high: Double, share: Double)] {
        var counts: [Int: Int] = [:]
        var zeros = 0
        for weight in weights {
            if weight > 0 {
                counts[Int(saturating: (Double.log10(weight) * 4).rounded(.down)), default: 0] += 1
            } else {
                zeros += 1
            }
        }
        let total = Double(max(1, weights.count))
        guard let least = counts.keys.min(), let most = counts.keys.max() else {
            return [(-1, 0, Double(zeros) / total)]
        }
        let first = max(least, most - 60)
        let bins = (first...most).map {
            (low: Double($0) / 4, high: Double($0 + 1) / 4, share: Double(counts[$0] ?? 0) / total)
        }
        guard zeros > 0 else { return bins }
        return [(low: Double(first) / 4 - 0.5, high: Double(first) / 4 - 0.25, share: Double(zeros) / total)] + bins
    }
}

/// A policy's value in one category, by dr.
package struct CategoryValue: Sendable {
    package let category: Int
    package let rows: Int
    package let value: Double
    package let standardError: Double

    /// Categories with at least two rows, in the log's order; none where the policy is not known for every arm.
    package static func all(_ evaluation: PolicyEvaluation) -> [CategoryValue] {
        guard evaluation.knowsPolicy else { return [] }
        var sums = [SIMD4<Double>](repeating: .zero, count: evaluation.log.names.categories.count)
        var row = evaluation.range.lowerBound
        evaluation.stream.forEachBlock(partEnds: [evaluation.range.count]) { block, _ in
            for index in 0..<block.count {
                let item = block[index]
                let term = item.modelOfPolicy + item.weight * (item.reward - item.modelOfArm)
                sums[Int(evaluation.log.rows.category[row])] += SIMD4(1, term, term * term, 0)
                row += 1
            }
        }
        return sums.indices.compactMap { category in
            let (n, sum, squares) = (sums[category][0], sums[category][1], sums[category][2])
            guard n > 1 else { return nil }
            let variance = max(0, squares - sum * sum / n) / (n - 1)
            let metric = evaluation.log.metric
            return CategoryValue(
                category: category, rows: Int(saturating: n), value: metric.value(sum / n),
                standardError: metric.length((variance / n).squareRoot()))
        }
    }
}
