import BanditCore
import RoutingEngine
import Synchronization
import WireFormats

/// Reads what a client says came of a decision that it was only told of, within what can be true.
///
/// Nobody but the client has seen the call: what it says teaches the route what the arm costs and how long it takes, so that it is
/// held against the arm's price and window, and against the clock.
struct ReportedOutcome {
    let decision: Decision
    let catalogue: Catalogue
    let now: Timestamp
    let words: ErrorWords

    /// Tokens of one call, at most, where the arm's window is not known.
    static let tokensWithoutWindow = 10_000_000
    /// USD of one call, at most, where the arm's price is not known.
    static let usdWithoutPrice = 10.0
    /// How often the price of the reported tokens a cost may be: providers charge for what is no token, too.
    static let priceFactor = 2.0
    /// By how much the two clocks may differ, microseconds.
    static let clockSlack: Timestamp = 5_000_000

    static let names: Set<String> = [
        "status", "arm", "completion_id", "prompt_tokens", "cached_prompt_tokens", "completion_tokens", "cost_usd",
        "latency_ms", "http_status", "error",
    ]

    /// A cost that is not said is computed from the tokens where the arm has a price.
    func read(_ document: JSONDocument) throws(GatewayError) -> Outcome {
        try document.refuseUnknown(Self.names)
        let word = try document.text("status", atMost: TextLimit.word) ?? "ok"
        guard let status = OutcomeStatus(rawValue: word) else {
            throw .invalidValue("status", "it must be one of ok, error, cancelled")
        }
        let arm = try document.text("arm", atMost: TextLimit.id) ?? decision.arm
        guard let definition = catalogue.arm(arm), decision.arms.contains(arm) else {
            throw .invalidValue("arm", "the decision could not have chosen '\(TextLimit.cut(arm, to: TextLimit.echo))'")
        }
        let most = definition.contextWindow ?? Self.tokensWithoutWindow
        let prompt = try count("prompt_tokens", document, atMost: most)
        let cached = try count("cached_prompt_tokens", document, atMost: prompt ?? most)
        let completion = try count("completion_tokens", document, atMost: most)
        let latency = try latency(document)
        let cost = try cost(document, definition, prompt: prompt, cached: cached, completion: completion)
        let httpStatus = try document.count("http_status")
        if let code = httpStatus, !(100...599).contains(code) {
            throw .invalidValue("http_status", "it must be a status from 100 to 599")
        }
        let fault = words.known(try document.text("error", atMost: TextLimit.name))
        let attempt = Attempt(
            arm: arm, succeeded: status == .ok, httpStatus: httpStatus,
            error: fault ?? (status == .ok ? nil : status.rawValue), latencyMS: latency ?? 0,
            isArmFault: status == .error, cost: cost)
        return Outcome(
            decisionID: decision.id, time: now, status: status, servedArm: status == .ok ? arm : nil,
            completionID: try document.text("completion_id", atMost: TextLimit.id), attempts: [attempt],
            latencyMS: latency, promptTokens: prompt, cachedPromptTokens: cached, completionTokens: completion,
            cost: cost)
    }

    private func count(_ name: StaticString, _ document: JSONDocument, atMost most: Int) throws(GatewayError) -> Int? {
        guard let count = try document.count(name) else { return nil }
        guard count <= most else { throw .invalidValue(name.description, "it is more than can be true: \(most)") }
        return count
    }

    /// No call took longer than the decision is old.
    private func latency(_ document: JSONDocument) throws(GatewayError) -> Double? {
        guard let latency = try document.amount("latency_ms") else { return nil }
        let most = Double(max(0, now - decision.time) + Self.clockSlack) / 1000
        guard latency <= most else {
            throw .invalidValue("latency_ms", "it is more than can be true: the decision is not that old")
        }
        return latency
    }

    private func cost(
        _ document: JSONDocument, _ arm: ArmDefinition, prompt: Int?, cached: Int?, completion: Int?
    ) throws(GatewayError) -> NanoDollars? {
        let price = arm.price
        guard let usd = try document.amount("cost_usd") else {
            guard let price, let prompt, let completion else { return nil }
            return price.cost(promptTokens: prompt, cachedTokens: cached ?? 0, completionTokens: completion)
        }
        var most = Self.usdWithoutPrice
        if let price {
            let window = arm.contextWindow ?? Self.tokensWithoutWindow
            let worst = price.cost(
                promptTokens: prompt ?? window, cachedTokens: 0, completionTokens: completion ?? window)
            most = Self.priceFactor * worst.usd
        }
        guard usd <= most, let cost = NanoDollars(usd: usd) else {
            throw .invalidValue("cost_usd", "it is more than can be true at the arm's price: \(most)")
        }
        return cost
    }
}

/// The words by which clients say what went wrong: each is kept once in the store for good, so there are only so many.
final class ErrorWords: Sendable {
    private static let limit = 256
    private let words = Mutex<Set<String>>([])

    /// The word, where it is one of the first; `other` for those that come later.
    func known(_ word: String?) -> String? {
        guard let word else { return nil }
        return words.withLock { words in
            if words.contains(word) { return word }
            guard words.count < Self.limit else { return "other" }
            words.insert(word)
            return word
        }
    }
}
