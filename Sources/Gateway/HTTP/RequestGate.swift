import HTTPTypes
import NIOHTTP1
import RoutingEngine

/// Lets requests in by their head alone: what it refuses costs nothing, and nothing of its body is read.
///
/// Everything is asked in one place, for the hot path and for the framework's endpoints: form, page, host, path, method, key, scope,
/// and the form of the body.
struct RequestGate: Sendable {
    /// Who serves a request that was let in.
    enum Service {
        case exchange(ProxiedEndpoint, Caller)
        /// The head as the framework is to see it.
        case framework(HTTPRequestHead)
        /// A browser asks what a page may send; with the names of the fields it wants to.
        case preflight(fields: String?)
    }

    let keys: KeyRing
    let endpoints: EndpointTable
    let maxBodyBytes: Int

    /// Tells who asks, and whom.
    ///
    /// - Parameter setup: what is in force; asked for only where a browser is at work, or the host is no loopback name.
    /// - Throws: 400 where the request is none, 403 where the page may not ask.
    func visitor(
        _ head: inout HTTPRequestHead, _ fields: RequestFields, setup: () -> GatewaySetup
    ) throws(GatewayError) -> Visitor {
        if fields.isAmbiguous { throw .malformedRequest }
        if fields.host == nil, head.version != .http1_0 { throw .missingHost }
        if let host = fields.host, !HostName.isValid(host) { throw .missingHost }
        if head.uri.utf8.first != UInt8(ascii: "/"), let target = RequestTarget(head.uri) {
            // The target's server is the one meant (RFC 9112, 3.2.2).
            head.uri = String(target.path + target.query)
            fields.host = target.authority
            if let authority = target.authority { head.headers.replaceOrAdd(name: "host", value: authority) }
        }
        let isKeyless = keys.isKeyless
        guard fields.browser.isBrowser else {
            if isKeyless { try requireLocal(fields.host, setup) }
            return .program
        }
        let visitor = setup().origins.visitor(fields.browser, host: fields.host, isKeyless: isKeyless)
        if visitor == .foreign, !leadsToPage(head, fields.browser) { throw .originNotAllowed }
        if isKeyless { try requireLocal(fields.host, setup) }
        return visitor
    }

    /// Without keys only names that a page's browser cannot be made to take for the page's own are answered to.
    private func requireLocal(_ host: String?, _ setup: () -> GatewaySetup) throws(GatewayError) {
        guard !LoopbackHost.names(host), !setup().hosts.contains(LoopbackHost.withoutPort(host ?? "")) else { return }
        throw .hostNotAllowed
    }

    /// A link on another page may lead to the dashboard: its page shows nothing but what it then asks for itself.
    private func leadsToPage(_ head: HTTPRequestHead, _ browser: BrowserFields) -> Bool {
        (head.method == .GET || head.method == .HEAD) && browser.origin == nil && browser.mode == "navigate"
            && browser.destination == "document" && DashboardEndpoints.isPage(head.uri)
    }

    /// Lets a request in, or says what stands against it.
    func admit(
        _ head: HTTPRequestHead, _ fields: RequestFields, _ visitor: Visitor, now: Timestamp,
        memory: inout KeyMemory
    ) throws(GatewayError) -> Service {
        // Clients of the hot path send its bare path, as a rule: then there is nothing to look up.
        if head.method == .POST, let endpoint = ProxiedEndpoint(path: head.uri) {
            return try exchange(endpoint, fields, now: now, memory: &memory)
        }
        guard let target = RequestTarget(head.uri), let (row, path, deployment) = endpoints.find(target.path) else {
            throw .notFound
        }
        fields.deployment = deployment
        if head.method == .OPTIONS, visitor.allowedOrigin != nil,
            head.headers.contains(name: "access-control-request-method")
        {
            return .preflight(fields: head.headers["access-control-request-headers"].first)
        }
        guard let access = row.access(head.method.rawValue) else { throw .methodNotAllowed(row.allow) }
        if let endpoint = row.exchange { return try exchange(endpoint, fields, now: now, memory: &memory) }
        let (caller, key) = try authorize(access, visitor, fields, now: now, memory: &memory)
        var head = head
        // The one that was known, wherever it stood.
        if let key { head.headers.replaceOrAdd(name: "authorization", value: key) }
        if head.method == .POST, path == AdminEndpoints.keysPath, caller.keyID == nil { throw .firstKey }
        if head.method != .GET, head.method != .HEAD, head.method != .DELETE {
            try check(fields, path == FeedbackEndpoints.batchPath ? .jsonOrLines : .json)
        }
        head.uri = path + target.query
        return .framework(head)
    }

    private func exchange(
        _ endpoint: ProxiedEndpoint, _ fields: RequestFields, now: Timestamp, memory: inout KeyMemory
    ) throws(GatewayError) -> Service {
        let caller = try keys.identify(anyOf: fields.authorizations, now: now, memory: &memory).caller
        guard caller.may(.chat) else { throw .insufficientScope(.chat) }
        try check(fields, .json)
        return .exchange(endpoint, caller)
    }

    private func authorize(
        _ access: EndpointAccess, _ visitor: Visitor, _ fields: RequestFields, now: Timestamp, memory: inout KeyMemory
    ) throws(GatewayError) -> (Caller, key: String?) {
        let scope: KeyScope?
        switch access {
        case .open: return (.keyless, nil)
        case .anyKey: scope = nil
        case .scope(let needed): scope = needed
        }
        let (caller, key) = try keys.identify(anyOf: fields.authorizations, now: now, memory: &memory)
        if let scope, !caller.may(scope) { throw .insufficientScope(scope) }
        // Without keys a page that can be reached at all could administrate.
        if scope == .admin, caller.keyID == nil, visitor != .program, visitor != .ownPage { throw .originNotAllowed }
        return (caller, key)
    }

    /// A form that a browser sends without asking must not pass for JSON.
    private func check(_ fields: RequestFields, _ body: MediaType.Body) throws(GatewayError) {
        guard fields.hasBody else { return }
        if !body.accepts(fields.contentType) { throw .unsupportedMediaType(body) }
        if let encoding = fields.contentEncoding, encoding.lowercased() != "identity",
            !ContentCoding.isZipped(encoding)
        {
            throw .unsupportedEncoding(encoding)
        }
        if let length = fields.contentLength, length > maxBodyBytes { throw .tooLarge(maxBodyBytes) }
    }
}
