import NIOCore
import WireFormats

/// How much a model of Anthropic's is to think, from `reasoning_effort` (OpenAI's word) or `thinking` (its own, which some clients send).
struct AnthropicEffort {
    private enum Choice {
        case none
        /// As the client has it.
        case verbatim(JSONValue)
        /// Of a model that weighs its thinking itself.
        case adaptive(String)
        /// Of one that is told how many tokens.
        case budget(Int)
    }

    private var choice = Choice.none
    /// Whether the client's wish is not granted.
    private(set) var isForgone = false
    /// The client's limit of the answer; nil where it has none.
    let limit: JSONValue?

    /// The tokens of thinking for each word, as other gateways have them as well; a budget is below the limit of the answer.
    private static let budgets = [
        "minimal": 1_024, "low": 1_024, "medium": 2_048, "high": 4_096, "xhigh": 8_192, "max": 16_384,
    ]
    private static let leastBudget = 1_024
    /// What a client's own budget is taken for at most, where a limit of the answer follows from it.
    private static let mostBudget = 1_000_000
    /// Of an answer without a limit; Anthropic insists on one.
    private static let answerTokens = 4_096
    /// Models that cannot think, and those that must be told how many tokens; every newer one weighs it itself.
    private static let thoughtless = [
        "claude-3-5", "claude-3-opus", "claude-3-sonnet", "claude-3-haiku", "claude-2", "claude-instant",
    ]
    private static let budgeted = [
        "claude-3-7", "claude-sonnet-4-0", "claude-sonnet-4-2", "claude-sonnet-4-5", "claude-opus-4-0",
        "claude-opus-4-1",
        "claude-opus-4-2", "claude-opus-4-5", "claude-haiku-4-5",
    ]

    init(_ body: JSONDocument, model: String) {
        limit = [body.member("max_completion_tokens"), body.member("max_tokens")].compactMap { $0 }.first { !$0.isNull }
        if let thinking = body.member("thinking"), thinking.kind == .object {
            choice = .verbatim(thinking)
            return
        }
        guard let word = body.member("reasoning_effort")?.string, word != "none" else { return }
        guard let budget = Self.budgets[word], !Self.thoughtless.contains(where: { model.contains($0) }) else {
            isForgone = true
            return
        }
        guard Self.budgeted.contains(where: { model.contains($0) }) else {
            choice = .adaptive(word == "minimal" ? "low" : word)
            return
        }
        let room = limit?.int.map { max(1, $0) - 1 } ?? .max
        if room < Self.leastBudget { isForgone = true } else { choice = .budget(min(budget, room)) }
    }

    /// Whether the model is to think.
    var thinks: Bool {
        switch choice {
        case .none: false
        case .verbatim(let thinking): !(thinking.member("type")?.isString("disabled") ?? false)
        case .adaptive, .budget: true
        }
    }

    /// The member of the request that asks for it.
    var member: String {
        if case .verbatim = wished { "thinking" } else { "reasoning_effort" }
    }

    private var wished: Choice { before ?? choice }
    private var before: Choice?

    /// Has the model answer without thinking: it must not where a tool is forced on it, or where what it thought is lost.
    mutating func forgo() {
        guard thinks else { return }
        before = choice
        choice = .none
        isForgone = true
    }

    /// The limit of an answer whose client has none.
    var usualLimit: Int {
        switch choice {
        case .budget(let tokens): tokens + Self.answerTokens
        case .verbatim(let thinking):
            (thinking.member("budget_tokens")?.int.map { min(max(0, $0), Self.mostBudget) } ?? 0) + Self.answerTokens
        case .none, .adaptive: Self.answerTokens
        }
    }

    /// Writes `thinking` and `output_config`, in which the schema of the answer stands as well.
    func write(to output: inout ByteBuffer, format schema: JSONValue?) {
        var effort: String?
        switch choice {
        case .none: break
        case .verbatim(let thinking):
            output.writeStaticString(#","thinking":"#)
            output.writeImmutableBuffer(thinking.rawBytes)
        case .adaptive(let word):
            output.writeStaticString(#","thinking":{"type":"adaptive"}"#)
            effort = word
        case .budget(let tokens):
            output.writeString(#","thinking":{"type":"enabled","budget_tokens":\#(tokens)}"#)
        }
        guard effort != nil || schema != nil else { return }
        output.writeStaticString(#","output_config":{"#)
        if let effort {
            output.writeStaticString(#""effort":"#)
            JSONString.append(effort, to: &output)
            if schema != nil { output.writeStaticString(",") }
        }
        if let schema {
            output.writeStaticString(#""format":{"type":"json_schema","schema":"#)
            output.writeImmutableBuffer(schema.rawBytes)
            output.writeStaticString("}")
        }
        output.writeStaticString("}")
    }
}
