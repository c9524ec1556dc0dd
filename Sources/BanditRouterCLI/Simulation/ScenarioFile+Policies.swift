import BanditCore
import PolicySimulator
import RoutingEngine

extension ScenarioFile {
    private static let policyKeys = [
        "id", "kind", "arm", "pooling", "concentration", "graded", "exploration", "forgetting", "affinity", "budget",
    ]
    static let cappedName = "litellm"
    private static let cappedKeys = ["cap", "prior_mass", "quality_weight"]

    static func policies(_ node: StrictNode) -> [Policy] {
        var policies: [Policy] = []
        guard let items = node.items("a list of policies") else { return [] }
        if items.isEmpty { node.report("must have at least one policy") }
        for item in items {
            guard let policy = policy(item) else { continue }
            if policies.contains(where: { $0.id == policy.id }) {
                item.report("the policy id “\(policy.id)” is given twice")
            }
            policies.append(policy)
        }
        return policies
    }

    private static func policy(_ item: StrictNode) -> Policy? {
        // The kind says which numbers are keys, so it is looked for first.
        let word = item.openSection("a policy: a section with id and kind")?.first { $0.key == "kind" }?.value.text()
        let kind = word.flatMap(PolicyKind.init(name:))
        let numbers =
            word == cappedName ? cappedKeys : kind.map { PolicySpecification.parameterNames($0).map(\.name) } ?? []
        guard let section = item.section(keys: policyKeys + numbers) else { return nil }
        guard let kindNode = section.required("kind"), let word else { return nil }
        guard kind != nil || word == cappedName else {
            let words = PolicyKind.allCases.map(\.rawValue) + [cappedName]
            _ = kindNode.choice(words)
            return nil
        }
        guard let made = self.kind(word, numbers: numbers, section: section, kindNode: kindNode) else { return nil }
        var policy = Policy(
            id: section["id"]?.string() ?? word, line: item.line, kind: made,
            // The comparison has no pooling: it is as published.
            pooling: word == cappedName ? .none : .pooled, concentration: .annealed,
            graded: section["graded"]?.boolean(),
            explorationFloor: 0, halfLife: nil, affinity: .session, paced: section["budget"]?.boolean() ?? true)
        if let own = section["pooling"]?.choice(Pooling.allCases.map(\.rawValue)) {
            policy.pooling = Pooling(rawValue: own) ?? .pooled
        }
        if let own = section["concentration"]?.concentration() { policy.concentration = own }
        if let own = section["exploration"]?.section(keys: ["floor"])?.required("floor")?.share() {
            policy.explorationFloor = own
        }
        if let own = section["forgetting"]?.section(keys: ["half_life_rounds"])?.required("half_life_rounds")?
            .integer(in: 1...1_000_000_000, "a whole number of at least 1")
        {
            policy.halfLife = own
        }
        if let own = section["affinity"]?.choice(Affinity.allCases.map(\.rawValue)) {
            policy.affinity = Affinity(rawValue: own) ?? .session
        }
        return policy
    }

    private static func kind(
        _ word: String, numbers: [String], section: StrictMapping, kindNode: StrictNode
    ) -> SimulatedPolicy.Kind? {
        var parameters: [String: Double] = [:]
        for name in numbers {
            if let node = section[name] {
                guard let value = node.number(in: -1e300...1e300, "a number") else { return nil }
                parameters[name] = value
            }
        }
        if word == cappedName {
            for (name, value) in parameters where value <= 0 || (name == "quality_weight" && value > 1) {
                section.report(name, "must be above 0\(name == "quality_weight" ? " and at most 1" : "")")
            }
            return .capped(
                CappedLearner(
                    cap: parameters["cap"] ?? 200, priorMass: parameters["prior_mass"] ?? 10,
                    qualityWeight: parameters["quality_weight"] ?? 0.7))
        }
        do {
            return .router(
                try PolicySpecification.parse(
                    kind: word, parameters: parameters, arm: section["arm"].flatMap { $0.string("an arm") }))
        } catch {
            kindNode.report(error.message)
            return nil
        }
    }
}
