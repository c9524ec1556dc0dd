import RealModule

/// The standard normal distribution's quantiles.
package enum NormalQuantile {
    /// z with Φ(z) = `probability`, which lies in (0, 1); to about 1e-15.
    ///
    /// Acklam's rational approximation (2003, 1.2e-9) and one step of Halley's method.
    package static func value(_ probability: Double) -> Double {
        precondition(probability > 0 && probability < 1, "a quantile's probability lies in (0, 1)")
        if probability > 0.5 { return -value(1 - probability) }
        if probability == 0.5 { return 0 }
        let start = probability < 0.02425 ? tail(probability) : center(probability)
        let error = 0.5 * Double.erfc(-start / 2.0.squareRoot()) - probability
        let step = error * (2 * Double.pi).squareRoot() * Double.exp(start * start / 2)
        return start - step / (1 + start * step / 2)
    }

    private static func tail(_ probability: Double) -> Double {
        let q = (-2 * Double.log(probability)).squareRoot()
        let numerator = polynomial(
            q, -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838, -2.549732539343734,
            4.374664141464968,
            2.938163982698783)
        return numerator
            / polynomial(q, 0, 7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996, 3.754408661907416, 1)
    }

    private static func center(_ probability: Double) -> Double {
        let q = probability - 0.5
        let r = q * q
        let numerator = polynomial(
            r, -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
            -3.066479806614716e+01, 2.506628277459239)
        let denominator = polynomial(
            r, -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
            -1.328068155288572e+01, 1)
        return numerator * q / denominator
    }

    private static func polynomial(_ x: Double, _ coefficients: Double...) -> Double {
        coefficients.reduce(0) { $0 * x + $1 }
    }
}
