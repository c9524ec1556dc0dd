package import OffPolicy

/// Where a decision log comes from: a file of lines, or a live store.
package protocol DecisionLogSource {
    /// For messages.
    var name: String { get }

    /// Hands every decision to the builder in order, leaving out up to `skipInvalid` bad ones; one more is an ``InputError``.
    /// `progress` is told the share read, in [0, 1], where it is known.
    func read(into builder: inout DecisionLogBuilder, skipInvalid: Int, progress: ((Double) -> Void)?)
        throws(InputError)
}

extension DecisionLogSource {
    /// The whole log. One without a usable row is an error.
    package func load(
        _ options: DecisionLogBuilder.Options = .init(), skipInvalid: Int = 0, progress: ((Double) -> Void)? = nil
    ) throws(InputError) -> DecisionLog {
        var builder = DecisionLogBuilder(options)
        try read(into: &builder, skipInvalid: skipInvalid, progress: progress)
        let log = builder.finish()
        guard log.rows.count > 0 else {
            let counts = log.counts
            var reason =
                "no row can be used: \(counts.rows) read, \(counts.sticky) sticky, \(counts.pinned) pinned, "
                + "\(counts.withoutReward) without \(options.metric.need), \(counts.skippedInvalid) invalid"
            if counts.rows == 0, let route = options.route, !log.contents.routes.isEmpty {
                reason += "; none is of the route '\(route)'; the log has \(Self.routes(log.contents))"
            } else if counts.withoutReward > 0 {
                reason +=
                    "; of all rows \(log.contents.rewards) have a reward, \(log.contents.costs) a cost_usd, "
                    + "\(log.contents.latencies) a latency_ms"
            }
            throw InputError(file: name, field: "rows", reason: reason)
        }
        if log.isDeterministic {
            throw InputError(
                file: name, field: "propensities",
                reason:
                    "nothing was drawn at random: wherever there was a choice, the same arm was taken, so the log cannot say what "
                    + "another would have earned. Turn exploration on (`exploration: { floor: 0.05 }`) and log anew")
        }
        return log
    }

    /// The routes with most rows, and how many.
    private static func routes(_ contents: LogContents) -> String {
        let most = contents.routes.indices.sorted { contents.rowsOfRoute[$0] > contents.rowsOfRoute[$1] }.prefix(10)
        let names = most.map { "\(contents.routes[$0]) (\(contents.rowsOfRoute[$0]) rows)" }
        return names.joined(separator: ", ") + (contents.routes.count > most.count ? ", …" : "")
    }
}

extension Metric {
    /// What a row must have for it.
    fileprivate var need: String {
        switch self {
        case .reward: "a reward"
        case .costUSD: "a cost_usd"
        case .latencyMS: "a latency_ms"
        case .utility(let dollars, let seconds):
            ["a reward", dollars == nil ? nil : "a cost_usd", seconds == nil ? nil : "a latency_ms"].compactMap { $0 }
                .joined(separator: " and ")
        }
    }
}
