import NIOCore
import RoutingEngine

/// What connections need to serve the hot path.
struct ChatService: Sendable {
    let runtime: RouterRuntime
    /// Who is let in, by the head of a request.
    let gate: RequestGate
    let turns = DeliveryTurnsOfLoops()
    /// How long a connection may sit between requests, or take to send one.
    let idleLimit: TimeAmount

    init(runtime: RouterRuntime, endpoints: EndpointTable) {
        self.runtime = runtime
        gate = RequestGate(keys: runtime.keys, endpoints: endpoints, maxBodyBytes: runtime.maxBodyBytes)
        idleLimit = TimeAmount(runtime.setup.configuration.server.idleTimeout)
    }

    var maxBodyBytes: Int { runtime.maxBodyBytes }

    /// Counts and logs a request that was refused at its head.
    ///
    /// - Parameter endpoint: nil for what is no request of the hot path, which is not counted.
    func refused(_ error: GatewayError, _ endpoint: ProxiedEndpoint?, requestID: String) {
        guard let endpoint else { return }
        runtime.metrics.began()
        runtime.metrics.refused(code: error.code ?? "")
        guard runtime.logsRequests else { return }
        runtime.accessLog.record(
            RequestLine(
                time: runtime.clock(), requestID: requestID, endpoint: endpoint.name, status: error.status,
                error: error.code, durationMS: 0))
    }
}

extension RouterRuntime {
    /// Says in a request for a decision what its prompt comes to at each arm, and which session it belongs to.
    func describe(_ chat: ChatHead, in request: inout DecisionRequest) {
        estimator.describe(chat.content, in: &request)
        request.sessionSource = chat.session?.source
        if chat.session == nil, engine.published.catalogue.route(request.model)?.definition.affinity == .conversation {
            request.conversation = chat.turns.conversation(of: request.keyGroup, hashing)
        }
    }
}
