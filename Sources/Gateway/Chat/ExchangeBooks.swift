import DecisionStore
import NIOCore
import ProviderClient
import RoutingEngine

/// What an exchange has come to so far: attempts, time, tokens, cost, and what the client was sent where that is kept.
struct ExchangeBooks {
    private(set) var attempts: [Attempt] = []
    /// Time that attempts took, but for the one in progress, nanoseconds.
    private(set) var upstreamNS: Int64 = 0
    /// When the attempt in progress began, monotonic nanoseconds.
    private var runningSince: Int64?
    /// Of the last attempt that told the client something.
    private(set) var usage: TokenUsage?
    private(set) var cost: NanoDollars?
    /// Whether the tokens are the router's estimate, the provider having said nothing.
    private(set) var usageIsEstimated = false
    /// From the request's arrival to the head of a stream, nanoseconds.
    var firstByteNS: Int64?
    /// The shortest time that a provider asked for, microseconds.
    private(set) var shortestRetryAfter: Timestamp?
    /// nil where no cache was asked.
    var filling: CacheFilling?
    /// nil where what is said is not stored.
    var recording: ContentRecording?

    /// Attempts, with the one in progress.
    var attemptsSoFar: Int { attempts.count + (runningSince == nil ? 0 : 1) }

    /// Time that attempts took until now, nanoseconds.
    func upstreamNS(at now: Int64) -> Int64 { upstreamNS + (runningSince.map { now - $0 } ?? 0) }

    mutating func began(_ arm: any AskedArm) { runningSince = arm.startedAt }

    /// An arm that the request cannot be said to.
    mutating func couldNotSay(to arm: String) {
        attempts.append(Attempt(arm: arm, succeeded: false, error: UpstreamFault.untranslatable, latencyMS: 0))
    }

    /// Books an attempt that ended.
    ///
    /// - Parameters:
    ///   - now: monotonic, nanoseconds.
    ///   - promptBytes: of the request's body.
    mutating func end(_ end: AttemptEnd, at now: Int64, counting estimator: TokenEstimator, promptBytes: Int) {
        // An answer may have waited for the log before it was looked at: that is not the provider's time.
        let elapsed = (end.arm.answeredAt ?? now) - end.arm.startedAt
        upstreamNS += elapsed
        runningSince = nil
        var attempt = Attempt(
            arm: end.arm.armID, succeeded: false, httpStatus: end.status, error: end.fault?.label,
            latencyMS: Double(elapsed) / 1e6, isArmFault: end.fault.map { !$0.isClients } ?? false)
        switch end.result {
        case .answered(let answer):
            attempt.succeeded = true
            count(answer.usage, 0, uncounted: answer.contentBytes, estimator, promptBytes)
            cost = end.arm.cost(of: usage)
        case .streamed(let summary):
            attempt.succeeded = true
            count(summary.usage, summary.contentBytes, uncounted: summary.contentBytes, estimator, promptBytes)
            cost = end.arm.cost(of: usage)
        case .broke(let summary, _):
            count(summary.usage, summary.contentBytes, uncounted: summary.contentBytes, estimator, promptBytes)
            cost = end.arm.cost(of: usage)
        case .failed: cost = nil
        case .cancelled(let summary):
            attempt.error = "cancelled"
            usage = summary?.usage
            cost = end.arm.cost(of: usage)
        }
        attempt.cost = cost
        attempts.append(attempt)
    }

    /// What a call used: as its provider says, which the estimates learn from, else as they say.
    ///
    /// - Parameters:
    ///   - contentBytes: of what was said, where it was measured on the way.
    ///   - uncounted: the same, where it has to be looked for.
    private mutating func count(
        _ counted: TokenUsage?, _ contentBytes: Int, uncounted: @autoclosure () -> Int, _ estimator: TokenEstimator,
        _ promptBytes: Int
    ) {
        if let counted {
            estimator.observe(counted, promptBytes: promptBytes, contentBytes: contentBytes)
            usage = counted
        } else {
            usageIsEstimated = true
            usage = estimator.usage(promptBytes: promptBytes, contentBytes: uncounted())
        }
    }

    /// A provider asked to be left alone for this long, microseconds.
    mutating func mustWait(_ time: Timestamp) { shortestRetryAfter = min(shortestRetryAfter ?? time, time) }

    /// Notes what the client is sent of a stream.
    mutating func sent(_ bytes: ByteBuffer) {
        filling?.append(bytes)
        recording?.append(bytes)
    }
}
