import RealModule

/// SLOPE (Su, Srinath and Krishnamurthy 2020): the most shrunken estimate whose interval still meets those of all less shrunken
/// ones. It needs no knowledge of the bias.
enum Slope {
    private static let gridSize = 16
    /// Half-widths in standard errors.
    private static let halfWidth = 2.0

    static func choose(_ kind: EstimatorKind, stream: RowStream, defaults: EstimatorParameters) -> Double {
        let grid = grid(kind, weights: stream.weights)
        var settings = EvaluationSettings(estimators: [EstimatorSpecification(kind)], intervals: [])
        settings.seed = stream.seed
        let pass = EstimatorPass(stream, settings: settings, clusters: nil)
        var common = Interval(low: -.infinity, high: .infinity)
        var chosen = grid[0]
        for value in grid {
            var parameters = defaults
            parameters[kind] = value
            let point = pass.run(parameters).suite[kind]!.get()
            guard let center = point.value, let error = point.standardError else { break }
            common.low = max(common.low, center - halfWidth * error)
            common.high = min(common.high, center + halfWidth * error)
            if common.low > common.high { break }
            chosen = value
        }
        return chosen
    }

    /// From no shrinking to hardly any weight left.
    private static func grid(_ kind: EstimatorKind, weights: ImportanceWeights) -> [Double] {
        let largest = max(weights.largest, 1)
        let shares = (0..<gridSize).map { Double($0) / Double(gridSize - 1) }
        switch kind {
        case .clippedIPS, .switchDR:
            // From the largest weight down to 1, in equal ratios.
            return shares.map { largest.power(1 - $0) }
        case .dros:
            // λ from a hundred times the largest square down to 1.
            return shares.map { (100 * largest * largest).power(1 - $0) }
        default:
            // λ from 0, in equal ratios from 1/(10 · largest weight) to 1.
            return [0] + shares.map { (10 * largest).power($0 - 1) }
        }
    }
}

extension Double {
    fileprivate func power(_ exponent: Double) -> Double { Double.pow(self, exponent) }
}
