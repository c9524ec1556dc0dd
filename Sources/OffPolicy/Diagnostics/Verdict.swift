/// Whether a log can say what a policy is worth (DESIGN-evaluation, rule 26).
package enum Verdict: String, Sendable {
    case ok
    case weak
    case refused
}

/// The figures a verdict rests on, and the verdict with its reasons in words.
package struct Diagnostics: Sendable {
    package var effectiveSampleSize: Double
    package var maximumWeight: Double
    package var meanWeight: Double
    package var meanWeightError: Double?
    /// Nil where the log has propensities only.
    package var supportViolations: Int?
    package var unsupportedMass: Double?
    /// Largest share of all weight in one row.
    package var largestShare: Double
    package private(set) var verdict = Verdict.ok
    /// Sentences; empty only when the verdict is ok.
    package private(set) var reasons: [String] = []

    package static let leastEffectiveSize = 50.0
    package static let comfortableEffectiveSize = 200.0

    /// `support`: nil where the log has propensities only. `missingMass`: mean share of the policy on arms not eligible.
    /// `doubts`: sentences about the log itself.
    package init(_ weights: ImportanceWeights, support: SupportScan?, missingMass: Double, doubts: [String] = []) {
        effectiveSampleSize = weights.effectiveSampleSize
        maximumWeight = weights.largest
        meanWeight = weights.mean
        meanWeightError = weights.standardErrorOfMean
        supportViolations = support?.violations
        unsupportedMass = support.map { $0.unsupportedMass + missingMass }
        largestShare = weights.sum > 0 ? weights.largest / weights.sum : 0
        judge(knownUnsupportedMass: unsupportedMass ?? missingMass, doubts: doubts)
    }

    private mutating func judge(knownUnsupportedMass: Double, doubts: [String]) {
        var refusals: [String] = []
        var doubts = doubts
        if effectiveSampleSize < Self.leastEffectiveSize {
            refusals.append(
                meanWeight == 0
                    ? "The log never played an arm this policy would have played."
                    : "The effective sample size is \(Self.short(effectiveSampleSize)), below \(Int(saturating: Self.leastEffectiveSize))."
            )
        } else if effectiveSampleSize < Self.comfortableEffectiveSize {
            doubts.append(
                "The effective sample size is \(Self.short(effectiveSampleSize)), below \(Int(saturating: Self.comfortableEffectiveSize))."
            )
        }
        let mass =
            "\(Self.percent(knownUnsupportedMass)) of this policy's choices are arms the log could not have played."
        if knownUnsupportedMass > 0.05 {
            refusals.append(mass)
        } else if knownUnsupportedMass > 0.001 {
            doubts.append(mass)
        }
        let distance = abs(meanWeight - 1)
        if distance > 0.1, distance > 5 * (meanWeightError ?? 0) {
            refusals.append(
                "The mean weight is \(Self.short(meanWeight)) where 1 is expected: the logged propensities are not those the arms "
                    + "were drawn with, or the log never plays some of what this policy plays.")
        }
        if largestShare > 0.05 {
            doubts.append("One row carries \(Self.percent(largestShare)) of all weight.")
        }
        verdict = !refusals.isEmpty ? .refused : !doubts.isEmpty ? .weak : .ok
        reasons = refusals + doubts
    }

    /// Three significant digits or so, for sentences.
    static func short(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        let size = abs(value)
        let scale = size >= 100 ? 1.0 : size >= 10 ? 10.0 : size >= 1 ? 100.0 : 1000.0
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(saturating: rounded))" : "\(rounded)"
    }

    static func percent(_ share: Double) -> String { "\(short(share * 100)) %" }
}
