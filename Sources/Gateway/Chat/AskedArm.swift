package import ProviderClient
package import RoutingEngine

/// An arm that is being asked: one upstream call, with the dialect that its answer is read in.
package protocol AskedArm: AnyObject, Sendable {
    var armID: String { get }
    var definition: ArmDefinition { get }
    /// Whether a stream was asked for.
    var wantsStream: Bool { get }
    /// Monotonic, nanoseconds.
    var startedAt: Int64 { get }
    /// When a whole answer was there, monotonic nanoseconds; nil where it was read as soon as it came.
    var answeredAt: Int64? { get }

    /// Judges a whole answer.
    func check(_ answer: UpstreamAnswer) -> Result<CheckedAnswer, UpstreamFault>
    /// What relays a stream with this head.
    func relay(_ head: UpstreamHead) -> StreamRelay
    /// What a call cost; nil where the arm has no price or nobody knows what was used.
    func cost(of usage: TokenUsage?) -> NanoDollars?

    /// Looks for a change to the request after which the arm is worth asking once more, and remembers it for the arm.
    ///
    /// - Returns: false where nothing helps, or not without a loss.
    func learns(from fault: UpstreamFault) -> Bool

    /// Ends the call; nothing that it still says is of interest.
    func cancel()
    /// Stops reading from the provider until `resume`.
    func pause()
    func resume()
}
