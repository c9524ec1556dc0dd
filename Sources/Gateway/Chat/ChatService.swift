import HTTPTypes

/// What connections need to serve the hot path.
struct ChatService: Sendable {
    let runtime: RouterRuntime

    var maxBodyBytes: Int { runtime.maxBodyBytes }

    /// Whether a request is of the hot path.
    func serves(_ head: HTTPRequest) -> Bool {
        guard head.method == .post, let path = head.path else { return false }
        return ProxiedEndpoint(path: path.prefix { $0 != "?" }) != nil
    }
}
