import NIOCore
import WireFormats

/// How much a model of Anthropic's is to think, and what must give way to it.
///
/// Thinking takes no other temperature, no `top_p`, no `top_k`, no tool that is forced on it, and no beginning of the answer.
struct ClaudeThinking {
    enum Choice: Equatable {
        case none
        /// Of a model that weighs its thinking itself.
        case adaptive(String?)
        case budget(Int)
    }

    private(set) var choice = Choice.none
    /// Whether the client's wish is not granted.
    private(set) var isForgone = false

    /// The tokens of thinking for each word, as other gateways have them as well; a budget is below the limit of the answer.
    static let budgets = [
        "minimal": 1_024, "low": 1_024, "medium": 2_048, "high": 4_096, "xhigh": 8_192, "max": 16_384,
    ]
    static let leastBudget = 1_024
    /// Of an answer without a limit; Anthropic insists on one.
    static let answerTokens = 4_096
    /// Models that cannot think, and those that must be told how many tokens; every newer one weighs it itself.
    private static let thoughtless = [
        "claude-3-5", "claude-3-opus", "claude-3-sonnet", "claude-3-haiku", "claude-2", "claude-instant",
    ]
    private static let budgeted = [
        "claude-3-7", "claude-sonnet-4-0", "claude-sonnet-4-2", "claude-sonnet-4-5", "claude-opus-4-0",
        "claude-opus-4-1", "claude-opus-4-2", "claude-opus-4-5", "claude-haiku-4-5",
    ]

    init(_ thinking: Thinking?, limit: JSONValue?, settings: ArmSettings) {
        guard let thinking, thinking != .off else { return }
        let isThoughtless = settings.reasoning == nil && Self.thoughtless.contains { settings.model.contains($0) }
        let wantsBudget =
            settings.reasoning.map { $0 == .budget } ?? Self.budgeted.contains { settings.model.contains($0) }
        let budget: Int
        switch thinking {
        case .off: return
        case .effort(let word):
            guard let tokens = Self.budgets[word], !isThoughtless else {
                isForgone = true
                return
            }
            guard wantsBudget else {
                choice = .adaptive(word == "minimal" ? "low" : word)
                return
            }
            budget = tokens
        case .adaptive:
            guard !isThoughtless else {
                isForgone = true
                return
            }
            guard wantsBudget else {
                choice = .adaptive(nil)
                return
            }
            budget = Self.budgets["high"] ?? Self.answerTokens
        case .budget(let tokens):
            guard wantsBudget || settings.reasoning == nil, !isThoughtless else {
                if isThoughtless { isForgone = true } else { choice = .adaptive(Thinking.word(for: tokens)) }
                return
            }
            budget = max(tokens, Self.leastBudget)
        }
        let room = limit?.int.map { max(1, $0) - 1 } ?? .max
        if room < Self.leastBudget { isForgone = true } else { choice = .budget(min(budget, room)) }
    }

    var thinks: Bool { choice != .none }

    /// Has the model answer without thinking.
    mutating func forgo() {
        guard thinks else { return }
        choice = .none
        isForgone = true
    }

    /// The limit of an answer whose client has none.
    func limit(_ settings: ArmSettings) -> Int {
        let usual = settings.maxOutputTokens ?? Self.answerTokens
        guard case .budget(let tokens) = choice else { return usual }
        return max(usual, tokens + Self.answerTokens)
    }

    /// `thinking`, as Anthropic and Bedrock want it.
    func write(to json: inout JSONBytes) {
        switch choice {
        case .none: break
        case .adaptive:
            json.key("thinking")
            json.object { $0.member("type", "adaptive") }
        case .budget(let tokens):
            json.key("thinking")
            json.object {
                $0.member("type", "enabled")
                $0.member("budget_tokens", tokens)
            }
        }
    }

    /// The word for a model that weighs its thinking itself.
    var effort: String? {
        guard case .adaptive(let word) = choice else { return nil }
        return word
    }
}

extension Thinking {
    /// OpenAI's word for so many tokens: none that not every thinking model takes.
    static func word(for tokens: Int) -> String {
        switch tokens {
        case ..<2_048: "low"
        case ..<4_096: "medium"
        default: "high"
        }
    }

    /// In OpenAI's words; nil: nothing is said.
    var word: String? {
        switch self {
        case .off: nil
        case .effort(let word): word
        case .budget(let tokens): Self.word(for: tokens)
        case .adaptive: "high"
        }
    }
}
