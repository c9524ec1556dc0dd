import Foundation
import OffPolicy

/// A claim that must be shown for the command to end well: `thompson > logged - 0.01`, `column:new >= 0.8`.
struct Gate {
    enum Side {
        case policy(PolicyText)
        case number(Double)
    }

    let text: String
    let left: PolicyText
    let isGreater: Bool
    let right: Side
    /// Added to the right side.
    let margin: Double

    /// Words stand between spaces: arm ids may hold `+` and `-`.
    init(_ text: String) throws(CommandFailure) {
        self.text = text
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 3 || words.count == 5, [">", ">=", "<", "<="].contains(words[1]) else {
            throw .usage(
                "gate '\(text)': expected POLICY > POLICY [+|- NUMBER] or POLICY > NUMBER, with spaces between")
        }
        left = try PolicyText(words[0])
        isGreater = words[1].hasPrefix(">")
        if let number = Double(words[2]) { right = .number(number) } else { right = .policy(try PolicyText(words[2])) }
        if words.count == 5 {
            guard ["+", "-"].contains(words[3]), let number = Double(words[4]), number.isFinite else {
                throw .usage("gate '\(text)': '\(words[3]) \(words[4])' is no margin")
            }
            margin = words[3] == "-" ? -number : number
        } else {
            margin = 0
        }
    }

    var policies: [PolicyText] {
        if case .policy(let other) = right { [left, other] } else { [left] }
    }

    /// What became of it.
    struct Outcome {
        let gate: Gate
        let isShown: Bool
        /// Left less right (or left alone against a number), margin not included.
        let value: Double?
        let interval: Interval?
        let estimator: String
        let reason: String
    }

    /// Judged by the end of the interval that is against the claim.
    func judge(value: Double?, interval: Interval?, estimator: String, absence: String?) -> Outcome {
        let threshold: Double = if case .number(let number) = right { number + margin } else { margin }
        guard let interval else {
            return Outcome(
                gate: self, isShown: false, value: value, interval: nil, estimator: estimator,
                reason: absence ?? "there is no interval")
        }
        let isShown = isGreater ? interval.low > threshold : interval.high < threshold
        func short(_ value: Double) -> String { String(format: "%.5g", value) }
        let end = isGreater ? "lower end \(short(interval.low))" : "upper end \(short(interval.high))"
        return Outcome(
            gate: self, isShown: isShown, value: value, interval: interval, estimator: estimator,
            reason: "\(end) against \(short(threshold))")
    }
}
