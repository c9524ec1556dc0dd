/// The arithmetic all estimators share that are a mean of one summand a row.
struct SummandMean: Sendable {
    var moments: Moments

    var estimate: PointEstimate {
        moments.count > 0 ? PointEstimate(value: moments.mean, standardError: moments.standardError) : .undefined
    }
    var sums: SIMD4<Double> { SIMD4(Double(moments.count), moments.total, 0, 0) }

    static func value(sums: SIMD4<Double>) -> Double { sums[1] / sums[0] }
    static func + (left: SummandMean, right: SummandMean) -> SummandMean {
        SummandMean(moments: left.moments + right.moments)
    }
}
