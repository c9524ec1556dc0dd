package import BanditCore
package import NIOCore
package import ProviderClient
package import RoutingEngine

/// What is to be done for an exchange, in the order in which it is told.
///
/// What is long and rare is `indirect`, here and in what the exchange is told: every request would be handed on in as many bytes as the longest
/// of them.
package enum ExchangeAction: Sendable {
    // Instead of a decision; nothing follows.
    indirect case refuse(GatewayError)
    case give(CacheHit)
    /// The client left before there was a decision.
    case leave

    /// Give the decision to the store.
    case record(DecidedRequest)
    /// Ask an arm; what came of it is told at once.
    case choose(DecidedRequest, NextArm)
    /// Book an attempt that is over.
    case end(AttemptEnd)
    /// Tell the store that another arm serves than the one drawn.
    case announce(DecidedRequest, arm: String, completionID: String?)
    /// Tell `written` as soon as the store has what it was given, now if it has it.
    case awaitLog

    case cancel(any AskedArm)
    case pause(any AskedArm)
    case resume(any AskedArm)

    /// Send a sign of life that commits to no arm.
    ///
    /// - Parameter isFirst: whether the head of the stream goes before it, without the arm.
    case keepAlive(DecidedRequest, isFirst: Bool)
    /// The arm is settled: send the head of a stream.
    ///
    /// - Parameters:
    ///   - announces: whether the store is to be told as well who serves.
    ///   - isHeadOut: whether the client has a head already, because it had to wait.
    case beginStream(DecidedRequest, any AskedArm, completionID: String?, announces: Bool, isHeadOut: Bool)
    case write(ByteBuffer)
    /// Send what was written, and tell whether the client reads it.
    case flush
    /// Send what is left, and book how it went; nothing follows.
    case finish(DecidedRequest, ExchangeEnding)
}

/// Which arm is asked.
package enum NextArm: Sendable {
    case drawn
    /// Another one of the route.
    ///
    /// - Parameters:
    ///   - tried: positions asked already.
    ///   - failures: attempts that failed; the draw depends on it.
    case fallback(tried: ArmSet, failures: Int)
    /// The one that stands behind all others.
    case lastResort(tried: ArmSet)
    /// The same once more, if there is something to change about the request after this fault.
    indirect case again(any AskedArm, position: Int, UpstreamFault)
}

/// How an attempt ended.
package struct AttemptEnd: Sendable {
    package enum Result: Sendable {
        case answered(CheckedAnswer)
        case streamed(StreamSummary)
        /// In the middle, after the first content.
        indirect case broke(StreamSummary, UpstreamFault)
        /// Before anything was there for the client.
        indirect case failed(UpstreamFault)
        /// The client left; nil: before the answer's head.
        indirect case cancelled(StreamSummary?)
    }

    package let arm: any AskedArm
    /// Of the upstream's answer; nil where there was none.
    package let status: Int?
    package let result: Result

    var fault: UpstreamFault? {
        switch result {
        case .broke(_, let fault), .failed(let fault): fault
        case .answered, .streamed, .cancelled: nil
        }
    }
}

/// How an exchange that had a decision ends.
package enum ExchangeEnding: Sendable {
    /// With a whole answer, still to be sent.
    case answer(CheckedAnswer, arm: String)
    /// With a stream, all of which was written.
    case stream(OutcomeStatus, arm: String, completionID: String?)
    /// With an error, still to be sent.
    indirect case refusal(GatewayError)
    /// With an error that was written as the broken ending of a stream of which the client had nothing but signs of life.
    indirect case brokenSilence(GatewayError)
    /// The client left.
    ///
    /// - Parameter servedArm: the arm whose stream it had begun to get.
    case left(servedArm: String?, completionID: String?)
}
