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
    private let words = ErrorWords()

    init(runtime: RouterRuntime) { self.runtime = runtime }

    var endpoints: [Endpoint] {
        [
            Endpoint(.post, "/v1/bandit/decisions", .scope(.chat), decide),
            Endpoint(.post, "/v1/bandit/decisions/:id/outcome", .scope(.outcome), outcome),
            // Where they were; OpenAI's own clients have a call at the first of them, with another body.
            Endpoint(.post, "/v1/decisions", .scope(.chat), decide),
            Endpoint(.post, "/v1/decisions/:id/outcome", .scope(.outcome), outcome),
        ]
    }

    @Sendable private func decide(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let document = try JSONDocument.object(request.body)
        try document.refuseUnknown([
            "route", "category", "messages", "session_id", "requirements", "max_tokens", "max_cost_usd", "explore",
        ])
        let setup = runtime.setup
        var chat = try ChatHead(decision: document)
        chat.model = try setup.models.id(chat.model)
        let category = try await category(of: chat, setup, request)
        var asked = DecisionRequest(
            model: chat.model, category: category.id, categorySource: category.by.rawValue,
            categoryModel: setup.categoryModel(of: category), requirements: chat.requirements,
            maxTokens: chat.maxTokens, maxCostUSD: chat.maxCostUSD, explores: chat.explores,
            session: chat.session?.id, keyID: request.caller.keyID, keyGroup: request.caller.group)
        runtime.describe(chat, in: &asked)
        asked.unsayable = setup.unpayable
        let choice: Choice
        do {
            choice = try runtime.engine.decide(asked, at: request.now, random: runtime.randomBits())
        } catch {
            let rest = runtime.engine.health.shortestRest(
                of: error.resting, for: request.caller.keyID)
            throw GatewayError.refusal(error, rest: rest)
        }
        let admission = try runtime.limiter.admit(request.caller, worstCase: nil, now: request.now)
        defer { runtime.limiter.settle(admission, tokens: nil, cost: nil) }
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
        let record = try await record(id)
        guard record.decision.isDecideOnly else { throw GatewayError.outcomeKnown }
        let outcome = try ReportedOutcome(
            decision: record.decision, catalogue: runtime.setup.catalogue, now: request.now, words: words
        ).read(document)
        let result: PostedOutcome
        do throws(StoreError) {
            result = try await runtime.store.submit(outcome, author: request.caller.author)
        } catch {
            throw GatewayError.storeUnavailable()
        }
        switch result {
        case .stored:
            // Breakers are everybody's: what one client says of its own calls does not move them.
            runtime.limiter.charge(
                keyID: record.decision.keyID, outcome: outcome, decidedAt: record.decision.time, now: request.now)
        case .alreadyStored: break
        case .decisionNotFound: throw GatewayError.decisionNotFound
        case .decisionServed: throw GatewayError.outcomeKnown
        case .decisionForbidden: throw GatewayError.refusal(FeedbackRefusal.decisionForbidden)
        }
        return try await answer(id)
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
