import OffPolicy

/// Estimators and intervals by their names on the command line.
enum EstimatorText {
    static func estimator(_ text: String) throws(CommandFailure) -> EstimatorSpecification {
        let specification = try SpecificationText(text, what: "estimator")
        guard let kind = EstimatorKind(rawValue: specification.kind) else {
            let names = EstimatorKind.allCases.map(\.rawValue)
            throw .usage(
                "unknown estimator '\(specification.kind)'"
                    + (nearestName(to: specification.kind, among: names).map { "; did you mean '\($0)'?" } ?? "")
                    + " (\(names.joined(separator: ", ")))")
        }
        guard let given = specification.parameters.first else { return EstimatorSpecification(kind) }
        guard let name = kind.parameterName else {
            throw .usage("estimator '\(kind.rawValue)' has no parameter '\(given.name)'")
        }
        guard specification.parameters.count == 1, given.name == name else {
            throw .usage("estimator '\(text)': '\(kind.rawValue)' takes \(name)= only")
        }
        if given.value == "slope" { return EstimatorSpecification(kind, parameter: .slope) }
        let isUnit = kind == .subGaussian
        guard let value = Double(given.value), value.isFinite, value >= 0, !isUnit || value <= 1 else {
            throw .usage(
                "estimator '\(text)': \(name) must be \(isUnit ? "in [0, 1]" : "a number ≥ 0"), or slope, not '\(given.value)'"
            )
        }
        return EstimatorSpecification(kind, parameter: .value(value))
    }

    static func interval(_ text: String) throws(CommandFailure) -> IntervalMethod {
        guard let method = IntervalMethod(rawValue: text) else {
            throw .usage(
                "unknown interval '\(text)' (\(IntervalMethod.allCases.map(\.rawValue).joined(separator: ", ")))")
        }
        return method
    }
}
