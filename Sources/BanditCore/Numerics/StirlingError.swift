internal import RealModule

/// log Γ(x) − [(x − ½) log x − x + ½ log 2π]: what Stirling's formula leaves out; x > 0.
///
/// The series (NIST 5.11.1) from 10 on, else by definition; absolute error below 4e-15. Differences of log Γ at large
/// arguments are taken through it, because log Γ itself has lost their digits.
@inline(never)
func stirlingError(_ x: Double) -> Double {
    if x < 10 {
        return Double.logGamma(x) - (x - 0.5) * Double.log(x) + x - 0.918938533204672742
    }
    let r = 1 / x
    let s = r * r
    let tail = 1.0 / 1260.0 - s * (1.0 / 1680.0 - s * (1.0 / 1188.0 - s * (691.0 / 360360.0 - s / 156.0)))
    return r * (1.0 / 12.0 - s * (1.0 / 360.0 - s * tail))
}

/// The logarithm of the density of logit X at its mode, X ~ Beta(alpha, beta), without cancellation at any shape.
func betaLogPeak(_ alpha: Double, _ beta: Double) -> Double {
    let total = alpha + beta
    return 0.5 * (Double.log(alpha) + Double.log(beta) - Double.log(total)) - 0.918938533204672742
        - stirlingError(alpha) - stirlingError(beta) + stirlingError(total)
}
