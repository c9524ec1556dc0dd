import BanditCore
import Foundation
import OffPolicy
import Yams

/// A policy to be judged, as the command line spells it.
enum PolicyText {
    case logged
    case uniform
    case fixed(arm: String)
    case column(name: String)
    case learner(LearnerSpecification)

    /// `fixed:`, `column:` and `file:` take the rest of the text as a name.
    init(_ text: String) throws(CommandFailure) {
        switch text {
        case "logged": self = .logged
        case "uniform": self = .uniform
        default:
            if let arm = Self.rest(of: text, after: "fixed:") {
                self = .fixed(arm: arm)
            } else if let name = Self.rest(of: text, after: "column:") {
                self = .column(name: name)
            } else if let path = Self.rest(of: text, after: "file:") {
                self = try Self.read(path, name: text)
            } else {
                self = try Self.learner(SpecificationText(text, what: "policy"), name: text)
            }
        }
    }

    var name: String {
        switch self {
        case .logged: "logged"
        case .uniform: "uniform"
        case .fixed(let arm): "fixed:\(arm)"
        case .column(let name): "column:\(name)"
        case .learner(let learner): learner.name
        }
    }

    var learner: LearnerSpecification? {
        if case .learner(let learner) = self { learner } else { nil }
    }

    private static func rest(of text: String, after prefix: String) -> String? {
        text.hasPrefix(prefix) && text.count > prefix.count ? String(text.dropFirst(prefix.count)) : nil
    }

    /// A `policy:` block as in router.yaml, or the file being one.
    private static func read(_ path: String, name: String) throws(CommandFailure) -> PolicyText {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .input("\(path): file: cannot be read")
        }
        let document: YAMLDocument
        do throws(YAMLDocument.SyntaxError) {
            document = try YAMLDocument(text: String(decoding: data, as: UTF8.self))
        } catch {
            throw .input("\(path):\(error.line ?? 1): yaml: \(error.reason)")
        }
        guard let mapping = (document.root?.mapping?["policy"] ?? document.root)?.mapping,
            let kind = mapping["kind"]?.string
        else {
            throw .input("\(path):1: policy: a section with a kind is expected")
        }
        var parameters: [(name: String, value: String)] = []
        for (key, value) in mapping where key.string != "kind" {
            guard let word = key.string, let text = value.scalar?.string else {
                throw .input("\(path):\(value.mark?.line ?? 1): policy: keys with plain values are expected")
            }
            parameters.append((word, text))
        }
        if kind == "fixed", let arm = parameters.first(where: { $0.name == "arm" }) { return .fixed(arm: arm.value) }
        if kind == "uniform", parameters.isEmpty { return .uniform }
        return try learner(SpecificationText(kind: kind, parameters: parameters), name: name)
    }

    /// Words that say how a learner learns; the others are the policy's own.
    private static let learningWords = [
        "prior_mean", "prior_strength", "pooling", "concentration", "graded", "floor", "half_life_s",
        "dollars_per_quality",
        "seconds_per_quality",
    ]

    private static func learner(_ text: SpecificationText, name: String) throws(CommandFailure) -> PolicyText {
        var numbers: [String: Double] = [:]
        for (word, value) in text.parameters where !learningWords.contains(word) {
            guard let number = Double(value), number.isFinite else {
                throw .usage("policy '\(name)': \(word) must be a number, not '\(value)'")
            }
            numbers[word] = number
        }
        let policy: PolicySpecification
        do throws(PolicyError) {
            policy = try PolicySpecification.parse(kind: text.kind, parameters: numbers)
        } catch {
            throw .usage("policy '\(name)': \(error.message)")
        }
        var learner = LearnerSpecification(name: name, policy: policy)
        var prior = (mean: learner.prior.mean, strength: learner.prior.strength)
        for (word, value) in text.parameters where learningWords.contains(word) {
            func number(_ range: ClosedRange<Double>) throws(CommandFailure) -> Double {
                guard let number = Double(value), range.contains(number) else {
                    throw .usage(
                        "policy '\(name)': \(word) must be a number from \(range.lowerBound) to \(range.upperBound), not '\(value)'"
                    )
                }
                return number
            }
            switch word {
            case "prior_mean": prior.mean = try number(0.001...0.999)
            case "prior_strength": prior.strength = try number(0.01...1e6)
            case "pooling":
                guard let pooling = value == "off" ? Pooling.none : Pooling(rawValue: value) else {
                    throw .usage("policy '\(name)': pooling must be off, none, global or pooled, not '\(value)'")
                }
                learner.pooling = pooling
            case "concentration":
                guard let concentration = Concentration(text: value) else {
                    throw .usage(
                        "policy '\(name)': concentration must be \(Concentration.expectation), not '\(value)'")
                }
                learner.concentration = concentration
            case "floor": learner.floor = try number(0...1)
            case "half_life_s": learner.halfLifeSeconds = try number(1e-3...1e12)
            case "dollars_per_quality": learner.dollarsPerQuality = try number(1e-12...1e12)
            case "seconds_per_quality": learner.secondsPerQuality = try number(1e-12...1e12)
            default:
                // The words of `simulate` too.
                guard ["on", "off", "true", "false"].contains(value) else {
                    throw .usage("policy '\(name)': graded must be true or false, not '\(value)'")
                }
                learner.graded = value == "on" || value == "true"
            }
        }
        learner.prior = ArmPrior(mean: prior.mean, strength: prior.strength)
        return .learner(learner)
    }
}
