package import ProviderClient
import Synchronization

/// How many bytes a token stands for, as far as providers have told: for what has to be known before a call, and for calls whose
/// provider does not count.
///
/// Two running sums for each direction begin as if four bytes a token had been seen for a while, and are halved now and then, so that
/// the ratio follows what is served lately. They are changed without a lock: two requests that meet may lose an observation, which
/// an estimate can bear.
package final class TokenEstimator: Sendable {
    /// Sums of bytes and of the tokens they were counted as.
    private struct Ratio: ~Copyable {
        let bytes: Atomic<Int>
        let tokens: Atomic<Int>

        init() {
            bytes = Atomic(4 * TokenEstimator.prior)
            tokens = Atomic(TokenEstimator.prior)
        }

        /// Kept within what any tokenizer does to any language or program.
        var bytesPerToken: Double {
            let ratio = Double(bytes.load(ordering: .relaxed)) / Double(max(1, tokens.load(ordering: .relaxed)))
            return min(8, max(1, ratio))
        }

        func observe(bytes count: Int, tokens counted: Int) {
            guard count > 0, counted > 0 else { return }
            bytes.add(min(count, TokenEstimator.horizon), ordering: .relaxed)
            if tokens.add(min(counted, TokenEstimator.horizon), ordering: .relaxed).newValue > TokenEstimator.horizon {
                bytes.store(bytes.load(ordering: .relaxed) / 2, ordering: .relaxed)
                tokens.store(tokens.load(ordering: .relaxed) / 2, ordering: .relaxed)
            }
        }
    }

    /// Tokens that the first belief is worth.
    private static let prior = 50_000
    /// Tokens after which what was seen counts half.
    private static let horizon = 5_000_000

    private let prompts = Ratio()
    private let completions = Ratio()

    package init() {}

    /// Takes in what a provider counted.
    ///
    /// - Parameters:
    ///   - promptBytes: of the request's body.
    ///   - contentBytes: of what was said, as JSON text; 0 where that was not measured.
    package func observe(_ usage: TokenUsage, promptBytes: Int, contentBytes: Int) {
        prompts.observe(bytes: promptBytes, tokens: usage.promptTokens)
        completions.observe(bytes: contentBytes, tokens: usage.completionTokens)
    }

    package func promptTokens(bytes: Int) -> Int { Int(saturating: Double(bytes) / prompts.bytesPerToken) }

    /// What a call used whose provider did not say; nothing that was said is less than a token.
    package func usage(promptBytes: Int, contentBytes: Int) -> TokenUsage {
        TokenUsage(
            promptTokens: max(1, promptTokens(bytes: promptBytes)),
            completionTokens: contentBytes == 0
                ? 0 : max(1, Int(saturating: Double(contentBytes) / completions.bytesPerToken)))
    }
}
