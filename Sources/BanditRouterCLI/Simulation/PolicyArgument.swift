import BanditCore
import PolicySimulator
import RoutingEngine

/// A policy as the command line names it: `thompson`, `fixed:ARM`, `ucb1:c=2`, `thompson:pooling=none,concentration=2`.
struct PolicyArgument {
    /// Why an argument names no policy.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    static let options = ["pooling", "concentration", "floor", "half_life_rounds", "graded", "budget"]

    static func parse(_ text: String) throws(Refusal) -> ScenarioFile.Policy {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let word = String(parts[0])
        let rest = parts.count > 1 ? String(parts[1]) : ""
        var policy = ScenarioFile.Policy(
            id: text, line: nil, kind: .capped(CappedLearner()),
            pooling: word == ScenarioFile.cappedName ? .none : .pooled,
            concentration: .annealed, graded: nil, explorationFloor: 0, halfLife: nil, affinity: .session, paced: true)
        if word == PolicyKind.fixed.rawValue {
            policy.kind = .router(try specification(word, [:], arm: rest))
            return policy
        }
        var numbers: [String: Double] = [:]
        for item in rest.split(separator: ",") {
            let pair = item.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2 else {
                throw Refusal(description: "policy \(text): “\(item)” is not NAME=VALUE")
            }
            if try set(pair[0], pair[1], of: &policy, in: text) { continue }
            guard let value = Double(pair[1]), value.isFinite else {
                throw Refusal(description: "policy \(text): \(pair[0]) must be a number, not “\(pair[1])”")
            }
            numbers[pair[0]] = value
        }
        if word == ScenarioFile.cappedName {
            policy.kind = .capped(try capped(numbers, in: text))
        } else {
            policy.kind = .router(try specification(word, numbers, arm: nil))
        }
        return policy
    }

    /// Whether the name is one of the options that every policy has.
    private static func set(
        _ name: String, _ value: String, of policy: inout ScenarioFile.Policy, in text: String
    ) throws(Refusal) -> Bool {
        func number(_ range: ClosedRange<Double>, _ expectation: String) throws(Refusal) -> Double {
            guard let number = Double(value), range.contains(number) else {
                throw Refusal(description: "policy \(text): \(name) must be \(expectation), not “\(value)”")
            }
            return number
        }
        func flag() throws(Refusal) -> Bool {
            switch value {
            case "true", "on": return true
            case "false", "off": return false
            default: throw Refusal(description: "policy \(text): \(name) must be true or false, not “\(value)”")
            }
        }
        switch name {
        case "pooling":
            guard let pooling = value == "off" ? Pooling.none : Pooling(rawValue: value) else {
                let words = Pooling.allCases.map(\.rawValue)
                throw Refusal(description: "policy \(text): pooling must be one of \(words.joined(separator: ", "))")
            }
            policy.pooling = pooling
        case "concentration":
            guard let concentration = Concentration(text: value) else {
                throw Refusal(
                    description: "policy \(text): concentration must be \(Concentration.expectation), not “\(value)”")
            }
            policy.concentration = concentration
        case "floor": policy.explorationFloor = try number(0...1, "a number from 0 to 1")
        case "half_life_rounds": policy.halfLife = Int(saturating: try number(1...1e9, "a number of at least 1"))
        case "graded": policy.graded = try flag()
        case "budget": policy.paced = try flag()
        default: return false
        }
        return true
    }

    private static func specification(
        _ word: String, _ numbers: [String: Double], arm: String?
    ) throws(Refusal) -> PolicySpecification {
        do {
            return try PolicySpecification.parse(kind: word, parameters: numbers, arm: arm)
        } catch {
            throw Refusal(description: error.message)
        }
    }

    private static func capped(_ numbers: [String: Double], in text: String) throws(Refusal) -> CappedLearner {
        var capped = CappedLearner()
        for (name, value) in numbers.sorted(by: { $0.key < $1.key }) {
            guard value > 0, name != "quality_weight" || value <= 1 else {
                throw Refusal(description: "policy \(text): \(name) must be above 0")
            }
            switch name {
            case "cap": capped.cap = value
            case "prior_mass": capped.priorMass = value
            case "quality_weight": capped.qualityWeight = value
            default:
                let nearest = nearestName(to: name, among: ["cap", "prior_mass", "quality_weight"])
                let hint = nearest.map { " (did you mean “\($0)”?)" } ?? ""
                throw Refusal(description: "policy \(text): unknown parameter “\(name)”\(hint)")
            }
        }
        return capped
    }
}
