import BanditCore

/// The policies of `BanditCore` as keys of a configuration file.
enum PolicyKeys {
    /// Every parameter of any kind, and `arm`.
    static let names: [String] = {
        var names: [String] = []
        for name in PolicyKind.allCases.flatMap(PolicyParameter.parameters).map(\.name) where !names.contains(name) {
            names.append(name)
        }
        return names + ["arm"]
    }()

    /// “number (ucb1, kl-ucb)”
    static func type(of name: String) -> String {
        if name == "arm" { return "arm id (fixed)" }
        let takers = PolicyKind.allCases.filter { kind in
            PolicyParameter.parameters(of: kind).contains { $0.name == name }
        }
        return "number (\(takers.map(\.rawValue).joined(separator: ", ")))"
    }

    /// The parameters of a policy with their defaults filled in.
    static func parameters(of policy: PolicySpecification) -> [(name: String, value: Double)] {
        PolicyParameter.parameters(of: policy.kind).map { ($0.name, policy.value($0.name)) }
    }

    /// “above 0 and at most 10”, “from 0 to 1”.
    static func text(of range: ClosedRange<Double>) -> String {
        range.lowerBound > 0 && range.lowerBound < 1e-300
            ? "a number above 0 and at most \(range.upperBound)"
            : "a number from \(range.lowerBound) to \(range.upperBound)"
    }
}

extension ConfigurationDecoder {
    /// The policy of a route's section, `arms` being the route's; nil where it is wrong, which is reported.
    func decodeSpecification(_ section: MappingReader, arms: RouteArms) -> PolicySpecification? {
        var kind = PolicyKind.thompson
        if let word = section.scalar("kind") {
            guard let named = PolicyKind(name: word.text) else {
                section.reportChoice(word, among: PolicyKind.allCases.map(\.rawValue))
                return nil
            }
            kind = named
        }
        let known = PolicyParameter.parameters(of: kind)
        var parameters: [String: Double] = [:]
        for name in PolicyKeys.names where name != "arm" {
            // Asked for in any case, so that the schema's every key is looked at.
            guard let scalar = section.scalar(name) else {
                parameters[name] = known.first { $0.name == name }?.defaultValue
                continue
            }
            guard let parameter = known.first(where: { $0.name == name }) else {
                section.report(
                    name, "policy \(kind.rawValue) has no such parameter",
                    suggestion: nearestName(to: name, among: known.map(\.name)))
                continue
            }
            guard let value = scalar.number, parameter.range.contains(value) else {
                section.report(name, scalar.mismatch(PolicyKeys.text(of: parameter.range)))
                continue
            }
            parameters[name] = value
        }
        let arm = section.scalar("arm")
        if kind == .fixed {
            guard let arm else {
                if !section.has("arm") { log.report(section.location, "policy fixed needs an arm") }
                return nil
            }
            if arms.isComplete { checkReference(arm, to: "arm in this route's list called", among: arms.ids) }
        } else if arm != nil {
            section.report("arm", "policy \(kind.rawValue) takes no arm; policy fixed does")
            return nil
        }
        do throws(PolicyError) {
            return try PolicySpecification.parse(kind: kind.rawValue, parameters: parameters, arm: arm?.text)
        } catch {
            section.report("kind", error.message)
            return nil
        }
    }
}
