import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Takes the requests of the hot path (chat, embeddings) out of a connection's pipeline and serves them on its event loop; all other
/// requests go on to the framework behind it.
///
/// The framework would give every request a task and two hand-overs between threads; on this path that costs more than routing
/// itself (see the article on the hot path). Requests of both kinds may be pipelined on one connection: answers leave in the order
/// of the requests, because a request waits in `waiting` until the answer before it has been written.
final class ExchangeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum State {
        /// Between requests, or while the framework serves `passed` of them.
        case open
        /// A request of ours is arriving.
        case collecting(HTTPRequest, ByteBuffer)
        /// The body was refused, its rest is being thrown away until the connection closes.
        case discarding
        case serving(ChatExchange)
        case closed
    }

    /// Parts held back while an answer is being written; a client that pipelines more is read no further.
    private static let waitingLimit = 256
    /// How long a connection may sit between requests, or take to send one.
    private static let idleLimit = TimeAmount.seconds(75)

    private let service: ChatService
    private var state = State.open
    private var waiting = CircularBuffer<HTTPRequestPart>()
    /// Requests handed to the framework whose answers have not ended.
    private var passed = 0
    private var closeWhenIdle = false
    private var deferredClose: EventLoopPromise<Void>?
    private var readIsHeld = false
    private var idleTimer: Scheduled<Void>?
    private var context: ChannelHandlerContext?

    init(service: ChatService) {
        self.service = service
    }

    // MARK: - Life of the connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        armIdleTimer()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        leave()
        self.context = nil
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
            respond(.malformedRequest, head: nil, andClose: true)
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
        idleTimer?.cancel()
        idleTimer = nil
        waiting.removeAll()
        if case .serving(let exchange) = state {
            state = .closed
            exchange.clientLeft()
        } else {
            state = .closed
        }
    }

    private func armIdleTimer() {
        idleTimer?.cancel()
        idleTimer = nil
        guard let context else { return }
        idleTimer = context.eventLoop.assumeIsolated().scheduleTask(in: Self.idleLimit) { [weak self] in
            guard let self, let context = self.context, self.passed == 0 else { return }
            switch self.state {
            case .open, .collecting, .discarding: context.close(promise: nil)
            case .serving, .closed: break
            }
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
    private func accepts(_ part: HTTPRequestPart) -> Bool {
        switch state {
        case .serving, .closed: return false
        case .collecting, .discarding: return true
        case .open:
            guard case .head(let head) = part else { return true }
            return passed == 0 || !(service.serves(head) || Self.isAmbiguous(head))
        }
    }

    private func take(_ part: HTTPRequestPart, context: ChannelHandlerContext) {
        switch (state, part) {
        case (.open, .head(let head)) where Self.isAmbiguous(head):
            respond(.malformedRequest, head: head, andClose: true)
        case (.open, .head(let head)) where service.serves(head):
            begin(head, context: context)
        case (.open, .head):
            idleTimer?.cancel()
            passed += 1
            context.fireChannelRead(wrapInboundOut(part))
        case (.open, _):
            context.fireChannelRead(wrapInboundOut(part))
        case (.collecting(let head, var body), .body(var chunk)):
            guard body.readableBytes + chunk.readableBytes <= service.maxBodyBytes else {
                return respond(.tooLarge(service.maxBodyBytes), head: head, andClose: true)
            }
            // Taken out of the state while it grows, so that the buffer is not copied for each chunk.
            state = .open
            if body.readableBytes == 0 { body = chunk } else { body.writeBuffer(&chunk) }
            state = .collecting(head, body)
        case (.collecting(let head, let body), .end):
            serve(head, body, context: context)
        case (.collecting, .head), (.discarding, _), (.serving, _), (.closed, _):
            break
        }
    }

    /// Whether another server might read the request's end elsewhere: any transfer coding but `chunked`.
    ///
    /// Lengths that contradict each other, or the coding, are refused by the parser.
    private static func isAmbiguous(_ head: HTTPRequest) -> Bool {
        guard let coding = head.headerFields[.transferEncoding] else { return false }
        return coding.lowercased() != "chunked"
    }

    private func begin(_ head: HTTPRequest, context: ChannelHandlerContext) {
        if let length = head.headerFields[.contentLength].flatMap(Int.init), length > service.maxBodyBytes {
            return respond(.tooLarge(service.maxBodyBytes), head: head, andClose: true)
        }
        if head.headerFields[.expect]?.lowercased() == "100-continue" {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        }
        state = .collecting(head, ByteBuffer())
        armIdleTimer()
    }

    private func serve(_ head: HTTPRequest, _ body: ByteBuffer, context: ChannelHandlerContext) {
        idleTimer?.cancel()
        idleTimer = nil
        if head.headerFields[.connection]?.lowercased() == "close" { closeWhenIdle = true }
        let exchange = ChatExchange(
            service: service, head: head, body: body, output: ExchangeOutput(handler: self),
            eventLoop: context.eventLoop)
        state = .serving(exchange)
        exchange.begin()
    }

    /// Answers with an error before there is an exchange.
    private func respond(_ error: GatewayError, head: HTTPRequest?, andClose: Bool) {
        if andClose { closeWhenIdle = true }
        state = .discarding
        let requestID = RequestID.choose(head?.headerFields[.xRequestID])
        writeHead(ErrorResponse.head(error, requestID: requestID, closes: closeWhenIdle))
        write(ByteBuffer(bytes: error.body))
        finish()
    }

    // MARK: - Answers of ours

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func writeHead(_ head: HTTPResponse) {
        guard let context else { return }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        context.write(wrapOutboundOut(.body(bytes)), promise: nil)
    }

    func flush() { context?.flush() }

    var closesAfterAnswer: Bool { closeWhenIdle }

    /// Ends the answer; the next request on the connection begins.
    func finish() {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
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
                armIdleTimer()
            } else {
                state = .closed
                context.close(promise: promise)
            }
            return
        }
        armIdleTimer()
        resumeWaiting()
    }

    // MARK: - Answers of the framework

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        context.write(wrapOutboundOut(part), promise: promise)
        if case .end = part {
            passed -= 1
            if passed == 0 { armIdleTimer() }
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
    var closesAfterAnswer: Bool { handler.closesAfterAnswer }
    func writeHead(_ head: HTTPResponse) { handler.writeHead(head) }
    func write(_ bytes: ByteBuffer) { handler.write(bytes) }
    func flush() { handler.flush() }
    func finish() { handler.finish() }
}
