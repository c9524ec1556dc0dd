import NIOCore

/// What connections need to serve the hot path.
struct ChatService: Sendable {
    let runtime: RouterRuntime
    let turns = DeliveryTurnsOfLoops()
    /// How long a connection may sit between requests, or take to send one.
    let idleLimit: TimeAmount

    init(runtime: RouterRuntime) {
        self.runtime = runtime
        idleLimit = TimeAmount(runtime.setup.configuration.server.idleTimeout)
    }

    var maxBodyBytes: Int { runtime.maxBodyBytes }
}
