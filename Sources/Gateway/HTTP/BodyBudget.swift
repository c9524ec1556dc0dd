import Synchronization

/// The memory that bodies of requests may take, all connections together: counted as they arrive, until they are answered.
package final class BodyBudget: Sendable {
    /// Bytes in flight, at most.
    package let limit: Int
    private let used = Atomic(0)

    /// A body up to this size may use the last eighth of the budget, which longer ones leave alone: a few that are very long do not
    /// keep ordinary ones out.
    package static let ordinaryBytes = 65_536

    package init(limit: Int) { self.limit = limit }

    /// Bytes in flight now.
    package var inFlight: Int { used.load(ordering: .relaxed) }

    /// Makes room for more of a body.
    ///
    /// - Parameters:
    ///   - bytes: that came.
    ///   - held: that the body holds already.
    /// - Returns: false where there is no room; then nothing was taken.
    package func take(_ bytes: Int, held: Int) -> Bool {
        let most = held + bytes <= Self.ordinaryBytes ? limit : limit - limit / 8
        guard used.add(bytes, ordering: .relaxed).newValue > most else { return true }
        give(bytes)
        return false
    }

    /// Gives room back.
    package func give(_ bytes: Int) { used.subtract(bytes, ordering: .relaxed) }
}
