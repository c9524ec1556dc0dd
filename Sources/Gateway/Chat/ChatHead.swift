import Dialects
import NIOCore
import ProviderClient
import QueryCategories
import RoutingEngine
import WireFormats

/// What the router reads of a request before it passes it on; the body itself stays as it came.
struct ChatHead {
    var model: String
    var streams: Bool
    var maxTokens: Int?
    /// Tokens of thinking that the client asks for, beside an answer that it does not bound.
    var thinkingTokens = 0
    /// What the prompt consists of.
    var content: PromptContent
    /// Answers that the client asks for at once, each of them billed; ≥ 1.
    var choices = 1
    var requirements: Set<Capability>
    var features: QueryFeatures
    /// Explicit category and the parameter that named it.
    var category: (id: String, param: String)?
    /// The session that the client names, and by what.
    var session: (id: String, source: String)?
    var turns = ConversationTurns()
    /// What part of its client's work it is; nil where that is not said, or no class that is known.
    var requestClass: RequestClass?
    var explores: Bool
    var maxCostUSD: Double?
    /// Whether the client wants the answer to come from a cache and go into it; nil: as the route has it.
    var caches: Bool?

    /// Reads and checks a request.
    ///
    /// - Throws: 400 where the body is no JSON object, or a parameter that the router itself needs is missing or of the wrong form;
    ///   all other parameters are the provider's to judge.
    init(
        _ endpoint: ProxiedEndpoint, document: JSONDocument, fields: RequestFields, harness: HarnessText = HarnessText()
    ) throws(GatewayError) {
        let named = try document.text("model", atMost: TextLimit.id)
        if let deployment = fields.deployment, deployment.utf8.count > TextLimit.id {
            throw .tooLong("model", TextLimit.id)
        }
        model = fields.deployment ?? named ?? "auto"
        streams = endpoint == .embeddings ? false : try document.flag("stream") ?? false
        maxTokens = try document.answerLimit(in: endpoint.shape)
        thinkingTokens = endpoint == .embeddings ? 0 : document.thinkingTokens
        requirements = endpoint == .embeddings ? [.embeddings] : []
        content = PromptContent(textBytes: document.text.readableBytes)
        features = QueryFeatures(userText: "", byteCount: document.text.readableBytes)
        explores = true
        switch endpoint {
        case .chat, .completions, .messages, .responses:
            if endpoint.shape == .chat { choices = try document.choices() }
            var reading = ConversationReading(bodyBytes: document.text.readableBytes, harness: harness)
            try reading.read(document, in: endpoint.shape)
            take(&reading)
        case .embeddings:
            guard let input = document.member("input"), !input.isNull else { throw .missing("input") }
            var reader = PromptReader(bodyBytes: document.text.readableBytes)
            features.userText = input.string ?? ""
            reader.readInputs(input)
            content = reader.finish()
        }
        if let tools = document.member("tools"), tools.kind == .array, !tools.isEmpty { addTools() }
        if let format = document.answerFormat(in: endpoint.shape), format == "json_object" || format == "json_schema" {
            requirements.insert(format == "json_schema" ? .structuredOutput : .json)
            features.wantsJSON = true
        }
        session = SessionSources.session(in: document, fields)
        if let name = document.member("prompt_cache_key")?.string, !turns.opening.isEmpty { turns.opening.append(name) }
        if let bandit = document.member("bandit"), !bandit.isNull { try readExtensions(bandit) }
        try read(fields)
    }

    /// Reads a request for a decision without a call: the router's own words, so checked strictly by the caller.
    init(decision document: JSONDocument) throws(GatewayError) {
        model = try document.text("route", atMost: TextLimit.id) ?? "auto"
        streams = false
        maxTokens = try document.answerLimit("max_tokens")
        maxCostUSD = try document.amount("max_cost_usd")
        requirements = []
        content = PromptContent(textBytes: 0)
        features = QueryFeatures(userText: "", byteCount: 0)
        explores = try document.flag("explore") ?? true
        session = try document.text("session_id", atMost: TextLimit.id).map { ($0, "session_id") }
        category = try document.text("category", atMost: TextLimit.name).map { ($0, "category") }
        if let list = document.member("requirements"), !list.isNull {
            try require(list, "requirements")
        }
        if let messages = document.member("messages"), !messages.isNull {
            features.byteCount = messages.range.count
            var reading = ConversationReading(bodyBytes: messages.range.count, harness: HarnessText())
            try reading.readMessages(messages)
            take(&reading)
        }
        try checkSession()
    }

    /// Takes in what the turns told.
    private mutating func take(_ reading: inout ConversationReading) {
        let texts = reading.humanTexts
        features.userText = texts.first ?? ""
        features.latestUserText = texts.count > 1 ? texts.last : nil
        features.systemText = reading.system
        features.turnCount = texts.count
        turns = reading.turns
        features.hasImages = reading.reader.hasImages
        if features.hasImages { requirements.insert(.vision) }
        let media = reading.reader.content.media
        if media.pages > 0 || reading.reader.hasDocuments { requirements.insert(.documents) }
        if media.audioSeconds > 0 { requirements.insert(.audio) }
        if reading.hasTools { addTools() }
        content = reading.reader.finish()
    }

    private mutating func addTools() {
        requirements.insert(.tools)
        features.hasTools = true
    }

