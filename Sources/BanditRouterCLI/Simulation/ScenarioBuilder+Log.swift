import BanditCore
import LogFiles
import OffPolicy
import PolicySimulator
import RoutingEngine

extension ScenarioBuilder {
    /// The world of a decision log; what the scenario says of feedback goes before what the log shows.
    func buildLogged() throws -> BuiltScenario {
        guard let own = file.logged, case .rounds(let horizon) = file.horizon else {
            preconditionFailure("the scenario was checked")
        }
        let fit = try fit(own)
        let environment = fit.environment
        requireKnown(environment.means.costUSD, environment.means.latencyMS)
        var feedback = file.feedback
        if !file.givesFeedbackRate { feedback.rate = fit.feedbackRate }
        if !file.givesFeedbackDelay, let mean = fit.meanDelayRounds, mean > 0 {
            feedback.delay = .geometric(mean: mean)
        }
        let rewards = environment.rewards.values
        // Where the scenario lists no prices, what was paid is what a price list would promise.
        var costs: [String: Double] = [:]
        for (arm, id) in environment.arms.enumerated() {
            let paid = stride(from: arm, to: environment.means.costUSD.count, by: environment.arms.count)
                .map { environment.means.costUSD[$0] }
            if !paid.contains(where: \.isNaN) { costs[id] = paid.reduce(0, +) / Double(paid.count) }
        }
        var built = try assemble(
            environment: environment, warmUp: nil,
            prior: try importedPrior(categories: environment.categories, arms: environment.arms), horizon: horizon,
            graded: rewards.contains { $0 != 0 && $0 != 1 }, feedback: feedback, guessedCosts: costs)
        built.note = Self.note(fit, feedback, path: own.file.path)
        return built
    }

    private func fit(_ own: ScenarioFile.Log) throws -> LogFit {
        var options = DecisionLogBuilder.Options()
        options.keepsObservations = true
        options.keepsPrices = true
        options.keepsRewardTimes = true
        options.route = own.route
        let log: DecisionLog
        do throws(InputError) {
            log = try LogSources.open(own.file.path, configurationPath: own.configuration)
                .load(options, skipInvalid: own.skipInvalid)
        } catch {
            guard error.line == nil, error.field == "file" else { throw error }
            self.log.report(own.file.line, "environment.log", "\(own.file.path): \(error.reason)")
            throw self.log.failure!
        }
        for arm in file.arms where !log.names.arms.contains(arm.id) {
            self.log.report(
                arm.line, "arms", "the log has no arm “\(shown(arm.id))”",
                suggestion: nearestName(to: arm.id, among: log.names.arms))
        }
        try check()
        let fit: LogFit
        do throws(LogFit.Refusal) {
            fit = try LogFit(log, arms: file.arms.isEmpty ? nil : file.arms.map(\.id))
        } catch {
            self.log.report(own.file.line, "environment.log", error.reason)
            throw self.log.failure!
        }
        if fit.environment.arms.count > ArmSet.capacity {
            self.log.report(own.file.line, "environment.log", "has more than \(ArmSet.capacity) arms")
        }
        try check()
        return fit
    }

    /// What was fitted, in words.
    private static func note(_ fit: LogFit, _ feedback: FeedbackModel, path: String) -> String {
        let environment = fit.environment
        func rounded(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
        let delay =
            switch feedback.delay {
            case .fixed(0): "at once"
            case .fixed(let rounds): "after \(rounds) rounds"
            case .geometric(let mean): "after \(rounded(mean)) rounds on average"
            }
        return
            "\(path): \(fit.decisions) fresh decisions, \(environment.categories.count) categories, "
            + "\(environment.arms.count) arms; feedback on \(rounded(100 * feedback.rate)) % of the decisions, \(delay)"
            + (fit.meanDelayRounds == nil ? " (the log has no reward_time)" : "")
    }
}
