/// The estimators by the names the command line has for them.
package enum EstimatorKind: String, Sendable, CaseIterable {
    case replay
    case dm
    case ips
    case clippedIPS = "clipped-ips"
    case snips
    case dr
    case sndr
    case switchDR = "switch-dr"
    case dros
    case subGaussian = "sub-gaussian"
    /// Adaptively weighted; only when asked for.
    case adaptivelyWeighted = "aw-aipw"

    /// What is estimated when nothing is asked for.
    package static let standard: [EstimatorKind] = allCases.filter { $0 != .adaptivelyWeighted }

    /// The name of the one number that tunes it, if any.
    package var parameterName: String? {
        switch self {
        case .clippedIPS, .switchDR: "max_weight"
        case .dros, .subGaussian: "lambda"
        default: nil
        }
    }

    /// Why it has no interval, if it has none.
    package var caveat: String? {
        self == .dm ? "model-based: nothing bounds the model's bias, so it has no interval" : nil
    }

    /// Takes weight away, so that intervals are widened by the largest bias that can cause.
    package var isShrunken: Bool { parameterName != nil }
}
