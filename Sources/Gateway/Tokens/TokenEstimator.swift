package import ProviderClient
package import RoutingEngine
import Synchronization

/// How many bytes a token stands for, as far as providers have told: for what has to be known before a call, and for calls whose
/// provider does not count.
///
/// Learned for each arm and script, from requests that are text and nothing else: an image says nothing of words, and one
/// language nothing of another.
package final class TokenEstimator: Sendable {
    private let arms = Mutex<[String: ArmTokens]>([:])
    /// Arms that are told apart; more of them share one.
    private static let armLimit = 4_096

    package init() {}

    private func tokens(of arm: String) -> ArmTokens {
        arms.withLock { arms in
            if let known = arms[arm] { return known }
            let key = arms.count < Self.armLimit ? arm : ""
            let new = arms[key] ?? ArmTokens()
            arms[key] = new
            return new
        }
    }

    /// Tokens of a prompt at an arm.
    package func promptTokens(_ content: PromptContent, at arm: ArmDefinition) -> Int {
        let text = Double(content.textBytes) / tokens(of: arm.id).bytesPerToken(.prompt, content.script)
        return whole(text + content.media.tokens(arm.mediaTokens)) + content.countedTokens
    }

    /// Says in a request what its prompt comes to at each arm.
    package func describe(_ content: PromptContent, in request: inout DecisionRequest) {
        request.promptTokensOfArm = { [self] in promptTokens(content, at: $0) }
        request.longestShare = content.longestShare
    }

    /// Takes in what a provider counted.
    ///
    /// - Parameter contentBytes: of what was said, as JSON text; 0 where that was not measured.
    package func observe(_ usage: TokenUsage, of content: PromptContent, contentBytes: Int, at arm: ArmDefinition) {
        let tokens = tokens(of: arm.id)
        if content.isTextOnly {
            tokens.observe(.prompt, content.script, bytes: content.textBytes, tokens: usage.promptTokens)
        }
        tokens.observe(.answer, content.script, bytes: contentBytes, tokens: usage.completionTokens)
    }

    /// What a call used whose provider did not say; nothing that was said is less than a token.
    package func usage(of content: PromptContent, contentBytes: Int, at arm: ArmDefinition) -> TokenUsage {
        let ratio = tokens(of: arm.id).bytesPerToken(.answer, content.script)
        return TokenUsage(
            promptTokens: max(1, promptTokens(content, at: arm)),
            completionTokens: contentBytes == 0 ? 0 : max(1, whole(Double(contentBytes) / ratio)))
    }

    /// Tokens a second that a model is taken to write where nobody sees it write: most write fewer.
    private static let writingRate = 100

    /// Tokens of an answer that was being written for so long.
    package static func unseenTokens(nanoseconds: Int64, atMost limit: Int) -> Int {
        min(max(0, limit), Int(clamping: max(0, nanoseconds) / (1_000_000_000 / Int64(writingRate))))
    }
}

/// What one arm's tokenizer makes of text.
private final class ArmTokens: Sendable {
    enum Side { case prompt, answer }

    private let prompts: TokenRatios
    private let answers: TokenRatios

    init() {
        prompts = TokenRatios()
        answers = TokenRatios()
    }

    func bytesPerToken(_ side: Side, _ script: TextScript) -> Double {
        side == .prompt ? prompts.ratio(script) : answers.ratio(script)
    }

    func observe(_ side: Side, _ script: TextScript, bytes: Int, tokens: Int) {
        if side == .prompt {
            prompts.observe(script, bytes: bytes, tokens: tokens)
        } else {
            answers.observe(script, bytes: bytes, tokens: tokens)
        }
    }
}

/// Bytes and the tokens they were counted as, by script.
///
/// The sums begin as if the script's usual ratio had been seen for a while, and are halved now and then, so that they follow what is
/// served lately.
private final class TokenRatios: Sendable {
    private struct Sums {
        var bytes: Double
        var tokens: Double
    }

    private let sums: Mutex<[Sums]>
    /// Tokens that the first belief is worth.
    private static let prior = 50_000.0
    /// Tokens after which what was seen counts half.
    private static let horizon = 5_000_000.0
    /// Tokens that one request counts for at the most.
    private static let most = 100_000.0
    /// What any tokenizer does to any language or program.
    private static let bounds = 1.0...8.0

    init() {
        sums = Mutex(
            TextScript.allCases.map { Sums(bytes: $0.priorBytesPerToken * Self.prior, tokens: Self.prior) })
    }

    func ratio(_ script: TextScript) -> Double {
        sums.withLock { sums in
            let seen = sums[script.rawValue]
            return min(max(seen.bytes / seen.tokens, Self.bounds.lowerBound), Self.bounds.upperBound)
        }
    }

    func observe(_ script: TextScript, bytes count: Int, tokens counted: Int) {
        guard count > 0, counted > 0 else { return }
        // A count that no tokenizer comes to is taken for the nearest that one might.
        let ratio = min(max(Double(count) / Double(counted), Self.bounds.lowerBound), Self.bounds.upperBound)
        let tokens = min(Double(counted), Self.most)
        sums.withLock { sums in
            sums[script.rawValue].bytes += tokens * ratio
            sums[script.rawValue].tokens += tokens
            guard sums[script.rawValue].tokens > Self.horizon else { return }
            sums[script.rawValue].bytes /= 2
            sums[script.rawValue].tokens /= 2
        }
    }
}

/// The whole part, of what is beyond a trillion the trillion.
private func whole(_ number: Double) -> Int { number > 0 ? Int(saturating: min(number, 1e12)) : 0 }