    /// The body's `bandit` object, which is the router's own and so is checked strictly.
    private mutating func readExtensions(_ bandit: JSONValue) throws(GatewayError) {
        guard bandit.kind == .object else { throw .invalidValue("bandit", "it must be an object") }
        if let name = bandit.repeatedName { throw .invalidValue("bandit.\(name)", "it stands more than once") }
        for (name, value) in bandit.members where !value.isNull {
            let param = "bandit.\(name)"
            switch name {
            case "category":
                guard let id = value.string else { throw .invalidValue(param, "it must be a string") }
                category = (id, param)
            case "session_id":
                guard let id = value.string else { throw .invalidValue(param, "it must be a string") }
                session = (id, param)
            case "requirements": try require(value, param)
            case "explore":
                switch (value.string, value.bool) {
                case ("off", _), (_, false): explores = false
                case ("on", _), (_, true): explores = true
                default: throw .invalidValue(param, "it must be \"on\", \"off\", true or false")
                }
            case "max_cost_usd":
                guard let cost = value.double, cost >= 0 else {
                    throw .invalidValue(param, "it must be a number of US dollars, 0 or more")
                }
                maxCostUSD = cost
            case "cache":
                switch (value.string, value.bool) {
                case ("off", _), (_, false): caches = false
                case ("on", _), (_, true): caches = true
                default: throw .invalidValue(param, "it must be \"on\", \"off\", true or false")
                }
            default: throw .unknownParameter(param)
            }
        }
    }

    private mutating func require(_ list: JSONValue, _ param: String) throws(GatewayError) {
        guard list.kind == .array else { throw .invalidValue(param, "it must be an array of capabilities") }
        for word in list.elements {
            guard let capability = word.string.flatMap(Capability.init) else {
                let known = Capability.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalidValue(param, "each must be one of \(known)")
            }
            requirements.insert(capability)
        }
    }

    /// Headers beat the body.
    private mutating func read(_ fields: RequestFields) throws(GatewayError) {
        if let id = fields.category { category = (id, "x-bandit-category") }
        if let id = fields.sessionID, !id.isEmpty { session = (id, "x-session-id") }
        requestClass = fields.requestClass.flatMap { RequestClass(rawValue: $0.lowercased()) }
        if let explore = fields.explore {
            switch explore.lowercased() {
            case "off": explores = false
            case "on": explores = true
            default: throw .invalidValue("x-bandit-explore", "it must be on or off")
            }
        }
        if let cache = fields.cache {
            switch cache.lowercased() {
            case "off": caches = false
            case "on": caches = true
            default: throw .invalidValue("x-bandit-cache", "it must be on or off")
            }
        }
        if let text = fields.maxCostUSD {
            guard let cost = Double(text), cost >= 0, cost.isFinite else {
                throw .invalidValue("x-bandit-max-cost-usd", "it must be a number of US dollars, 0 or more")
            }
            maxCostUSD = cost
        }
        try checkSession()
    }

    private func checkSession() throws(GatewayError) {
        guard let session, !SessionSources.isName(session.id) else { return }
        throw .invalidValue("session_id", "it must have 1 to 512 bytes")
    }
}

extension JSONDocument {
    /// The kind of format that an answer must have.
    fileprivate func answerFormat(in shape: InboundShape) -> String? {
        let format =
            switch shape {
            case .chat: member("response_format")
            case .messages: member("output_config")?.member("format")
            case .responses: member("text")?.member("format")
            }
        return format?.member("type")?.string
    }

    /// Parameters by which providers make several answers to one call, all of which they bill.
    private static let choiceCounts: [StaticString] = ["n", "best_of"]
    /// The most answers to one call, far beyond what providers allow.
    static let maxChoices = 1024

    /// How many answers a chat asks for.
    func choices() throws(GatewayError) -> Int {
        var most = 1
        for name in Self.choiceCounts {
            guard let value = member(name), !value.isNull else { continue }
            guard let count = value.int, 1...Self.maxChoices ~= count else {
                throw .invalidValue(name.description, "it must be a whole number from 1 to \(Self.maxChoices)")
            }
            most = max(most, count)
        }
        return most
    }

    /// How many tokens of answer the client allows, by the names that its shape has: providers differ in which they obey, and the greatest is
    /// what may be billed. A name of another shape bounds nothing, but is checked all the same.
    ///
    /// Checked also where the arm is not: a limit that is none would be counted with, and mean another thing to every provider.
    fileprivate func answerLimit(in shape: InboundShape) throws(GatewayError) -> Int? {
        let completion = try answerLimit("max_completion_tokens")
        let tokens = try answerLimit("max_tokens")
        let output = try answerLimit("max_output_tokens")
        switch shape {
        case .chat: return completion.map { max($0, tokens ?? $0) } ?? tokens
        case .messages: return tokens
        case .responses: return output
        }
    }

    /// The most that is taken for an effort in words: what the highest comes to where it is told in tokens.
    private static let effortTokens = 16_384

    /// Tokens of thinking that come on top of an answer without a limit.
    fileprivate var thinkingTokens: Int {
        let thinking = member("thinking")
        if let budget = thinking?.member("budget_tokens")?.int { return Count.clamped(budget) }
        let effort =
            member("reasoning_effort") ?? member("reasoning")?.member("effort")
            ?? member("output_config")?.member("effort")
        return effort?.string.map { $0 == "none" ? 0 : Self.effortTokens } ?? 0
    }

    fileprivate func answerLimit(_ name: StaticString) throws(GatewayError) -> Int? {
        guard let value = member(name), !value.isNull else { return nil }
        guard let limit = value.int, limit >= 1, limit <= Count.most else {
            throw .invalidValue(name.description, "it must be a whole number from 1 to \(Count.most)")
        }
        return limit
    }
}
