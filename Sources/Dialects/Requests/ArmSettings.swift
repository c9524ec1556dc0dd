package import WireFormats

/// How an arm is told how much to think.
package enum ReasoningStyle: String, Sendable, CaseIterable {
    /// OpenAI's word.
    case effort
    /// A model of Anthropic's that weighs its thinking itself.
    case adaptive
    /// A number of tokens.
    case budget
    /// Google's word.
    case level
}

/// What an arm's configuration says of the requests to it.
package struct ArmSettings: Sendable {
    package var model: String
    /// Where values that its provider has sealed are worth something: provider and model, as a rule.
    package var realm: String
    /// Of an answer without a limit, where the provider insists on one.
    package var maxOutputTokens: Int?
    package var reasoning: ReasoningStyle?
    /// Overrule the client: an object, in the words of OpenAI's chat API; its `raw` is merged into the body as it is.
    package var params: JSONDocument?
    /// Fill in what the client does not say; as ``params``. Members of `raw` are added where the body has none of the name.
    package var defaults: JSONDocument?

    package init(
        model: String, realm: String, maxOutputTokens: Int? = nil, reasoning: ReasoningStyle? = nil,
        params: JSONDocument? = nil, defaults: JSONDocument? = nil
    ) {
        self.model = model
        self.realm = realm
        self.maxOutputTokens = maxOutputTokens
        self.reasoning = reasoning
        self.params = params
        self.defaults = defaults
    }

    package static let limitNames: [StaticString] = ["max_tokens", "max_completion_tokens", "max_output_tokens"]
    /// Names that have a meaning in every dialect.
    static let known: Set<String> = [
        "temperature", "top_p", "top_k", "seed", "presence_penalty", "frequency_penalty", "reasoning_effort",
        "verbosity", "service_tier", "parallel_tool_calls", "max_tokens", "max_completion_tokens",
        "max_output_tokens", "stop", "raw",
    ]

    /// Puts what the configuration says in the place of what the client did, or where it said nothing.
    func apply(to conversation: inout Conversation) {
        if let defaults { Self.set(defaults, overrules: false, in: &conversation) }
        if let params { Self.set(params, overrules: true, in: &conversation) }
    }

    private static func set(_ said: JSONDocument, overrules: Bool, in conversation: inout Conversation) {
        func set<Value>(
            _ name: StaticString, _ path: WritableKeyPath<Conversation, Value?>, _ read: (JSONValue) -> Value?
        ) {
            guard overrules || conversation[keyPath: path] == nil, let value = said.member(name),
                let value = read(value)
            else { return }
            conversation[keyPath: path] = value
        }
        func number(_ value: JSONValue) -> JSONValue? { value.kind == .number ? value : nil }
        set("temperature", \.sampling.temperature, number)
        set("top_p", \.sampling.topP, number)
        set("top_k", \.sampling.topK, number)
        set("seed", \.sampling.seed, number)
        set("presence_penalty", \.sampling.presencePenalty, number)
        set("frequency_penalty", \.sampling.frequencyPenalty, number)
        set("reasoning_effort", \.thinking) { $0.string.map { $0 == "none" ? .off : .effort($0) } }
        set("verbosity", \.hints.verbosity) { $0.kind == .string ? $0 : nil }
        set("service_tier", \.hints.serviceTier) { $0.kind == .string ? $0 : nil }
        set("parallel_tool_calls", \.parallel) { $0.bool }
        for name in limitNames { set(name, \.limit, number) }
        if let stop = said.member("stop"), overrules || conversation.sampling.stops.isEmpty {
            conversation.sampling.readStops(stop)
        }
    }
}
