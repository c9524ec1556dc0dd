import NIOCore
import ProviderClient
import QueryCategories
import RoutingEngine
import WireFormats

/// Which of the proxied endpoints a request is for.
enum ProxiedEndpoint: Sendable, CaseIterable {
    case chat
    case embeddings

    /// Of the endpoint, in logs.
    var name: String {
        switch self {
        case .chat: "chat"
        case .embeddings: "embeddings"
        }
    }

    var path: String {
        switch self {
        case .chat: "/v1/chat/completions"
        case .embeddings: "/v1/embeddings"
        }
    }

    /// Of a path as it is written here.
    init?(path: String) {
        switch path {
        case "/v1/chat/completions": self = .chat
        case "/v1/embeddings": self = .embeddings
        default: return nil
        }
    }
}

/// What the router reads of a request before it passes it on; the body itself stays as it came.
struct ChatHead {
    var model: String
    var streams: Bool
    var maxTokens: Int?
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
    var explores: Bool
    var maxCostUSD: Double?
    /// Whether the client wants the answer to come from a cache and go into it; nil: as the route has it.
    var caches: Bool?

    /// Reads and checks a request.
    ///
    /// - Throws: 400 where the body is no JSON object, or a parameter that the router itself needs is missing or of the wrong form;
    ///   all other parameters are the provider's to judge.
    init(_ endpoint: ProxiedEndpoint, document: JSONDocument, fields: RequestFields) throws(GatewayError) {
        model = try document.text("model", atMost: TextLimit.id) ?? "auto"
        streams = endpoint == .chat ? try document.flag("stream") ?? false : false
        maxTokens = try document.answerLimit()
        requirements = endpoint == .embeddings ? [.embeddings] : []
        var reader = PromptReader(bodyBytes: document.text.readableBytes)
        content = reader.content
        features = QueryFeatures(userText: "", byteCount: document.text.readableBytes)
        explores = true
        switch endpoint {
        case .chat:
            choices = try document.choices()
            try readMessages(document.member("messages"), &reader)
        case .embeddings:
            guard let input = document.member("input"), !input.isNull else { throw .missing("input") }
            features.userText = input.string ?? ""
            reader.readInputs(input)
        }
        content = reader.finish()
        if let tools = document.member("tools"), tools.kind == .array, !tools.isEmpty {
            requirements.insert(.tools)
            features.hasTools = true
        }
        if let format = document.member("response_format")?.member("type")?.string,
            format == "json_object" || format == "json_schema"
        {
            requirements.insert(.json)
            features.wantsJSON = true
        }
        session = fields.foreignSession ?? SessionSources.session(in: document)
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
            guard list.kind == .array else {
                throw .invalidValue("requirements", "it must be an array of capabilities")
            }
            for word in list.elements {
                guard let capability = word.string.flatMap(Capability.init) else {
                    let known = Capability.allCases.map(\.rawValue).joined(separator: ", ")
                    throw .invalidValue("requirements", "each must be one of \(known)")
                }
                requirements.insert(capability)
            }
        }
        if let messages = document.member("messages"), !messages.isNull {
            features.byteCount = messages.range.count
            var reader = PromptReader(bodyBytes: messages.range.count)
            try readMessages(messages, &reader)
            content = reader.finish()
        }
        try checkSession()
    }

    private mutating func readMessages(
        _ messages: JSONValue?, _ reader: inout PromptReader
    ) throws(GatewayError) {
        guard let messages, !messages.isNull else { throw .missing("messages") }
        guard messages.kind == .array, !messages.isEmpty else {
            throw .invalidValue("messages", "it must be a non-empty array of objects")
        }
        var system: String?
        var users: [String] = []
        var index = 0
        var failure: GatewayError?
        var firstTurn: JSONValue?
        var end = 0
        messages.forEachElement { message in
            guard message.kind == .object else {
                failure = .invalidValue("messages[\(index)]", "it must be an object")
                return false
            }
            index += 1
            let (role, content) = message.members("role", "content")
            if role?.isString("assistant") == true || role?.isString("model") == true {
                turns.isOpening = false
                turns.bytesBefore = end
            }
            end = message.range.upperBound - messages.range.lowerBound
            if firstTurn == nil, role?.isString("user") == true { firstTurn = content }
            guard let content else {
                if role?.isString("user") == true { users.append("") }
                return true
            }
            if role?.isString("user") == true {
                users.append(Self.text(of: content, &reader))
            } else if system == nil, role?.isString("system") == true || role?.isString("developer") == true {
                system = Self.text(of: content, &reader)
            } else {
                reader.read(content)
            }
            return true
        }
        if let failure { throw failure }
        features.userText = users.first ?? ""
        features.latestUserText = users.count > 1 ? users.last : nil
        features.systemText = system
        features.turnCount = users.count
        turns.messages = messages.rawBytes
        if let first = users.first {
            turns.opening = [system ?? "", first.isEmpty ? firstTurn.map { String(buffer: $0.rawBytes) } ?? "" : first]
        }
        features.hasImages = reader.hasImages
        if features.hasImages { requirements.insert(.vision) }
    }

    /// The text of a message's content, its text parts joined.
    private static func text(of content: JSONValue, _ reader: inout PromptReader) -> String {
        if let text = content.string {
            reader.read(content)
            return text
        }
        var texts: [String] = []
        reader.read(content) { texts.append($0) }
        return texts.joined(separator: "\n")
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

    /// Headers beat the body.
    private mutating func read(_ fields: RequestFields) throws(GatewayError) {
        if let id = fields.category { category = (id, "x-bandit-category") }
        if let id = fields.sessionID, !id.isEmpty { session = (id, "x-session-id") }
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

    /// How many tokens of answer the client allows, by whichever name: providers differ in which they obey, and the greatest is what may be billed.
    ///
    /// Checked also where the arm is not: a limit that is none would be counted with, and mean another thing to every provider.
    fileprivate func answerLimit() throws(GatewayError) -> Int? {
        var most: Int?
        for name in ["max_completion_tokens", "max_tokens", "max_output_tokens"] as [StaticString] {
            guard let limit = try answerLimit(name) else { continue }
            most = max(most ?? limit, limit)
        }
        return most
    }

    fileprivate func answerLimit(_ name: StaticString) throws(GatewayError) -> Int? {
        guard let value = member(name), !value.isNull else { return nil }
        guard let limit = value.int, limit >= 1, limit <= Count.most else {
            throw .invalidValue(name.description, "it must be a whole number from 1 to \(Count.most)")
        }
        return limit
    }
}
