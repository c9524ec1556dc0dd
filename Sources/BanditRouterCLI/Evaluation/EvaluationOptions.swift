import ArgumentParser
import Foundation
import OffPolicy

/// The flags `evaluate` and `replay` share.
struct EvaluationOptions: ParsableArguments {
    @Argument(help: "A decision log: JSON lines, gzip or not, or the router's SQLite file.")
    var log: String

    @Option(
        help: "A policy to judge, repeatable: logged, uniform, fixed:ARM, column:NAME, file:PATH, thompson, ucb1:c=2, …"
    )
    var policy: [String] = []

    @Option(
        help:
            "An estimator, repeatable: replay dm ips clipped-ips snips dr sndr switch-dr dros sub-gaussian aw-aipw; max_weight= or lambda= after a colon, slope lets the log choose."
    )
    var estimator: [String] = []

    @Option(help: "An interval, repeatable: bootstrap, normal, empirical-bernstein, anytime, gamma.")
    var interval: [String] = []

    @Option(help: "How often intervals are to cover.")
    var confidence: Double = 0.95

    @Option(help: "Replicates of the bootstrap.")
    var bootstrapReplicates: Int = 1000

    /// The k-th of B replicates is the quantile k/(B + 1): with fewer the ends of an interval would be no quantiles any more.
    private var leastReplicates: Int { Int(saturating: (2 / (1 - confidence) - 1 - 1e-9).rounded(.up)) }

    @Option(help: "Of every draw.")
    var seed: UInt64 = 1

    @Option(help: "pooled or cell-mean.")
    var rewardModel: String = RewardModel.pooled.rawValue

    @Option(help: "Which rows a row's reward model has seen: past, folds:F or none.")
    var crossFit: String = "past"

    @Option(help: "Share of the rows that trains policies which learn; 0.5 if one is there.")
    var trainFraction: Double?

    @Option(help: "Replays of a learner.")
    var replays: Int = 10

    @Option(help: "Accept by this quantile of 1/propensity instead of its largest: longer horizon, some bias.")
    var acceptQuantile: Double?

    @Option(help: "Seconds until a learner sees a reward, by the log's time.")
    var feedbackDelay: Double = 0

    @Flag(help: "Print the numbers of refused policies too.")
    var printRefused = false

    @Option(help: "Leave out up to so many bad lines.")
    var skipInvalid: Int = 0

    @Flag(help: "Say how long reading, estimates and intervals took.")
    var timings = false

