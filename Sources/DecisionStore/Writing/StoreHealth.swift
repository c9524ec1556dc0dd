package import RoutingEngine

/// Whether the store can be written, and how it is doing.
package struct StoreHealth: Sendable, Equatable {
    /// False while decisions wait in memory and feedback is refused.
    package var isWritable: Bool
    /// Why it cannot be written; nil while it can.
    package var reason: StoreError?
    /// Since when it is as it is.
    package var since: Timestamp
    /// Jobs that wait for the writer.
    package var queued: Int
    /// Requests that wait in memory for the store to come back.
    package var waiting: Int
    /// Requests lost because too many waited, since the store was opened.
    package var dropped: Int
    /// Exchanges whose content was to be kept and was not, since the store was opened.
    package var contentDropped: Int
    /// Durations of transactions, from the first statement to the end of the commit.
    package var commits: LatencyHistogram
}
