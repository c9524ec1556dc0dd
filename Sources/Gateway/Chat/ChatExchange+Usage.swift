import NIOCore
import ProviderClient
import RoutingEngine

/// What an answer used and what that costs.
struct SettledAnswer {
    let usage: TokenUsage
    /// nil where the arm has no price.
    let cost: NanoDollars?
}

/// What calls used: as their providers say, which the estimates learn from, else as the estimates say.
extension ChatExchange {
    /// Of a whole answer that was no stream.
    func settle(_ answer: CheckedAnswer, _ attempt: UpstreamAttempt) -> (TokenUsage, NanoDollars?) {
        settle(answer.usage, isWhole: true, said: { answer.contentBytes }, attempt)
    }

    /// Of a stream that ended.
    ///
    /// - Parameter isWhole: false where it broke off: what its provider said of its use until then is not the last word.
    func settle(
        _ summary: StreamSummary?, isWhole: Bool, _ attempt: UpstreamAttempt
    ) -> (TokenUsage, NanoDollars?) {
        settle(summary?.usage, isWhole: isWhole, said: { summary?.contentBytes ?? 0 }, attempt)
    }

    /// Of a call that its client did not wait for: its provider was asked, so the prompt is billed, and what was said of the answer.
    ///
    /// - Parameter elapsed: since the call was made, nanoseconds.
    func settleAbandoned(_ summary: StreamSummary?, _ attempt: UpstreamAttempt, elapsed: Int64) -> SettledAnswer {
        // Its last word may have come already.
        let isWhole = summary?.finishReason != nil && summary?.usage != nil
        var (usage, cost) = settle(summary, isWhole: isWhole, attempt)
        if !isStream {
            // Nothing is seen of an answer that comes in one piece, though it is written and billed all the same.
            usage.completionTokens = TokenEstimator.unseenTokens(nanoseconds: elapsed, atMost: billableAnswerTokens)
            cost = attempt.arm.cost(of: usage)
        }
        let settled = SettledAnswer(usage: usage, cost: cost)
        self.settled = settled
        return settled
    }

    private func settle(
        _ usage: TokenUsage?, isWhole: Bool, said: () -> Int, _ attempt: UpstreamAttempt
    ) -> (TokenUsage, NanoDollars?) {
        let estimator = service.runtime.estimator
        let settled: SettledAnswer
        if let usage, isWhole, !contradicts(usage, said) {
            estimator.observe(usage, of: content, contentBytes: isStream ? said() : 0, at: attempt.arm.definition)
            settled = SettledAnswer(usage: usage, cost: attempt.arm.cost(of: usage))
        } else {
            usageIsEstimated = true
            let guess = estimator.usage(of: content, contentBytes: said(), at: attempt.arm.definition)
            let usage = usage.map { $0.completed(by: guess) } ?? guess
            settled = SettledAnswer(usage: usage, cost: attempt.arm.cost(of: usage))
        }
        self.settled = settled
        return (settled.usage, settled.cost)
    }

    /// Whether a count does not go with what was asked and answered: a prompt of nothing, or an answer of far more text than any
    /// tokenizer makes of so few tokens.
    private func contradicts(_ usage: TokenUsage, _ said: () -> Int) -> Bool {
        if usage.promptTokens == 0 { return true }
        guard endpoint == .chat, usage.completionTokens <= Self.fewTokens else { return false }
        return said() > usage.completionTokens * Self.longestToken
    }

    /// Answers of more tokens are not looked at: that would be a walk over each for what providers hardly ever get wrong.
    private static let fewTokens = 8
    /// Bytes of JSON text that a token stands for at the most, runs of spaces included.
    private static let longestToken = 128
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
