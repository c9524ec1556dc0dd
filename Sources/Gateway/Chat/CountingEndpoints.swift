import Dialects
import HTTPTypes
import NIOCore
import ProviderClient
import RoutingEngine
import Synchronization
import WireFormats

/// How many tokens a prompt is, before it is asked; and what agents knock at to see whether somebody is there.
struct CountingEndpoints: Sendable {
    let runtime: RouterRuntime

    var endpoints: [Endpoint] {
        [
            Endpoint(.post, "/v1/messages/count_tokens", .scope(.chat)) { try await count($0, .messages) },
            Endpoint(.post, "/v1/responses/input_tokens", .scope(.chat)) { try await count($0, .responses) },
            Endpoint(.get, "/v1/responses/:id", .scope(.chat)) { _ in throw GatewayError.responseNotFound },
            Endpoint(.delete, "/v1/responses/:id", .scope(.chat)) { _ in throw GatewayError.responseNotFound },
            // Whoever asks a browser's way is led to the dashboard; an agent wants to know that somebody is there.
            Endpoint(.head, "/", .open) { _ in EndpointAnswer() },
            Endpoint(.get, "/api/hello", .open) { _ in .json(Array(#"{"message":"hello"}"#.utf8)) },
        ]
    }

    /// How long a provider may take to count; then the router's own estimate is told.
    private static let patience = Duration.seconds(1)
    private static let maxAnswerBytes = 65_536
    /// Providers asked to count at the same time: it costs clients nothing, and must not take the place of calls that are paid for.
    private static let mostAtOnce = 16

    /// Nothing is decided, nothing is charged.
    private func count(_ request: EndpointRequest, _ endpoint: ProxiedEndpoint) async throws -> EndpointAnswer {
        let document = try JSONDocument.object(request.body)
        let fields = RequestFields(request.headers)
        let setup = runtime.setup
        var chat = try ChatHead(endpoint, document: document, fields: fields, harness: setup.harness)
        chat.model = try setup.models.id(chat.model)
        if endpoint == .responses { try setup.requireStateless(document, model: chat.model) }
        guard let arm = arm(for: chat, document, endpoint, request.caller, setup) else {
            throw GatewayError.modelNotFound(chat.model)
        }
        let counted = await native(document, endpoint, arm, fields, request)
        let tokens = counted ?? max(1, runtime.estimator.promptTokens(chat.content, at: arm.definition))
        var json = JSONBytes()
        json.object { json in
            if endpoint == .responses { json.member("object", "response.input_tokens") }
            json.member("input_tokens", tokens)
        }
        var answer = EndpointAnswer.json(json.bytes)
        if counted == nil, let name = HTTPField.Name("x-bandit-estimated") { answer.headers.append((name, "true")) }
        return answer
    }

    /// The arm that the conversation sits at, else the first that has words for the request.
    private func arm(
        for chat: ChatHead, _ document: JSONDocument, _ endpoint: ProxiedEndpoint, _ caller: Caller,
        _ setup: GatewaySetup
    ) -> ArmConnection? {
        guard let route = setup.catalogue.route(chat.model)?.definition else { return setup.connection(chat.model) }
        if let session = chat.session?.id,
            let seat = runtime.engine.seat(of: .init(route: route.id, group: caller.group, session: session)),
            let arm = setup.connection(seat)
        {
            return arm
        }
        let unsayable = setup.unsayable(document, endpoint.shape)
        let able = route.arms.first { unsayable[$0] == nil } ?? route.arms.first
        return able.flatMap(setup.connection)
    }

    /// What the arm's provider counts; nil where it has no such call, or did not answer in time.
    private func native(
        _ document: JSONDocument, _ endpoint: ProxiedEndpoint, _ arm: ArmConnection, _ fields: RequestFields,
        _ asking: EndpointRequest
    ) async -> Int? {
        // What rests is not asked: every count would take as long as its patience.
        guard arm.definition.isEnabled,
            runtime.engine.health.refusals(of: [arm.definition.id], for: asking.caller.keyID).isEmpty,
            let request = arm.counting(
                endpoint, document, fields, patience: Self.patience, maxAnswerBytes: Self.maxAnswerBytes,
                now: asking.now)
        else { return nil }
        guard runtime.counting.add(1, ordering: .relaxed).newValue <= Self.mostAtOnce else {
            runtime.counting.subtract(1, ordering: .relaxed)
            return nil
        }
        defer { runtime.counting.subtract(1, ordering: .relaxed) }
        guard let answer = try? await runtime.transport.perform(request), answer.head.status == 200,
            let count = (try? JSONDocument(parsing: answer.body))?.member("input_tokens")?.int, count > 0
        else { return nil }
        return Count.clamped(count)
    }
}
