import HTTPTypes
import Hummingbird
import NIOCore

/// One answer being given: the waits, the bytes and the faults, in the plan's order.
struct Performance: Sendable {
    let answer: SimulatedAnswer
    let shape: any AnswerShape
    let plan: FaultPlan
    let isStream: Bool
    let context: SimulatedContext
    let log: CallLog
    let index: Int

    func response() async throws -> Response {
        try await wait(.milliseconds(plan.delayToHeadersMilliseconds ?? 0))
        if let status = plan.status {
            return finished(
                SimulatedProvider.json(
                    HTTPResponse.Status(code: status),
                    shape.error(status: status, message: "scripted status \(status)"),
                    headers: plan.headers ?? [:]))
        }
        switch plan.fault {
        case .html: return finished(page())
        case .emptyBody: return finished(Response(status: .ok, headers: fields("application/json")))
        case .redirect:
            var headers = fields("text/plain")
            headers[.location] = "http://127.0.0.1:9/elsewhere"
            return finished(Response(status: .found, headers: headers))
        default: break
        }
        return isStream ? stream() : try await whole()
    }

    // MARK: - Whole answers

    private func whole() async throws -> Response {
        // The whole answer takes as long as its tokens do.
        let time = answer.timeToFirstToken + answer.tokenGap * max(0, answer.tokens.count - 1)
        if plan.fault != .slowLoris { try await wait(time) }
        let text = shape.whole(answer, fault: plan.fault)
        let half = ByteBuffer(string: String(text.prefix(text.count / 2)))
        let bytes = ByteBuffer(string: text)
        switch plan.fault {
        case .truncatedJSON, .malformedFrame:
            return finished(Response(status: .ok, headers: headers(), body: .init(byteBuffer: half)))
        case .errorObject:
            let error = shape.error(status: 500, message: "scripted error")
            return finished(
                Response(status: .ok, headers: headers(), body: .init(byteBuffer: ByteBuffer(string: error))))
        case .cut, .cleanEnd, .reset, .stall, .roleOnly:
            return body(contentLength: bytes.readableBytes) { writer in
                try await writer.write(half)
                try await endBadly()
            }
        case .slowLoris:
            return body(contentLength: bytes.readableBytes) { writer in
                try await wait(answer.timeToFirstToken)
                try await drip(bytes, &writer)
            }
        default: return finished(Response(status: .ok, headers: headers(), body: .init(byteBuffer: bytes)))
        }
    }

    // MARK: - Streams

    private func stream() -> Response {
        body(contentLength: nil) { writer in
            for frame in shape.opening(answer) { try await writer.write(ByteBuffer(string: frame)) }
            if plan.fault == .roleOnly { try await endBadly() }
            if plan.fault == .choicesNull {
                try await writer.write(ByteBuffer(string: shape.hollow(answer, choices: "null")))
            }
            if plan.fault == .choicesEmpty {
                try await writer.write(ByteBuffer(string: shape.hollow(answer, choices: "[]")))
            }
            for (position, token) in answer.tokens.enumerated() {
                if position == plan.faultToken, try await happens(&writer) { return }
                try await wait(position == 0 ? answer.timeToFirstToken : answer.tokenGap)
                let frame = ByteBuffer(string: shape.token(token, of: answer))
                if plan.fault == .slowLoris { try await drip(frame, &writer) } else { try await writer.write(frame) }
            }
            if plan.faultToken >= answer.tokens.count, try await happens(&writer) { return }
            if answer.tokens.isEmpty { try await wait(answer.timeToFirstToken) }
            for frame in shape.closing(answer, fault: plan.fault) { try await writer.write(ByteBuffer(string: frame)) }
        }
    }

    /// The fault's moment in a stream; `true` where the stream ends with it.
    @concurrent private func happens(_ writer: inout any ResponseBodyWriter) async throws -> Bool {
        switch plan.fault {
        case .cleanEnd: return true
        case .cut, .reset, .stall:
            // What was written must not be overtaken by the end.
            try await endBadly()
            return true
        case .malformedFrame, .truncatedJSON:
            try await writer.write(ByteBuffer(string: "data: {\"id\":\"x\",\"choices\":[{\"delta\"\n\n"))
            return false
        case .errorObject:
            try await writer.write(ByteBuffer(string: shape.errorFrame(message: "scripted error")))
            return true
        default: return false
        }
    }

    // MARK: - Parts

    private func body(
        contentLength: Int?,
        _ write: @escaping @concurrent @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        Response(
            status: .ok, headers: headers(),
            body: ResponseBody(contentLength: contentLength) { writer in
                try await write(&writer)
                try await writer.finish(nil)
                log.end(index, as: plan.fault == .cleanEnd ? .faulted : .complete)
            })
    }

    private func endBadly() async throws {
        switch plan.fault {
        case .stall: try await context.connection.closeFuture.get()
        default:
            log.end(index, as: .faulted)
            await context.close(reset: plan.fault == .reset)
        }
        throw ConnectionEnded()
    }

    @concurrent private func drip(_ bytes: ByteBuffer, _ writer: inout any ResponseBodyWriter) async throws {
        for byte in bytes.readableBytesView {
            try await writer.write(ByteBuffer(bytes: [byte]))
            try await wait(answer.tokenGap)
        }
    }

    private func wait(_ duration: Duration) async throws {
        if duration > .zero { try await Task.sleep(for: duration) }
    }

    private func finished(_ response: Response) -> Response {
        log.end(index, as: .complete)
        return response
    }

    private func page() -> Response {
        let text = "<!doctype html><html><body><h1>Welcome</h1></body></html>"
        return Response(status: .ok, headers: fields("text/html"), body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private func headers() -> HTTPFields {
        var headers = fields(isStream ? "text/event-stream" : "application/json")
        for (name, value) in plan.headers ?? [:] { HTTPField.Name(name).map { headers[$0] = value } }
        return headers
    }

    private func fields(_ type: String) -> HTTPFields { [.contentType: type] }
}
