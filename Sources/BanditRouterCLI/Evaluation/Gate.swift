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
        if let number = Double(words[2]) {
            guard number.isFinite else { throw .usage("gate '\(text)': '\(words[2])' is no number to compare with") }
            right = .number(number)
        } else {
            right = .policy(try PolicyText(words[2]))
        }
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

    /// How far the end of an interval that is against the claim lies on the claim's side; not above 0 where it does not.
    func margin(of interval: Interval) -> Double {
        isGreater ? interval.low - threshold : threshold - interval.high
    }

    var threshold: Double { if case .number(let number) = right { number + margin } else { margin } }

    /// Of all rows, what may be left out as invalid before nothing is shown by the rest.
    private static let tolerableSkips = 0.05

    /// Why nothing is shown of these policies by a log, whatever their intervals say.
    static func doubt(_ log: DecisionLog, _ check: PropensityCheck, of policies: [String]) -> String? {
        let skipped = log.counts.skippedInvalid
        let all = skipped + log.counts.rows
        if Double(skipped) > tolerableSkips * Double(all) {
            return "\(skipped) rows could not be read and were left out, of \(all): they may be others than the rest"
        }
        // What was earned is a fact, whatever was logged of the draws.
        guard !check.doubtful.isEmpty, policies.contains(where: { $0 != "logged" }) else { return nil }
        return "the logged propensities are doubtful"
    }

    /// What became of it.
    struct Outcome {
        let gate: Gate
        var isShown = false
        /// Left less right (or left alone against a number), margin not included.
        var value: Double?
        var interval: Interval?
        let estimator: String
        /// What it was taken for granted of the silent.
        let assumption: String?
        /// How much less content than those who answered the silent may be, where the claim rests on that.
        var breakdownPoint: Double?
        var reason = "there is no interval"

        init(gate: Gate, estimator: String, assumption: String?) {
            self.gate = gate
            self.estimator = estimator
            self.assumption = assumption
        }

        /// Judges by the end of the interval that is against the claim.
        mutating func decide(by interval: Interval) {
            self.interval = interval
            isShown = gate.margin(of: interval) > 0
            func short(_ value: Double) -> String { String(format: "%.5g", value) }
            let end = gate.isGreater ? "lower end \(short(interval.low))" : "upper end \(short(interval.high))"
            reason = "\(end) against \(short(gate.threshold))"
        }
    }
}
