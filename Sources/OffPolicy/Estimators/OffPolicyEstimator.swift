/// Judges a policy from weighted rows: a stream goes in by `add`, parts add up by `+`, the estimate comes out of `get`.
package protocol OffPolicyEstimator: Sendable {
    /// Takes in rows.
    mutating func add(_ rows: RowSums)

    /// The value and its standard error sd(ψ, n − 1)/√n over the influence values ψ.
    func get() -> PointEstimate

    /// The estimator of both parts' rows.
    static func + (left: Self, right: Self) -> Self

    /// Sums over rows that ``value(sums:)`` makes the estimate from: what a bootstrap reweights.
    var sums: SIMD4<Double> { get }

    /// The estimate from reweighted ``sums``, the first of which is always the weight of the rows; NaN where undefined.
    static func value(sums: SIMD4<Double>) -> Double

    /// ψ of a row, centred: value + mean of ψ over the rows = value. `get` must be defined.
    func influence(_ row: RowBlock.Row) -> Double
}

/// A value with its standard error; nil where undefined.
package struct PointEstimate: Sendable, Equatable {
    package var value: Double?
    package var standardError: Double?

    package init(value: Double?, standardError: Double?) {
        self.value = value.flatMap { $0.isFinite ? $0 : nil }
        self.standardError = self.value == nil ? nil : standardError.flatMap { $0.isFinite ? $0 : nil }
    }

    package static let undefined = PointEstimate(value: nil, standardError: nil)
}
