/// What is taken for granted of decisions nobody rated (`--missing`, `--assume`).
enum MissingAssumption: String, CaseIterable {
    /// Nothing: claims go by bounds that hold whatever the silent think.
    case bounds
    /// That silence says nothing of content.
    case atRandom = "at-random"
    /// That within a judge's score the silent are like the speaking.
    case judge

    /// `bounds`, `at-random` or `judge`; as `--assume` spells them, `missing-at-random`.
    init(missing: String, assumed: [String]) throws(CommandFailure) {
        guard var found = MissingAssumption(rawValue: missing) else {
            let words = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw .usage("unknown --missing '\(missing)' (\(words))")
        }
        for word in assumed {
            guard word == "missing-at-random" else {
                throw .usage("unknown --assume '\(word)' (missing-at-random)")
            }
            found = .atRandom
        }
        guard found != .judge else {
            throw .usage(
                "--missing judge needs a judge's score of every decision, which decision logs do not hold; at-random and bounds do without"
            )
        }
        self = found
    }

    var isAssumed: Bool { self != .bounds }

    /// For reports: what their claims rest on; nil where nothing is assumed.
    var word: String? { self == .atRandom ? "missing-at-random" : nil }
    var sentence: String? {
        self == .atRandom
            ? "Assumed, not shown: feedback is missing at random (those who gave none would have given the same)." : nil
    }
}
