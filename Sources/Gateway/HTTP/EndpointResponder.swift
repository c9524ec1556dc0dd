import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import RoutingEngine

/// Per-request state of the framework's side.
struct GatewayContext: RequestContext {
    var coreContext: CoreRequestContextStorage

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }
}

/// Hands requests that the gate let in to endpoints: finds out who asks, reads the body, and gives every error OpenAI's shape.
struct EndpointResponder: Sendable {
    let keys: KeyRing
    let maxBodyBytes: Int
    let bodies: BodyBudget
    let clock: @Sendable () -> Timestamp
    let logger: Logger

    /// A router over `endpoints`. Requests for anything else do not come here.
    func responder(_ endpoints: [Endpoint]) -> CallbackResponder<GatewayContext> {
        let router = Hummingbird.Router(context: GatewayContext.self)
        for endpoint in endpoints {
            router.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
                await respond(request, context, endpoint)
            }
            guard endpoint.method == .get,
                !endpoints.contains(where: { $0.method == .head && $0.path == endpoint.path })
            else { continue }
            router.on(RouterPath(endpoint.path), method: .head) { request, context in
                await respond(request, context, endpoint).createHeadResponse()
            }
        }
        let known = router.buildResponder()
        return CallbackResponder { request, context in
            let answer = try await known.respond(to: request, context: context)
            // Every answer of an endpoint has a request id. One without is the framework's own.
            guard answer.status == .notFound, answer.headers[.xRequestID] == nil else { return answer }
            return refuse(
                .notFound, requestID: RequestID.choose(request.headers[.xRequestID]), at: request.uri.path)
        }
    }

    private func respond(_ request: Request, _ context: GatewayContext, _ endpoint: Endpoint) async -> Response {
        let requestID = RequestID.choose(request.headers[.xRequestID])
        do {
            let now = clock()
            let caller = try authorize(request, endpoint.access, now: now)
            var body = ByteBuffer()
            defer { bodies.give(body.readableBytes) }
            switch request.method {
            case .get, .head, .delete: break
            default: try await collect(request, into: &body)
            }
            let answer = try await endpoint.handle(
                EndpointRequest(
                    caller: caller, requestID: requestID, now: now, headers: request.headers, body: body,
                    parameters: context.parameters, query: request.uri.queryParameters))
            return response(answer, requestID: requestID)
        } catch let error as GatewayError {
            return refuse(error, requestID: requestID, at: endpoint.path)
        } catch {
            logger.error(
                "An endpoint failed.",
                metadata: ["request_id": "\(requestID)", "path": "\(endpoint.path)", "error": "\(error)"])
            return refuse(
                GatewayError(500, "internal_error", "The router failed to answer; its log says why."),
                requestID: requestID, at: endpoint.path)
        }
    }

    private func authorize(_ request: Request, _ access: EndpointAccess, now: Timestamp) throws(GatewayError) -> Caller
    {
        switch access {
        case .open: return .keyless
        case .anyKey: return try keys.authorize(authorization: request.headers[.authorization], scope: nil, now: now)
        case .scope(let scope):
            return try keys.authorize(authorization: request.headers[.authorization], scope: scope, now: now)
        }
    }

    /// Reads the body, as far as the memory for bodies goes; what `body` holds in the end was taken from there.
    private func collect(_ request: Request, into body: inout ByteBuffer) async throws {
        do {
            for try await chunk in request.body {
                let (bytes, held) = (chunk.readableBytes, body.readableBytes)
                guard held + bytes <= maxBodyBytes else { throw GatewayError.tooLarge(maxBodyBytes) }
                guard bodies.take(bytes, held: held) else { throw GatewayError.bodiesExceedMemory }
                body.writeImmutableBuffer(chunk)
            }
        } catch let error as GatewayError {
            throw error
        } catch {
            // The rest of the body is no HTTP, or never came: the connection ends with the answer.
            throw GatewayError.malformedRequest
        }
        guard ContentCoding.isZipped(request.headers[.contentEncoding]), body.readableBytes > 0 else { return }
        let sent = body.readableBytes
        var taken = 0
        do {
            body = try ContentCoding.inflated(body, limit: maxBodyBytes) { bytes, before in
                guard bodies.take(bytes, held: before) else { return false }
                taken += bytes
                return true
            }
        } catch {
            bodies.give(taken)
            throw error
        }
        // Also where nothing came out of it.
        bodies.give(sent)
    }

    private func response(_ answer: EndpointAnswer, requestID: String) -> Response {
        var fields = HTTPFields()
        if let type = answer.contentType { fields[.contentType] = type }
        fields[.xRequestID] = requestID
        for (name, value) in answer.headers { fields[name] = value }
        let body: ResponseBody =
            if let stream = answer.stream {
                .init(asyncSequence: stream)
            } else if answer.status == 204
                || answer.status == 304
            { .init() } else { .init(byteBuffer: ByteBuffer(bytes: answer.bytes)) }
        return Response(status: .init(code: answer.status), headers: fields, body: body)
    }

    /// - Parameter path: tells in which dialect the caller is told.
    func refuse(_ error: GatewayError, requestID: String, at path: String) -> Response {
        let inbound = ProxiedEndpoint.inbound(ofPath: path)
        let head = ErrorResponse.head(error, in: inbound, requestID: requestID)
        return Response(
            status: head.status, headers: head.headerFields,
            body: .init(byteBuffer: inbound.body(of: error, requestID: requestID)))
    }
}

/// Names of this machine by which a browser can only mean this machine.
package enum LoopbackHost {
    /// The name alone, in lower case and without brackets.
    static func withoutPort(_ authority: String) -> String {
        var host = Substring(authority.lowercased())
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            host = host[host.index(after: host.startIndex)..<end]
        } else if let colon = host.lastIndex(of: ":") {
            host = host[..<colon]
        }
        return String(host)
    }

    /// Whether the `Host` of a request is a loopback name, with or without a port. No host at all (HTTP/1.0) cannot come from a browser.
    package static func names(_ authority: String?) -> Bool {
        guard let authority, !authority.isEmpty else { return true }
        let host = withoutPort(authority)
        if host == "localhost" || host == "::1" || host.hasSuffix(".localhost") { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
