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
            throw InputError(
                file: name, field: "rows",
                reason:
                    "no row can be used: \(log.counts.rows) read, \(log.counts.sticky) sticky, \(log.counts.pinned) pinned, "
                    + "\(log.counts.withoutReward) without a reward, \(log.counts.skippedInvalid) invalid")
        }
        return log
    }
}
