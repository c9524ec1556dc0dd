import NIOCore
import ProviderClient
import QueryCategories
import RoutingEngine
import WireFormats

/// From a request's bytes to the decision: everything that can still be refused without a trace in the log.
extension ExchangeRunner {
    func prepare() throws(GatewayError) {
        let runtime = service.runtime
        if runtime.logsRequests { loggedKeyID = caller.keyID }
        if let header = fields.traceparent, let context = TraceContext(header) {
            trace = ExchangeTrace(context, span: TraceContext.spanID(runtime.randomBits()))
        }
        var document = try JSONDocument.object(body)
        if endpoint == .completions { document = try Completions.chat(document) }
        let setup = runtime.setup
        var chat = try ChatHead(endpoint, document: document, fields: fields, harness: setup.harness)
        isStream = chat.streams
        chat.model = try setup.models.id(chat.model)
        if endpoint == .responses { try setup.requireStateless(document, model: chat.model) }
        enter(&chat, setup)
        let category = try setup.categorize(chat)
        if setup.hasCaches || chat.caches == true,
            let plan = setup.cachePlan(chat, endpoint, fields, owner: caller.keyID, body: body)
        {
            if let answer = runtime.cache.answer(plan) {
                let admission = try runtime.limiter.admit(caller, worstCase: 0, now: arrivedAt)
                runtime.limiter.settle(admission, tokens: 0, cost: 0)
                return take(.hit(CacheHit(answer, limits: admission.status)))
            }
            runtime.metrics.cacheMiss(route: chat.model)
            books.filling = CacheFilling(plan)
        }
        let undecided = UndecidedRequest(chat: chat, document: document, setup: setup, caller: caller)
        if let plan = setup.embeddings, awaitEmbeddings(plan, undecided, byWords: category) { return }
        try decide(undecided, category)
    }

    /// Sends a request of a class to the class's route, and gives those beside the conversation a seat of their own.
    private func enter(_ chat: inout ChatHead, _ setup: GatewaySetup) {
        guard let requestClass = chat.requestClass else { return }
        let asked = chat.model
        if let route = setup.catalogue.route(asked)?.definition.classes[requestClass] { chat.model = route }
        let key = SessionTable.Key(route: asked, group: caller.group, session: chat.session?.id ?? "")
        switch requestClass {
        case .auxiliary:
            chat.turns.opening.append(requestClass.rawValue)
            if let session = chat.session { chat.session = (session.id + "/auxiliary", session.source) }
        case .compaction:
            // No cache of a prompt's is left after it: the best time to draw anew.
            if chat.session != nil { freesSeat = key }
        case .main, .subagent, .workflow: break
        }
    }

    /// Looks for embeddings that bear on the category, and goes on with the decision when they are there or their time is up.
    ///
    /// - Returns: false where there is nothing to look for; then the caller goes on.
    private func awaitEmbeddings(
        _ plan: EmbeddingPlan, _ undecided: UndecidedRequest, byWords: Categorization
    ) -> Bool {
        guard endpoint != .embeddings else { return false }
        let runtime = service.runtime
        let (setup, caller) = (undecided.setup, undecided.caller)
        guard let texts = setup.textsToEmbed(undecided.chat, byWords, caller, runtime.limiter, now: arrivedAt) else {
            return false
        }
        runtime.embeddings.scores(of: texts, plan, for: caller, on: eventLoop) { scores in
            // The client may have left meanwhile: then nothing is decided, and nothing charged.
            guard !self.isOver else { return }
            self.proceed { () throws(GatewayError) in
                let category = scores.isEmpty ? byWords : try setup.categorize(undecided.chat, embeddings: scores)
                try self.decide(undecided, category)
            }
        }
        return true
    }

    /// Chooses an arm.
    private func decide(_ undecided: UndecidedRequest, _ category: Categorization) throws(GatewayError) {
        let runtime = service.runtime
        let (setup, caller) = (undecided.setup, undecided.caller)
        content = undecided.chat.content
        var request = DecisionRequest(
            model: undecided.chat.model, category: category.id, categorySource: category.by.rawValue,
            categoryModel: setup.categoryModel(of: category),
            requirements: undecided.chat.requirements,
            maxTokens: undecided.chat.maxTokens, choices: undecided.chat.choices, maxCostUSD: undecided.chat.maxCostUSD,
            explores: undecided.chat.explores, session: undecided.chat.session?.id, keyID: caller.keyID,
            keyGroup: caller.group)
        request.thinkingTokens = undecided.chat.thinkingTokens
        runtime.describe(undecided.chat, in: &request)
        if endpoint != .embeddings { request.unsayable = setup.unsayable(undecided.document, endpoint.shape) }
        request.unsayable.merge(setup.unpayable) { _, unpayable in unpayable }
        let choice: Choice
        do {
            choice = try runtime.engine.decide(request, at: arrivedAt, random: runtime.randomBits())
        } catch {
            throw .refusal(
                error,
                rest: runtime.engine.health.shortestRest(of: error.resting, for: caller.keyID))
        }
        if let freesSeat { runtime.engine.free(freesSeat) }
        let admission = try runtime.limiter.admit(caller, worstCase: choice.worstCase(of: request), now: arrivedAt)
        billableAnswerTokens = request.billableAnswerTokens
        if isStream { keepAliveAfter = TimeAmount(setup.configuration.server.keepaliveAfter) }
        if setup.configuration.privacy.storeContent { books.recording = ContentRecording() }
        take(.decided(DecidedRequest(choice, document: undecided.document, admission: admission)))
        repeatable = runtime.noteRepetition(
            undecided.chat, keyID: caller.keyID,
            within: setup.configuration.feedback.regeneratedWithin, at: arrivedAt)
    }
}

/// A request that was read and let in, before an arm was chosen for it.
private final class UndecidedRequest: Sendable {
    let chat: ChatHead
    let document: JSONDocument
    let setup: GatewaySetup
    let caller: Caller

    init(chat: ChatHead, document: JSONDocument, setup: GatewaySetup, caller: Caller) {
        self.chat = chat
        self.document = document
        self.setup = setup
        self.caller = caller
    }
}

extension GatewaySetup {
    /// The texts whose embeddings may change a category that words gave; nil where there are none, or where the caller's limits
    /// stand against the request anyway: nothing is spent on it.
    func textsToEmbed(
        _ chat: ChatHead, _ byWords: Categorization, _ caller: Caller, _ limiter: KeyLimiter, now: Timestamp
    ) -> [String]? {
        // Where a first turn's pattern decided, a later turn may still be for the classifier, but not the other way round.
        guard byWords.by != .explicit, byWords.by != .rule else { return nil }
        let texts = categorizer.textsToEmbed(chat.features, explicit: chat.category?.id)
        return texts.isEmpty || !limiter.hasRoom(caller, now: now) ? nil : texts
    }
}
