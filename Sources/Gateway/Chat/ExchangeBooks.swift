import DecisionStore
import NIOCore
import ProviderClient
import RoutingEngine

/// What an exchange has come to so far: attempts, time, tokens, cost, and what the client was sent where that is kept.
struct ExchangeBooks {
    /// What is asked, as far as it bears on what an answer costs.
    struct Request {
        let endpoint: ProxiedEndpoint
        /// What the prompt consists of.
        let content: PromptContent
        let isStream: Bool
        /// The most tokens of answer that may be billed.
        let billableAnswerTokens: Int

        /// Answers of more tokens are not looked at: that would be a walk over each for what providers hardly ever get wrong.
        private static let fewTokens = 8
        /// Bytes of JSON text that a token stands for at the most, runs of spaces included.
        private static let longestToken = 128

        /// Whether a count does not go with what was asked and answered: a prompt of nothing, or an answer of far more text than any
        /// tokenizer makes of so few tokens.
        fileprivate func contradicts(_ usage: TokenUsage, _ said: () -> Int) -> Bool {
            if usage.promptTokens == 0 { return true }
            guard endpoint != .embeddings, usage.completionTokens <= Self.fewTokens else { return false }
            return said() > usage.completionTokens.multipliedSaturated(by: Self.longestToken)
        }
    }

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

    /// What of the request could not be said as it was to the arm that was asked last.
    var adjusted: [String] = []

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
    /// - Parameter now: monotonic, nanoseconds.
    mutating func end(_ end: AttemptEnd, at now: Int64, counting estimator: TokenEstimator, of request: Request) {
        // An answer may have waited for the log before it was looked at: that is not the provider's time.
        let elapsed = (end.arm.answeredAt ?? now) - end.arm.startedAt
        upstreamNS += elapsed
        runningSince = nil
        var attempt = Attempt(
            arm: end.arm.armID, succeeded: false, httpStatus: end.status, error: end.fault?.label,
            latencyMS: Double(elapsed) / 1e6, isArmFault: end.fault?.verdict.countsAgainstArm ?? false)
        switch end.result {
        case .answered(let answer):
            attempt.succeeded = true
            count(answer.usage, isWhole: true, said: answer.contentBytes, estimator, end.arm, request)
            cost = end.arm.cost(of: usage)
        case .streamed(let summary):
            attempt.succeeded = true
            count(summary.usage, isWhole: true, said: summary.contentBytes, estimator, end.arm, request)
            cost = end.arm.cost(of: usage)
        case .broke(let summary, _):
            // What its provider said before the answer began does not count it.
            count(
                summary.usage, isWhole: !summary.usageIsEarly, said: summary.contentBytes, estimator, end.arm, request)
            cost = end.arm.cost(of: usage)
        case .failed: cost = nil
        case .cancelled(let summary):
            attempt.error = "cancelled"
            // Its provider was asked, so the prompt is billed, and what was said of the answer; its last word may have come already.
            count(
                summary?.usage, isWhole: summary?.usageIsEarly == false, said: summary?.contentBytes ?? 0, estimator,
                end.arm, request)
            if !request.isStream {
                // Nothing is seen of an answer that comes in one piece, though it is written and billed all the same.
                usage?.completionTokens = TokenEstimator.unseenTokens(
                    nanoseconds: elapsed, atMost: request.billableAnswerTokens)
            }
            cost = end.arm.cost(of: usage)
        }
        attempt.cost = cost
        attempts.append(attempt)
    }

    /// What a call used: as its provider says, which the estimates learn from, else as they say.
    ///
    /// - Parameters:
    ///   - isWhole: whether what the provider counted is its last word.
    ///   - said: bytes of what was said.
    private mutating func count(
        _ counted: TokenUsage?, isWhole: Bool, said: @autoclosure () -> Int, _ estimator: TokenEstimator,
        _ arm: any AskedArm, _ request: Request
    ) {
        if let counted, isWhole, !request.contradicts(counted, said) {
            estimator.observe(
                counted, of: request.content, contentBytes: request.isStream ? said() : 0, at: arm.definition)
            usage = counted
        } else {
            usageIsEstimated = true
            let guess = estimator.usage(of: request.content, contentBytes: said(), at: arm.definition)
            usage = counted?.completed(by: guess) ?? guess
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

extension TokenUsage {
    /// What a provider said before the end of its answer, brought up to what was seen of it since.
    fileprivate func completed(by guess: TokenUsage) -> TokenUsage {
        var usage = self
        if usage.promptTokens == 0 { usage.promptTokens = guess.promptTokens }
        usage.completionTokens = max(usage.completionTokens, guess.completionTokens)
        return usage
    }
}
