import NIOCore
import NIOHTTP1
import RoutingEngine

/// Takes the requests of the hot path (chat, embeddings) out of a connection's pipeline and serves them on its event loop; all other
/// requests go on to the framework behind it.
///
/// The framework would give every request a task, two hand-overs between threads and another form of its head; on this path that
/// costs more than routing itself (see the article on the hot path). Requests of both kinds may be pipelined on one connection:
/// answers leave in the order of the requests, because a request waits in `waiting` until the answer before it has been written.
///
/// Requests come from NIO's decoder. Answers of ours are bytes already and go around NIO's encoder; the framework's go through it.
final class ExchangeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// A request of ours that is arriving.
    private struct Arriving {
        var endpoint = ProxiedEndpoint.chat
        var fields = RequestFields()
        var body = ByteBuffer()
    }

    private enum State {
        /// Between requests, or while the framework serves `passed` of them.
        case open
        /// `arriving` is.
        case collecting
        /// The body was refused, its rest is being thrown away until the connection closes.
        case discarding
        case serving(ExchangeRunner)
        case closed
    }

    /// How the body of the answer that is being written ends.
    private enum Framing { case length, chunked, close }

    /// Parts held back while an answer is being written; a client that pipelines more is read no further.
    private static let waitingLimit = 256
    /// How long a connection may sit between requests, or take to send one.
    private let idleLimit: TimeAmount
    /// Bodies up to this size leave in one piece with what frames them.
    private static let joinedBytes = 16_384

    private let service: ChatService
    private var state = State.open
    private var arriving = Arriving()
    private var waiting = CircularBuffer<HTTPServerRequestPart>()
    /// Requests handed to the framework whose answers have not ended.
    private var passed = 0
    private var closeWhenIdle = false
    private var deferredClose: EventLoopPromise<Void>?
    private var readIsHeld = false
    private var context: ChannelHandlerContext?
    /// Where bytes are written that need no encoding.
    private var encoder: ChannelHandlerContext?
    /// The last good key of the connection.
    var keys = KeyMemory()

    /// The client of the present request speaks HTTP/1.0: it knows no chunks and wants to be told that the connection stays.
    private var isOld = false
    private var framing = Framing.length

    /// When the connection will have been idle too long; nil while it is at work.
    private var idleDeadline: NIODeadline?
    private var idleTimer: Scheduled<Void>?

    init(service: ChatService) {
        self.service = service
        idleLimit = service.idleLimit
    }

    // MARK: - Life of the connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        encoder = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        precondition(encoder != nil, "the handler belongs behind NIO's HTTP/1 handlers")
        becameIdle()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        leave()
        self.context = nil
        encoder = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A client that closes its half is taken to have left, as other proxies do: nothing else tells it apart from one that
        // is gone, and an upstream call must not go on for nobody.
        if let event = event as? ChannelEvent, event == .inputClosed {
            switch state {
            case .serving, .collecting:
                leave()
                context.close(promise: nil)
                return
            case .open, .discarding, .closed: break
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .serving(let exchange) = state { exchange.writabilityChanged(context.channel.isWritable) }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .collecting:
            refuse(.malformedRequest, requestID: arriving.fields.requestID)
        case .serving:
            // The bytes behind the request are no HTTP: the answer is finished, then nothing more is read.
            closeWhenIdle = true
        case .open: context.fireErrorCaught(error)
        case .discarding, .closed: break
        }
    }

    /// The framework closes idle and quiescing connections without knowing of our exchange: that waits for its end.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, case .serving = state else { return context.close(mode: mode, promise: promise) }
        closeWhenIdle = true
        if let deferredClose { deferredClose.futureResult.cascade(to: promise) } else { deferredClose = promise }
    }

    func read(context: ChannelHandlerContext) {
        if waiting.count >= Self.waitingLimit { readIsHeld = true } else { context.read() }
    }

    private func leave() {
        idleDeadline = nil
        idleTimer?.cancel()
        idleTimer = nil
        waiting.removeAll()
        arriving = Arriving()
        if case .serving(let exchange) = state {
            state = .closed
            exchange.clientLeft()
        } else {
            state = .closed
        }
    }

    // MARK: - Idle connections

    /// Notes that the client has the next move. One timer is set for a whole idle limit and looks what time it has become, instead
    /// of one for each request.
    private func becameIdle() {
        idleDeadline = .now() + idleLimit
        if idleTimer == nil { scheduleIdleTimer(in: idleLimit) }
    }

    private func scheduleIdleTimer(in time: TimeAmount) {
        idleTimer = context?.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in self?.idleTimerFired() }
    }

    private func idleTimerFired() {
        idleTimer = nil
        guard let context, let idleDeadline else { return }
        let left = idleDeadline - .now()
        if left > .zero { return scheduleIdleTimer(in: left) }
        switch state {
        case .open, .collecting, .discarding: context.close(promise: nil)
        case .serving, .closed: break
        }
    }

    // MARK: - Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if waiting.isEmpty, accepts(part) {
            take(part, context: context)
        } else if case .closed = state {
            return
        } else {
            waiting.append(part)
        }
    }

    /// Whether a part can be dealt with now; otherwise an answer must be written first.
    private func accepts(_ part: HTTPServerRequestPart) -> Bool {
        switch state {
        case .serving, .closed: return false
        case .collecting, .discarding: return true
        case .open:
            // Only what the framework is to serve may come while it serves something.
            guard passed > 0, case .head(let head) = part else { return true }
            return !(Self.endpoint(of: head) != nil || RequestFields(head.headers).isAmbiguous)
        }
    }

    /// The endpoint of the hot path that a request is for; nil: the framework's to serve.
    private static func endpoint(of head: HTTPRequestHead) -> ProxiedEndpoint? {
        head.method == .POST ? ProxiedEndpoint(target: head.uri) : nil
    }

    private func take(_ part: HTTPServerRequestPart, context: ChannelHandlerContext) {
        switch (state, part) {
        case (.open, .head(let head)):
            begin(head, part, context: context)
        case (.open, _):
            if case .end = part { idleDeadline = nil }
            context.fireChannelRead(wrapInboundOut(part))
        case (.collecting, .body(var chunk)):
            guard arriving.body.readableBytes + chunk.readableBytes <= service.maxBodyBytes else {
                return refuse(.tooLarge(service.maxBodyBytes), requestID: arriving.fields.requestID)
            }
            if arriving.body.readableBytes == 0 { arriving.body = chunk } else { arriving.body.writeBuffer(&chunk) }
        case (.collecting, .end):
            serve(context: context)
        case (.collecting, .head), (.discarding, _), (.serving, _), (.closed, _):
            break
        }
    }

    private func begin(_ head: HTTPRequestHead, _ part: HTTPServerRequestPart, context: ChannelHandlerContext) {
        let fields = RequestFields(head.headers)
        isOld = head.version != .http1_1
        if fields.isAmbiguous {
            return refuse(.malformedRequest, requestID: fields.requestID)
        }
        guard let endpoint = Self.endpoint(of: head) else {
            // Its body has as long to arrive as one of ours.
            becameIdle()
            passed += 1
            return context.fireChannelRead(wrapInboundOut(part))
        }
        if let length = fields.contentLength, length > service.maxBodyBytes {
            return refuse(.tooLarge(service.maxBodyBytes), requestID: fields.requestID)
        }
        if fields.expectsContinue {
            send(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
            flush()
        }
        if !head.isKeepAlive { closeWhenIdle = true }
        arriving = Arriving(endpoint: endpoint, fields: fields, body: ByteBuffer())
        state = .collecting
        becameIdle()
    }

    private func serve(context: ChannelHandlerContext) {
        idleDeadline = nil
        let request = arriving
        arriving = Arriving()
        let exchange = ExchangeRunner(
            service: service, endpoint: request.endpoint, fields: request.fields, body: request.body,
            output: ExchangeOutput(handler: self), eventLoop: context.eventLoop)
        state = .serving(exchange)
        exchange.begin()
    }

    /// Answers with an error before there is an exchange; what is left of the request is not read.
    private func refuse(_ error: GatewayError, requestID: String?) {
        closeWhenIdle = true
        state = .discarding
        arriving = Arriving()
        answer(AnswerHead(error, requestID: RequestID.choose(requestID)), body: ByteBuffer(bytes: error.body))
        finish()
    }

    // MARK: - Answers of ours

    var isWritable: Bool { context?.channel.isWritable ?? false }

    private func send(_ bytes: ByteBuffer) {
        // Written from the encoder's place on, so that it does not see it.
        encoder?.write(NIOAny(bytes), promise: nil)
    }

    /// Adds what says whether the connection stays.
    private func addConnection(to head: inout AnswerHead) {
        if closeWhenIdle {
            head.field("connection", constant: "close")
        } else if isOld {
            head.field("connection", constant: "keep-alive")
        }
    }

    /// Writes a whole answer.
    func answer(_ head: consuming AnswerHead, body: ByteBuffer) {
        framing = .length
        head.field("content-length", body.readableBytes)
        addConnection(to: &head)
        var bytes = head.finished()
        if body.readableBytes <= Self.joinedBytes {
            bytes.writeImmutableBuffer(body)
            send(bytes)
        } else {
            send(bytes)
            send(body)
        }
    }

    /// Writes the head of an answer whose body comes in pieces.
    func beginStream(_ head: consuming AnswerHead) {
        if isOld {
            framing = .close
            closeWhenIdle = true
        } else {
            framing = .chunked
            head.field("transfer-encoding", constant: "chunked")
        }
        addConnection(to: &head)
        send(head.finished())
    }

    /// Writes a piece of a body.
    func write(_ piece: ByteBuffer) {
        // A chunk of no bytes would end the body.
        guard piece.readableBytes > 0 else { return }
        guard framing == .chunked else { return send(piece) }
        var bytes = ByteBufferAllocator().buffer(
            capacity: 24 + (piece.readableBytes <= Self.joinedBytes ? piece.readableBytes : 0))
        bytes.writeString(String(piece.readableBytes, radix: 16))
        bytes.writeStaticString("\r\n")
        if piece.readableBytes <= Self.joinedBytes {
            bytes.writeImmutableBuffer(piece)
            bytes.writeStaticString("\r\n")
            send(bytes)
        } else {
            send(bytes)
            send(piece)
            send(ByteBuffer(staticString: "\r\n"))
        }
    }

    func flush() { encoder?.flush() }

    /// Ends the answer; the next request on the connection begins.
    func finish() {
        guard let context else { return }
        if framing == .chunked { send(ByteBuffer(staticString: "0\r\n\r\n")) }
        framing = .length
        flush()
        if case .closed = state { return }
        let discards = if case .discarding = state { true } else { false }
        if !discards { state = .open }
        if closeWhenIdle {
            // The rest of a refused body may still be on its way: closing at once could reset the connection before the client
            // has read the answer, so the output is closed first and the input drained until the idle limit.
            let promise = deferredClose
            deferredClose = nil
            if discards {
                context.close(mode: .output, promise: promise)
                becameIdle()
            } else {
                state = .closed
                context.close(promise: promise)
            }
            return
        }
        becameIdle()
        resumeWaiting()
    }

    // MARK: - Answers of the framework

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        context.write(wrapOutboundOut(part), promise: promise)
        if case .end = part {
            passed -= 1
            if passed == 0 { becameIdle() }
            resumeWaiting()
        }
    }

    private func resumeWaiting() {
        guard let context, !waiting.isEmpty || readIsHeld else { return }
        // Later, so that a long queue of requests does not become a deep stack.
        context.eventLoop.assumeIsolated().execute { [weak self] in
            guard let self, let context = self.context else { return }
            var tookAny = false
            while let part = self.waiting.first, self.accepts(part) {
                self.waiting.removeFirst()
                self.take(part, context: context)
                tookAny = true
            }
            if tookAny { context.fireChannelReadComplete() }
            if self.readIsHeld, self.waiting.count < Self.waitingLimit {
                self.readIsHeld = false
                context.read()
            }
        }
    }
}

/// What an exchange writes to: its connection, as long as that is there.
struct ExchangeOutput {
    fileprivate let handler: ExchangeHandler

    var isWritable: Bool { handler.isWritable }

    /// Writes a whole answer; `finish` sends it.
    func answer(_ head: consuming AnswerHead, body: ByteBuffer) { handler.answer(head, body: body) }
    func beginStream(_ head: consuming AnswerHead) { handler.beginStream(head) }
    func write(_ bytes: ByteBuffer) { handler.write(bytes) }
    func flush() { handler.flush() }
    func finish() { handler.finish() }

    /// Who asks, by the key of the request; a connection remembers its last one.
    func identify(_ authorization: String?, by keys: KeyRing, now: Timestamp) throws(GatewayError) -> Caller {
        try keys.identify(authorization: authorization, now: now, memory: &handler.keys)
    }
}
