/// Feeds the estimators from a stream, keeping their sums by part for the bootstrap.
struct EstimatorPass {
    let stream: RowStream
    let settings: EvaluationSettings
    private let clusters: Clusters?
    private let keepsParts: Bool
    private let partEnds: [Int]

    init(_ stream: RowStream, settings: EvaluationSettings, clusters: Clusters?) {
        self.clusters = clusters
        self.stream = stream
        self.settings = settings
        keepsParts = settings.intervals.contains(.bootstrap)
        partEnds =
            !keepsParts
            ? [stream.range.count]
            : clusters != nil
                ? Array(1...stream.range.count) : BayesianBootstrap.partEnds(count: stream.range.count)
    }

    /// What a pass found out.
    struct Outcome {
        let stream: RowStream
        let suite: EstimatorSuite
        let directMethod: DirectMethod
        let totals: RowStream.Totals
        /// `[part]`, by kind; empty without a bootstrap.
        let parts: [EstimatorKind: [SIMD4<Double>]]
        let adaptive: AdaptivelyWeighted?
    }

    /// Mean share of the policy on arms that are not eligible.
    func missingMass() -> Double {
        stream.forEachBlock(partEnds: [stream.range.count]) { _, _ in }.missingMass / Double(stream.range.count)
    }

    func run(_ parameters: EstimatorParameters) -> Outcome {
        let shift = stream.rewards.meanReward
        let fresh = EstimatorSuite(parameters, shift: shift)
        let full = stream.rewards.full
        let largestWeight = stream.weights.largest
        var directMethod = DirectMethod(shift: shift, cellCount: full.count)
        var total = fresh
        var part = fresh
        var current = 0
        let kinds = Set(settings.estimators.map(\.kind))
        let blockKinds = kinds.filter { fresh[$0] != nil }
        var parts: [EstimatorKind: [SIMD4<Double>]] = [:]
        var modelSums: [SIMD4<Double>] = []
        var modelSum = SIMD4<Double>.zero
        let partCount = partEnds.count
        for kind in blockKinds where keepsParts {
            parts[kind] = []
            parts[kind]!.reserveCapacity(partCount)
        }
        func closePart() {
            guard keepsParts else { return }
            for kind in blockKinds { parts[kind]!.append(part[kind]!.sums) }
            modelSums.append(modelSum)
            modelSum = .zero
            total = total + part
            part = fresh
        }
        let wantsDirectMethod = kinds.contains(.dm)
        let totals = stream.forEachBlock(partEnds: partEnds) { rows, index in
            if index != current {
                closePart()
                current = index
            }
            let sums = RowSums(rows, parameters: parameters, shift: shift, largestWeight: largestWeight)
            part.add(sums)
            guard wantsDirectMethod else { return }
            directMethod.add(rows, sums, cellValues: full)
            let n = Double(rows.count)
            modelSum += SIMD4(n, sums.modelled.fullModels.sum() + shift * n, 0, 0)
        }
        if keepsParts { closePart() } else { total = part }
        if keepsParts, wantsDirectMethod {
            parts[.dm] = directMethodParts(modelSums, mass: totals.mass)
        }
        if let clusters { parts = parts.mapValues { Self.byCluster($0, clusters) } }
        let adaptive = kinds.contains(.adaptivelyWeighted) ? AdaptivelyWeighted(stream) : nil
        return Outcome(
            stream: stream, suite: total, directMethod: directMethod, totals: totals, parts: parts, adaptive: adaptive)
    }

    /// Adds the second part of dm's ψ, ω(r − q_a), whose ω is known only after the pass; its mean is taken out.
    private func directMethodParts(_ modelSums: [SIMD4<Double>], mass: [Double]) -> [SIMD4<Double>] {
        let omega = DirectMethod.omega(mass: mass, sums: stream.rewards.sums)
        let armCount = stream.log.names.arms.count
        let rows = stream.log.rows
        var sums = modelSums
        var total = 0.0
        var row = stream.range.lowerBound
        for part in partEnds.indices {
            let end = stream.range.lowerBound + partEnds[part]
            while row < end {
                let cell = Int(rows.category[row]) * armCount + Int(rows.arm[row])
                sums[part][2] += omega[cell] * (rows.reward[row] - stream.rewards.full[cell])
                row += 1
            }
            total += sums[part][2]
        }
        let mean = total / Double(stream.range.count)
        for part in sums.indices { sums[part][2] -= mean * sums[part][0] }
        return sums
    }

    /// Sums of single rows put together by cluster; more clusters than parts share parts.
    private static func byCluster(_ rows: [SIMD4<Double>], _ clusters: Clusters) -> [SIMD4<Double>] {
        var sums = [SIMD4<Double>](repeating: .zero, count: min(clusters.count, BayesianBootstrap.partLimit))
        for (row, sum) in rows.enumerated() { sums[Int(clusters.index[row]) % sums.count] += sum }
        return sums
    }
}

extension EstimatorPass.Outcome {
    func result(_ specification: EstimatorSpecification, _ parameters: EstimatorParameters) -> PolicyEvaluation.Result {
        let kind = specification.kind
        if kind == .adaptivelyWeighted, adaptive!.get().value == nil, stream.weights.sum > 0 {
            return PolicyEvaluation.Result(
                specification: specification, parameter: parameters[kind], point: .undefined,
                absence:
                    "the log has the propensity of the arm drawn only, and \(kind.rawValue) needs the probabilities of every arm",
                statistic: nil, influence: nil, storedInfluence: nil, rare: nil)
        }
        let rare =
            isOfRewards ? RareEvents(kind == .replay ? suite.replay.rareSums : suite.selfNormalized.rareSums) : nil
        let point: PointEstimate
        var statistic: BayesianBootstrap.Statistic?
        let influence: @Sendable (RowBlock.Row) -> Double
        switch kind {
        case .dm:
            let omega = DirectMethod.omega(mass: totals.mass, sums: stream.rewards.sums)
            let full = stream.rewards.full
            point = directMethod.get(mass: totals.mass, sums: stream.rewards.sums, cellValues: full)
            statistic = parts[kind].map { BayesianBootstrap.Statistic(parts: $0) { ($0[1] + $0[2]) / $0[0] } }
            let value = point.value ?? .nan
            influence = { row in row.fullModelOfPolicy - value + omega[row.cell] * (row.reward - full[row.cell]) }
        case .adaptivelyWeighted:
            point = adaptive!.get()
            influence = { _ in .nan }
        default:
            let estimator = suite[kind]!
            point = estimator.get()
            statistic = parts[kind].map { parts in Self.statistic(estimator, parts) }
            influence = { estimator.influence($0) }
        }
        return PolicyEvaluation.Result(
            specification: specification, parameter: parameters[kind], point: point,
            absence: point.value == nil ? "no row of the log carries weight under this policy" : nil,
            statistic: statistic,
            influence: kind == .adaptivelyWeighted ? nil : influence,
            storedInfluence: kind == .adaptivelyWeighted ? adaptive!.influences() : nil,
            rare: kind == .dm ? nil : rare)
    }

    /// Rare events are rare rewards: costs and latencies have no usual value.
    private var isOfRewards: Bool { stream.log.metric == MetricRange() }

    private static func statistic<E: OffPolicyEstimator>(_ estimator: E, _ parts: [SIMD4<Double>])
        -> BayesianBootstrap.Statistic
    {
        BayesianBootstrap.Statistic(parts: parts) { E.value(sums: $0) }
    }
}
