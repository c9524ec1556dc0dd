/// What connections need to serve the hot path.
struct ChatService: Sendable {
    let runtime: RouterRuntime

    var maxBodyBytes: Int { runtime.maxBodyBytes }
}
