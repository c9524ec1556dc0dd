/// Whether a log can say what a policy is worth (DESIGN-evaluation, rule 26).
package enum Verdict: String, Sendable {
    case ok
    case weak
    case refused
}

/// The figures a verdict rests on, and the verdict with its reasons in words.
package struct Diagnostics: Sendable {
    /// What a verdict is made from.
    package struct Evidence: Sendable {
        package var weights: ImportanceWeights
        /// Nil where the log has propensities only.
        package var support: SupportScan?
        /// Mean share of the policy on arms not eligible.
        package var missingMass = 0.0
        /// Over all fresh rows, rated or not: who answers says nothing of how arms were drawn.
        package var meanWeight: Double
        package var meanWeightError: Double?
        /// What is wrong with the propensities, and how much that matters.
        package var propensities = Verdict.ok
        package var propensitySentence: String?
        /// Nil where rewards are not what is estimated.
        package var rare: RareEvents?
        /// Line and propensity of the row with the largest weight.
        package var heaviest: (line: Int, propensity: Double)?
        /// The policy is the log's own: its mean reward is a fact whatever was logged of the draws.
        package var isLogged = false
        /// Of a policy that learns: mean number of decisions a replay accepts.
        package var accepted: Double?
        /// Clusters the rows are counted by; nil: each by itself.
        package var clusters: Int?

        package init(_ weights: ImportanceWeights) {
            self.weights = weights
            meanWeight = weights.mean
            meanWeightError = weights.standardErrorOfMean
        }
    }

    package let effectiveSampleSize: Double
    package let maximumWeight: Double
    /// Over all fresh rows, rated or not.
    package let meanWeight: Double
    package let meanWeightError: Double?
    /// Over the rows with a reward.
    package let meanWeightOfRated: Double
    /// Nil where the log has propensities only.
    package let supportViolations: Int?
    package let unsupportedMass: Double?
    /// Largest share of all weight in one row.
    package let largestShare: Double
    /// Rewards that differ from the usual one, in effect; nil where rewards are not what is estimated.
    package let events: Double?
    package private(set) var verdict = Verdict.ok
    /// Sentences; empty only when the verdict is ok.
    package private(set) var reasons: [String] = []

    package static let leastEffectiveSize = 50.0
    package static let comfortableEffectiveSize = 200.0
    /// The same of the decisions that replays of a learner accept (DESIGN-experiments, rule 28).
    package static let leastAccepted = 50.0
    package static let comfortableAccepted = 200.0

    package init(_ evidence: Evidence) {
        let weights = evidence.weights
        effectiveSampleSize = weights.effectiveSampleSize
        maximumWeight = weights.largest
        meanWeight = evidence.meanWeight
        meanWeightError = evidence.meanWeightError
        meanWeightOfRated = weights.mean
        supportViolations = evidence.support?.violations
        unsupportedMass = evidence.support.map { $0.unsupportedMass + evidence.missingMass }
        largestShare = weights.sum > 0 ? weights.largest / weights.sum : 0
        events = evidence.rare?.events
        judgeSize(evidence)
        judgePropensities(evidence)
        judgeSupport(evidence.missingMass)
        if largestShare > 0.05 {
            let row = evidence.heaviest.map { "Line \($0.line) (propensity \(Self.short($0.propensity)))" } ?? "One row"
            doubt("\(row) carries \(Self.percent(largestShare)) of all weight.")
        }
        if let rare = evidence.rare, rare.isWeak, weights.sum > 0 {
            let found =
                rare.events < 0.5
                ? "No reward of what this policy would choose differs from \(Int(saturating: rare.usual))"
                : "About \(Self.short(rare.events)) rewards of what this policy would choose differ from \(Int(saturating: rare.usual)), below "
                    + "\(Int(saturating: RareEvents.weakEvents))"
            doubt(
                "\(found): the interval is one for rare events, and only its \(rare.usual == 0 ? "upper" : "lower") end shows anything."
            )
        }
        if let clusters = evidence.clusters, clusters < Clusters.least {
            doubt("There are \(clusters) sessions, below \(Clusters.least): how sessions differ is hardly known.")
        }
    }

    /// A reason to hold estimates weak; `isFirst`: before other such reasons.
    package mutating func doubt(_ reason: String, isFirst: Bool = false) {
        if verdict == .ok { verdict = .weak }
        reasons.insert(reason, at: isFirst ? refusals : reasons.count)
    }

    /// A reason to give no estimates; stands before doubts.
    package mutating func refuse(_ reason: String) {
        reasons.insert(reason, at: refusals)
        refusals += 1
        verdict = .refused
    }

    /// How many of the reasons are refusals, the first ones.
    private var refusals = 0

    private mutating func judgeSize(_ evidence: Evidence) {
        if let accepted = evidence.accepted, accepted < Self.comfortableAccepted {
            let least = accepted < Self.leastAccepted ? Self.leastAccepted : Self.comfortableAccepted
            let reason =
                "A replay accepts \(Self.short(accepted)) decisions on average, below \(Int(saturating: least))."
            if accepted < Self.leastAccepted { refuse(reason) } else { doubt(reason) }
        }
        if effectiveSampleSize < Self.leastEffectiveSize {
            refuse(
                evidence.weights.sum == 0
                    ? "The log never played an arm this policy would have played."
                    : "The effective sample size is \(Self.short(effectiveSampleSize)), below \(Int(saturating: Self.leastEffectiveSize))."
            )
        } else if effectiveSampleSize < Self.comfortableEffectiveSize {
            doubt(
                "The effective sample size is \(Self.short(effectiveSampleSize)), below \(Int(saturating: Self.comfortableEffectiveSize))."
            )
        }
    }

    private mutating func judgePropensities(_ evidence: Evidence) {
        if let sentence = evidence.propensitySentence {
            if evidence.propensities == .refused, !evidence.isLogged { refuse(sentence) } else { doubt(sentence) }
        }
        let distance = abs(meanWeight - 1)
        if distance > 0.1, distance > 5 * (meanWeightError ?? 0) {
            refuse(
                "The mean weight is \(Self.short(meanWeight)) where 1 is expected: the logged propensities are not those the arms "
                    + "were drawn with, or the log never plays some of what this policy plays.")
        }
    }

    private mutating func judgeSupport(_ missingMass: Double) {
        let share = unsupportedMass ?? missingMass
        let reason = "\(Self.percent(share)) of this policy's choices are arms the log could not have played."
        if share > 0.05 {
            refuse(reason)
        } else if share > 0.001 {
            doubt(reason)
        }
    }

    /// Three significant digits or so, for sentences.
    package static func short(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        let size = abs(value)
        guard size >= 0.001 || size == 0 else { return "\(value)" }
        let scale = size >= 100 ? 1.0 : size >= 10 ? 10.0 : size >= 1 ? 100.0 : 1000.0
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(saturating: rounded))" : "\(rounded)"
    }

    package static func percent(_ share: Double) -> String { "\(short(share * 100)) %" }
}
