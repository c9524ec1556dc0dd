/// Estimators that one pass can feed: each kind at most once, so with one set of parameters.
struct EstimatorRound {
    var parameters: EstimatorParameters
    /// Indices into the specifications.
    var members: [Int] = []

    /// The fewest rounds that serve all specifications, in order. SLOPE's choices are made here.
    static func rounds(
        _ specifications: [EstimatorSpecification], defaults: EstimatorParameters, stream: RowStream
    ) -> [EstimatorRound] {
        var rounds: [EstimatorRound] = []
        for (index, specification) in specifications.enumerated() {
            let value: Double? =
                switch specification.parameter {
                case .standard: defaults[specification.kind]
                case .value(let value): value
                case .slope: Slope.choose(specification.kind, stream: stream, defaults: defaults)
                }
            let place = rounds.firstIndex { round in
                !round.members.contains { specifications[$0].kind == specification.kind }
            }
            if let place {
                rounds[place].parameters[specification.kind] = value
                rounds[place].members.append(index)
            } else {
                var round = EstimatorRound(parameters: defaults)
                round.parameters[specification.kind] = value
                round.members.append(index)
                rounds.append(round)
            }
        }
        return rounds
    }
}
