import DecisionStore
import HTTPTypes
import NIOCore
import NIOPosix
import ProviderClient
import QueryCategories
import RoutingEngine
import WireFormats

/// `POST /v1/decisions` and `/v1/decisions/{id}/outcome`: deciding for callers that have their own client.
struct DecisionEndpoints: Sendable {
    let runtime: RouterRuntime

    var endpoints: [Endpoint] {
        [
            Endpoint(.post, "/v1/decisions", .scope(.chat), decide),
            Endpoint(.post, "/v1/decisions/:id/outcome", .scope(.chat), outcome),
        ]
    }

    @Sendable private func decide(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let document = try JSONDocument.object(request.body)
        try document.refuseUnknown([
            "route", "category", "messages", "session_id", "requirements", "max_tokens", "max_cost_usd", "explore",
        ])
        let setup = runtime.setup
        let chat = try ChatHead(decision: document)
        let category = try await category(of: chat, setup, request)
        var asked = DecisionRequest(
            model: chat.model, category: category.id, categorySource: category.by.rawValue,
            categoryModel: setup.categoryModel(of: category), requirements: chat.requirements,
            maxTokens: chat.maxTokens, maxCostUSD: chat.maxCostUSD, explores: chat.explores,
            session: chat.session?.id, keyID: request.caller.keyID, keyGroup: request.caller.group)
        runtime.describe(chat, in: &asked)
        let choice: Choice
        do {
            choice = try runtime.engine.decide(asked, at: request.now, random: runtime.randomBits())
        } catch {
            throw GatewayError.refusal(error)
        }
        let admission = try runtime.limiter.admit(request.caller, worstCase: nil, now: request.now)
        defer { runtime.limiter.settle(admission, tokens: nil, cost: nil, now: runtime.clock()) }
        await withCheckedContinuation { continuation in
            var decision = choice.decision
            decision.isDecideOnly = true
            runtime.store.record(decision) { _ in continuation.resume() }
        }
        return try await answer(choice.decision.id)
    }

    private func category(
        of chat: ChatHead, _ setup: GatewaySetup, _ request: EndpointRequest
    ) async throws -> Categorization {
        let byWords = try setup.categorize(chat)
        guard let plan = setup.embeddings,
            let texts = setup.textsToEmbed(chat, byWords, request.caller, runtime.limiter, now: request.now)
        else { return byWords }
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let scores = await withCheckedContinuation { continuation in
            eventLoop.execute { [runtime] in
                runtime.embeddings.scores(of: texts, plan, for: request.caller, on: eventLoop) {
                    continuation.resume(returning: $0)
                }
            }
        }
        return scores.isEmpty ? byWords : try setup.categorize(chat, embeddings: scores)
    }

    @Sendable private func outcome(_ request: EndpointRequest) async throws -> EndpointAnswer {
        guard let id = DecisionID(request.parameter("id")) else { throw GatewayError.decisionNotFound }
        let document = try JSONDocument.object(request.body)
        try document.refuseUnknown([
            "status", "arm", "completion_id", "prompt_tokens", "cached_prompt_tokens", "completion_tokens", "cost_usd",
            "latency_ms", "http_status", "error",
        ])
        let record = try await record(id)
        let outcome = try reported(document, of: record.decision, now: request.now)
        let result: PostedOutcome
        do throws(StoreError) {
            result = try await runtime.store.submit(outcome, author: request.caller.author)
        } catch {
            throw GatewayError.storeUnavailable()
        }
        switch result {
        case .stored:
            runtime.limiter.charge(
                keyID: record.decision.keyID, outcome: outcome, decidedAt: record.decision.time, now: request.now)
            let health = runtime.engine.health
            if let arm = outcome.servedArm { health.succeeded(arm) }
            if outcome.status == .error { health.failed(record.decision.arm) }
        case .alreadyStored: break
        case .decisionNotFound: throw GatewayError.decisionNotFound
        case .decisionForbidden: throw GatewayError.refusal(FeedbackRefusal.decisionForbidden)
        }
        return try await answer(id)
    }

    /// The outcome that a client reports. A cost it does not know is computed from its tokens where the arm has a price.
    private func reported(
        _ document: JSONDocument, of decision: Decision, now: Timestamp
    ) throws(GatewayError) -> Outcome {
        let word = try document.text("status") ?? "ok"
        guard let status = OutcomeStatus(rawValue: word) else {
            throw .invalidValue("status", "it must be one of ok, error, cancelled")
        }
        let arm = try document.text("arm") ?? decision.arm
        guard let definition = runtime.setup.catalogue.arm(arm) else {
            throw .invalidValue("arm", "no arm is called '\(arm)'")
        }
        let prompt = try document.count("prompt_tokens")
        let cached = try document.count("cached_prompt_tokens")
        let completion = try document.count("completion_tokens")
        let latency = try document.amount("latency_ms")
        var cost = try document.amount("cost_usd").flatMap(NanoDollars.init(usd:))
        if cost == nil, let prompt, let completion, let price = definition.price {
            cost = price.cost(promptTokens: prompt, cachedTokens: cached ?? 0, completionTokens: completion)
        }
        let attempt = Attempt(
            arm: arm, succeeded: status == .ok, httpStatus: try document.count("http_status"),
            error: try document.text("error") ?? (status == .ok ? nil : status.rawValue), latencyMS: latency ?? 0,
            isArmFault: status == .error, cost: cost)
        return Outcome(
            decisionID: decision.id, time: now, status: status, servedArm: status == .ok ? arm : nil,
            completionID: try document.text("completion_id"), attempts: [attempt], latencyMS: latency,
            promptTokens: prompt, cachedPromptTokens: cached, completionTokens: completion, cost: cost)
    }

    private func record(_ id: DecisionID) async throws(GatewayError) -> DecisionRecord {
        let found: DecisionRecord?
        do throws(StoreError) {
            found = try await runtime.store.decision(id)
        } catch {
            throw .storeUnavailable()
        }
        guard let found else { throw .decisionNotFound }
        return found
    }

    private func answer(_ id: DecisionID) async throws(GatewayError) -> EndpointAnswer {
        .json(DecisionAnswers.one(try await record(id)))
    }
}

extension JSONDocument {
    /// A member that must be a whole number, 0 or more, where it is there.
    func count(_ name: StaticString) throws(GatewayError) -> Int? {
        guard let value = member(name), !value.isNull else { return nil }
        guard let count = value.int, count >= 0, count <= Count.most else {
            throw .invalidValue(name.description, "it must be a whole number from 0 to \(Count.most)")
        }
        return count
    }

    /// A member that must be a number, 0 or more, where it is there.
    func amount(_ name: StaticString) throws(GatewayError) -> Double? {
        guard let value = member(name), !value.isNull else { return nil }
        guard let amount = value.double, amount >= 0 else {
            throw .invalidValue(name.description, "it must be a number, 0 or more")
        }
        return amount
    }
}