    @Option(help: "reward, cost_usd, latency_ms or utility.")
    var metric: String = "reward"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "What the log's rewards are marks on: 1:5 for stars, 0:100 for per cent.", valueName: "low:high"))
    var rewardScale: String?

    @Option(parsing: .unconditional, help: "1, or -1 where the log's rewards are costs: less is better.")
    var rewardSign: Int = 1

    @Option(
        help:
            "logged; or shares (shares:by=category) where the log has no propensities and arms were drawn at random with fixed shares."
    )
    var propensities: String = "logged"

    @Option(help: "Price of cost in the utility.")
    var dollarsPerQuality: Double?

    @Option(help: "Price of latency in the utility.")
    var secondsPerQuality: Double?

    @Option(help: "Compare every policy with this one: the interval of the difference.")
    var compare: String?

    @Option(help: "A claim to show, repeatable: 'thompson > logged - 0.01'. Exit 1 when it is not.")
    var gate: [String] = []

    @Option(help: "none, or session: rows of one session_id count together, in every error, interval and gate.")
    var cluster: String = "none"

    @Option(
        help:
            "What is taken for granted of decisions nobody rated: bounds (nothing: claims hold whatever they think), or at-random."
    )
    var missing: String = MissingAssumption.bounds.rawValue

    @Option(help: "missing-at-random: the same as --missing at-random. It is repeated in every output.")
    var assume: [String] = []

    @Option(help: "unknown, or zero: a decision without a reward counts as 0, as it does for clicks.")
    var silence: String = "unknown"

    @Option(help: "A store or a snapshot that policies which learn start from.")
    var state: String?

    @Option(help: "Only decisions of this route; with --state, whose cells, where it has several.")
    var route: String?

    @Option(
        name: .customLong("config"),
        help: "The router's configuration: its metrics say what the rewards in a store are.")
    var configuration: String?

    @Option(help: "table, json or csv.")
    var format: String = "table"

    @Option(help: "Write a page with figures here.")
    var report: String?

    /// The call these flags ask for.
    func call(isLearning: Bool) throws(CommandFailure) -> EvaluationCall {
        var call = EvaluationCall(log: log)
        for text in policy { call.policies.append(try PolicyText(text)) }
        if !estimator.isEmpty {
            call.settings.estimators = []
            for text in estimator { call.settings.estimators.append(try EstimatorText.estimator(text)) }
        }
        if !interval.isEmpty {
            call.settings.intervals = []
            for text in interval { call.settings.intervals.append(try EstimatorText.interval(text)) }
        }
        guard confidence > 0, confidence < 1 else {
            throw .usage("--confidence must be between 0 and 1, not \(confidence)")
        }
        guard bootstrapReplicates <= 100_000, bootstrapReplicates >= leastReplicates else {
            throw .usage(
                "--bootstrap-replicates must be from \(leastReplicates) to 100000, not \(bootstrapReplicates): of fewer none lies beyond the "
                    + "ends of an interval at --confidence \(confidence)")
        }
        guard (1...10_000).contains(replays) else { throw .usage("--replays must be from 1 to 10000, not \(replays)") }
        guard skipInvalid >= 0 else { throw .usage("--skip-invalid must be ≥ 0, not \(skipInvalid)") }
        guard feedbackDelay >= 0, feedbackDelay <= 1e9 else {
            throw .usage("--feedback-delay must be from 0 to 1e9 seconds")
        }
        if let acceptQuantile, !(acceptQuantile > 0 && acceptQuantile <= 1) {
            throw .usage("--accept-quantile must be in (0, 1], not \(acceptQuantile)")
        }
        if let trainFraction, !(trainFraction >= 0 && trainFraction < 1) {
            throw .usage("--train-fraction must be in [0, 1), not \(trainFraction)")
        }
        guard let model = RewardModel(rawValue: rewardModel) else {
            throw .usage("unknown reward model '\(rewardModel)' (pooled, cell-mean)")
        }
        guard let crossFit = CrossFit(self.crossFit) else {
            throw .usage("unknown cross-fit '\(self.crossFit)' (past, folds:F with F ≥ 2, none)")
        }
        guard ["none", "session"].contains(cluster) else {
            throw .usage("unknown cluster '\(cluster)' (none, session)")
        }
        guard ["table", "json", "csv"].contains(format) else {
            throw .usage("unknown format '\(format)' (table, json, csv)")
        }
        guard ["unknown", "zero"].contains(silence) else {
            throw .usage("unknown silence '\(silence)' (unknown, zero)")
        }
        call.missing = try MissingAssumption(missing: missing, assumed: assume)
        call.silenceIsZero = silence == "zero"
        call.settings.confidence = confidence
        call.settings.bootstrapReplicates = bootstrapReplicates
        call.settings.seed = seed
        call.settings.rewardModel = model
        call.settings.crossFit = crossFit
        call.settings.clustersBySession = cluster == "session"
        call.metric = try metricAsked()
        switch propensities {
        case "logged": call.propensities = .logged
        case "shares": call.propensities = .shares(byCategory: false)
        case "shares:by=category": call.propensities = .shares(byCategory: true)
        default: throw .usage("unknown propensities '\(propensities)' (logged, shares, shares:by=category)")
        }
        call.rewardScale = try RewardScale(text: rewardScale, sign: rewardSign)
        call.trainShare = trainFraction
        call.isLearning = isLearning
        call.learning.replays = replays
        call.learning.acceptQuantile = acceptQuantile
        call.learning.feedbackDelayMicroseconds = Int64(saturating: feedbackDelay * 1e6)
        call.printsRefused = printRefused
        call.skipInvalid = skipInvalid
        call.statePath = state
        call.route = route
        call.configurationPath = configuration
        if let compare { call.comparedWith = try PolicyText(compare) }
        for text in gate { call.gates.append(try Gate(text)) }
        return call
    }

    /// The words of the call but for the log and what becomes of the report, which differ by machine.
    var arguments: [String] {
        var words: [String] = []
        func add(_ flag: String, _ values: [String?]) {
            for value in values { if let value { words += [flag, value] } }
        }
        add("--policy", policy)
        add("--estimator", estimator)
        add("--interval", interval)
        add("--confidence", ["\(confidence)"])
        add("--bootstrap-replicates", ["\(bootstrapReplicates)"])
        add("--seed", ["\(seed)"])
        add("--reward-model", [rewardModel])
        add("--cross-fit", [crossFit])
        add("--train-fraction", [trainFraction.map { "\($0)" }])
        if printRefused { words.append("--print-refused") }
        add("--skip-invalid", ["\(skipInvalid)"])
        add("--metric", [metric])
        add("--reward-scale", [rewardScale])
        add("--reward-sign", ["\(rewardSign)"])
        add("--propensities", [propensities])
        add("--compare", [compare])
        add("--gate", gate)
        add("--cluster", [cluster])
        add("--missing", [missing])
        add("--assume", assume)
        add("--silence", [silence])
        add("--route", [route])
        add("--state", [state])
        add("--config", [configuration])
        return words
    }

    private func metricAsked() throws(CommandFailure) -> Metric {
        for (name, value) in [
            ("--dollars-per-quality", dollarsPerQuality), ("--seconds-per-quality", secondsPerQuality),
        ] {
            if let value, !(value > 0 && value.isFinite) { throw .usage("\(name) must be above 0, not \(value)") }
        }
        switch metric {
        case "reward": return .reward
        case "cost_usd": return .costUSD
        case "latency_ms": return .latencyMS
        case "utility":
            guard dollarsPerQuality != nil || secondsPerQuality != nil else {
                throw .usage("--metric utility needs --dollars-per-quality or --seconds-per-quality")
            }
            return .utility(dollarsPerQuality: dollarsPerQuality, secondsPerQuality: secondsPerQuality)
        default: throw .usage("unknown metric '\(metric)' (reward, cost_usd, latency_ms, utility)")
        }
    }

    /// Prints a report in the format asked for, and writes the page.
    func publish(_ result: EvaluationReport) throws(CommandFailure) {
        if let report {
            do { try HTMLReport(result).page.write(toFile: report, atomically: true, encoding: .utf8) } catch {
                throw .input("\(report): file: cannot be written")
            }
        }
        let text: String
        switch format {
        case "json": text = result.json(withTimings: timings).text
        case "csv": text = result.csv
        default: text = result.table(withTimings: timings)
        }
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}
