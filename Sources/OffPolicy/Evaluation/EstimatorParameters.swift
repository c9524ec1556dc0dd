import RealModule

/// The numbers that tune the shrunken estimators (DESIGN-evaluation, rule 20, has the defaults).
package struct EstimatorParameters: Sendable, Equatable {
    package var clipWeight: Double
    package var switchWeight: Double
    package var shrinkLambda: Double
    package var subGaussianLambda: Double

    /// c = √n, λ = n, and λ = min(1, √(ln 20/(n·mean w²))).
    /// `parts`: of how many such parts of a log these are the weights of one; n is that of the whole.
    package init(defaultsFor weights: ImportanceWeights, parts: Int = 1) {
        let n = Double(weights.count) * Double(parts)
        clipWeight = n.squareRoot()
        switchWeight = n.squareRoot()
        shrinkLambda = n
        subGaussianLambda = min(1, (Double.log(20) / (n * max(weights.meanSquare, 1e-300))).squareRoot())
    }

    package subscript(kind: EstimatorKind) -> Double? {
        get {
            switch kind {
            case .clippedIPS: clipWeight
            case .switchDR: switchWeight
            case .dros: shrinkLambda
            case .subGaussian: subGaussianLambda
            default: nil
            }
        }
        set {
            guard let newValue else { return }
            switch kind {
            case .clippedIPS: clipWeight = newValue
            case .switchDR: switchWeight = newValue
            case .dros: shrinkLambda = newValue
            case .subGaussian: subGaussianLambda = newValue
            default: preconditionFailure("\(kind.rawValue) has no parameter")
            }
        }
    }
}
