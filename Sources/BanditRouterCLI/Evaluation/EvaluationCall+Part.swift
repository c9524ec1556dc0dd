import Foundation
import LogFiles
import OffPolicy

extension EvaluationCall {
    /// What a part of the log says. `arguments`: the call's words, which the part keeps for `merge`.
    func judgePart(_ part: LogPart, isOwnLog: Bool, arguments: [String]) throws(CommandFailure) -> EvaluationPart {
        var call = self
        // dm is fitted on all rows: no sum of parts.
        if settings.estimators.map(\.kind) == EstimatorKind.standard {
            call.settings.estimators.removeAll { $0.kind == .dm }
        }
        try call.checkPart()
        call.settings.parts = part.count
        call.settings.intervals = [.bootstrap]
        call.part = isOwnLog ? nil : part
        let log = try call.read()
        let policies = call.allPolicies(log)
        if statePath == nil, let learner = policies.first(where: { $0.learner != nil }) {
            throw .usage(
                "policy '\(learner.name)' learns from the whole log: with --part it needs a --state it has learned")
        }
        let range = log.evaluated(afterShare: trainShare ?? 0)
        guard !range.isEmpty else {
            throw .input("\(self.log): rows: no row of part \(part.index)/\(part.count) is left")
        }
        let clusters = settings.clustersBySession ? Clusters(log.rows, range: range) : nil
        let rewards = FittedRewards(
            log, range: range, model: settings.rewardModel, crossFit: settings.crossFit, clusters: clusters)
        let silent = log.silentRows
        var evaluations: [PolicyEvaluation] = []
        for policy in policies {
            let target = try call.target(policy, log, log.rows, range: range)
            let rest = silent.count == 0 ? nil : try? call.target(policy, log, silent, range: 0..<silent.count)
            evaluations.append(
                PolicyEvaluation(
                    target, log: log, range: range, rewards: rewards, settings: call.settings, silent: rest))
        }
        return EvaluationPart(
            arguments: arguments, part: part, log: log, range: range,
            widening: clusters == nil ? LogWarnings.widening(log, range: range) : nil, evaluations: evaluations)
    }

    /// What does not add up over parts is not done by parts.
    private func checkPart() throws(CommandFailure) {
        var seen: Set<EstimatorKind> = []
        for specification in settings.estimators {
            let kind = specification.kind
            guard kind != .dm, kind != .adaptivelyWeighted else {
                throw .usage("--part: \(kind.rawValue) is no sum over rows, so that parts of it do not add up")
            }
            guard specification.parameter != .slope else {
                throw .usage("--part: \(kind.rawValue):slope chooses by the whole log; give the number")
            }
            guard seen.insert(kind).inserted else { throw .usage("--part: \(kind.rawValue) is asked for twice") }
        }
        for method in settings.intervals where method != .normal && method != .bootstrap {
            throw .usage("--part: \(method.rawValue) takes one row after another; bootstrap and normal add up")
        }
        if case .utility = metric { throw .usage("--part: a utility is scaled by the whole log's range") }
        if isLearning { throw .usage("--part: policies that learn on the way take one row after another") }
    }
}

/// A part of an evaluation as a file.
enum PartFile {
    private static let infinities = (positive: "inf", negative: "-inf", nan: "nan")

    static func write(_ part: EvaluationPart, to path: String) throws(CommandFailure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: infinities.positive, negativeInfinity: infinities.negative, nan: infinities.nan)
        do { try encoder.encode(part).write(to: URL(filePath: path), options: .atomic) } catch {
            throw .input("\(path): file: cannot be written")
        }
    }

    static func read(_ path: String) throws(InputError) -> EvaluationPart {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: infinities.positive, negativeInfinity: infinities.negative, nan: infinities.nan)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw InputError(file: path, field: "file", reason: "cannot be read")
        }
        guard let part = try? decoder.decode(EvaluationPart.self, from: data), part.format == EvaluationPart.format,
            part.count >= 1, (0..<part.count).contains(part.index),
            part.policies.allSatisfy({ $0.series.allSatisfy { $0.sums.count % 4 == 0 } })
        else {
            throw InputError(file: path, field: "format", reason: "is no part of an evaluation")
        }
        return part
    }
}
