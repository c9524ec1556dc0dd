import BanditCore

/// The policies of `BanditCore` as keys of a configuration file.
enum PolicyKeys {
    static let names: [String] = ["c", "epsilon", "arm"]
    static func type(of name: String) -> String { name == "arm" ? "arm id" : "number" }
    static func kind(of policy: PolicySpecification) -> String { policy.kind }
    static func parameters(of policy: PolicySpecification) -> [(name: String, value: Double)] {
        policy.parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
    static func arm(of policy: PolicySpecification) -> String? { policy.arm }
    static func isDeterministic(_ policy: PolicySpecification) -> Bool { policy.kind.contains("ucb") }
}

extension ConfigurationDecoder {
    func decodeSpecification(_ section: MappingReader) -> PolicySpecification? {
        guard let kind = section.scalar("kind") else { return nil }
        let kinds = ["thompson", "ucb1", "epsilon-greedy", "fixed", "uniform"]
        guard kinds.contains(kind.text) else {
            section.reportChoice(kind, among: kinds)
            return nil
        }
        var parameters: [String: Double] = [:]
        for name in PolicyKeys.names where name != "arm" {
            if let value = section.number(name, .any) { parameters[name] = value }
        }
        return PolicySpecification(kind: kind.text, values: parameters, arm: section.scalar("arm")?.text)
    }
}
