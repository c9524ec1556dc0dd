import NIOCore
import RoutingEngine

/// What connections need to serve the hot path.
struct ChatService: Sendable {
    let runtime: RouterRuntime
    /// How long a connection may sit between requests, or take to send one.
    let idleLimit: TimeAmount

    init(runtime: RouterRuntime) {
        self.runtime = runtime
        idleLimit = TimeAmount(runtime.setup.configuration.server.idleTimeout)
    }

    var maxBodyBytes: Int { runtime.maxBodyBytes }
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
