import NIOCore
import NIOHTTP1
import ProviderClient
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
        var caller = Caller.keyless
        var fields = RequestFields()
        var body = ByteBuffer()
    }

    enum State {
        /// Between requests, or while the framework serves `passed` of them.
        case open
        /// `arriving` is.
        case collecting
        /// The request was answered already; what is left of it is thrown away, until it ends or the connection closes.
        case discarding(closes: Bool)
        case serving(ExchangeRunner)
        case closed
    }

    /// How the body of the answer that is being written ends.
    private enum Framing { case length, chunked, close }

    /// Parts held back while an answer is being written, and bytes in them; a client that pipelines more is read no further.
    private static let waitingLimit = 256
    private static let waitingBytesLimit = 65_536
    /// The rest of a refused request up to which it is read to its end, so that the connection can be used again.
    private static let discardLimit = 65_536
    /// How long a connection may sit between requests, or take to send one.
    let idleLimit: TimeAmount
    /// Bodies up to this size leave in one piece with what frames them.
    private static let joinedBytes = 16_384

    let service: ChatService
    var state = State.open
    private var arriving = Arriving()
    private var waiting = CircularBuffer<HTTPServerRequestPart>()
    /// Of bodies in it.
    private var waitingBytes = 0
    private var holdsReading: Bool { waiting.count >= Self.waitingLimit || waitingBytes >= Self.waitingBytesLimit }
    /// Of the body that arrives or is being answered, taken from the memory set aside for bodies.
    var heldBytes = 0
    /// Requests handed to the framework whose answers have not ended.
    private var passed = 0
    private var closeWhenIdle = false
    private var deferredClose: EventLoopPromise<Void>?
    private var readIsHeld = false
    var context: ChannelHandlerContext?
    /// Where bytes are written that need no encoding.
    private var encoder: ChannelHandlerContext?
    /// The last good key of the connection.
    var keys = KeyMemory()

    /// The client of the present request speaks HTTP/1.0: it knows no chunks and wants to be told that the connection stays.
    private var isOld = false
    /// The present request is a HEAD: its answer has no body.
    private var answersHead = false
    /// The page, not the router's own, that the present request comes from and that may ask.
    private var crossOrigin: CrossOrigin?
    private var framing = Framing.length
    /// When the connection will have been idle too long; nil while it is at work.
    var idleDeadline: NIODeadline?
    var idleTimer: Scheduled<Void>?

    /// A client that does not read.
    struct Stall {
        /// When it has taken too long to take anything.
        let deadline: NIODeadline
        /// What waited for it when that began.
        let bytes: Int
    }

    /// nil while what is written leaves.
    var stall: Stall?

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
        if context.channel.isWritable {
            stall = nil
            if case .serving(let exchange) = state { exchange.writabilityChanged(true) } else { resumeWaiting() }
        } else if stall == nil {
            stall = Stall(deadline: .now() + idleLimit, bytes: bufferedBytes(of: context))
            if idleTimer == nil { scheduleIdleTimer(in: idleLimit) }
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .collecting:
            refuse(.malformedRequest)
        case .serving:
            // The bytes behind the request are no HTTP: the answer is finished, then nothing more is read.
            closeWhenIdle = true
        case .open: context.fireErrorCaught(error)
        case .discarding(closes: false): context.close(promise: nil)
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
        if holdsReading { readIsHeld = true } else { context.read() }
    }

    private func leave() {
        idleDeadline = nil
        stall = nil
        idleTimer?.cancel()
        idleTimer = nil
        waiting.removeAll()
        waitingBytes = 0
        arriving = Arriving()
        releaseBody()
        if case .serving(let exchange) = state {
            state = .closed
            exchange.clientLeft()
        } else {
            state = .closed
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
            if case .body(let bytes) = part { waitingBytes += bytes.readableBytes }
            waiting.append(part)
        }
    }

    /// Whether a part can be dealt with now; otherwise an answer must be written first.
    private func accepts(_ part: HTTPServerRequestPart) -> Bool {
        switch state {
        case .serving, .closed: return false
        case .collecting, .discarding: return true
        case .open:
            // A client that does not read its answers is asked for no more requests.
            if case .head = part, !isWritable { return false }
            // One answer after the other: what is said at a head must not be written into the answer before it.
            guard passed > 0, case .head = part else { return true }
            return false
        }
    }

    private func take(_ part: HTTPServerRequestPart, context: ChannelHandlerContext) {
        switch (state, part) {
        case (.open, .head(let head)):
            begin(head, context: context)
        case (.open, _):
            if case .end = part { idleDeadline = nil }
            context.fireChannelRead(wrapInboundOut(part))
        case (.collecting, .body(let chunk)):
            collect(chunk)
        case (.collecting, .end):
            serve(context: context)
        case (.discarding(closes: false), .end):
            state = .open
            becameIdle()
        case (.collecting, .head), (.discarding, _), (.serving, _), (.closed, _):
            break
        }
    }

    /// Answers what can be answered at the head, and hands the rest to who serves it.
    private func begin(_ given: HTTPRequestHead, context: ChannelHandlerContext) {
        var head = given
        let fields = RequestFields(head.headers)
        isOld = head.version != .http1_1
        answersHead = head.method == .HEAD
        crossOrigin = nil
        let service = self.service
        do throws(GatewayError) {
            let visitor = try service.gate.visitor(&head, fields) { service.runtime.setup }
            crossOrigin = visitor.allowedOrigin.map(CrossOrigin.init)
            switch try service.gate.admit(head, fields, visitor, now: service.runtime.clock(), memory: &keys) {
            case .preflight(let names): answerPreflight(names, given, fields)
            case .framework(let head):
                invite(fields)
                becameIdle()
                passed += 1
                context.fireChannelRead(wrapInboundOut(.head(head)))
            case .exchange(let endpoint, let caller):
                invite(fields)
                if !head.isKeepAlive { closeWhenIdle = true }
                arriving = Arriving(endpoint: endpoint, caller: caller, fields: fields)
                state = .collecting
                becameIdle()
            }
        } catch {
            let requestID = RequestID.choose(fields.requestID)
            service.refused(error, ProxiedEndpoint(path: head.uri), requestID: requestID)
            discard(given, fields)
            let inbound = ProxiedEndpoint.inbound(
                ofPath: head.uri, speaksAnthropic: fields.anthropicVersion != nil)
            answer(
                AnswerHead(error, in: inbound, requestID: requestID),
                body: inbound.body(of: error, requestID: requestID))
            finish()
        }
    }

    /// Tells a client that waits for it to send the body.
    private func invite(_ fields: RequestFields) {
        guard fields.expectsContinue, fields.hasBody, !isOld else { return }
        send(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
        flush()
    }

    /// What is left of a request that is answered at its head is thrown away; the connection stays where that is little.
    private func discard(_ head: HTTPRequestHead, _ fields: RequestFields) {
        let stays =
            head.isKeepAlive && !fields.isAmbiguous && !fields.expectsContinue && !fields.isChunked
            && (fields.contentLength ?? 0) <= Self.discardLimit
        if !stays { closeWhenIdle = true }
        state = .discarding(closes: !stays)
        becameIdle()
    }

    private func collect(_ chunk: ByteBuffer) {
        var chunk = chunk
        let held = arriving.body.readableBytes
        guard held + chunk.readableBytes <= service.maxBodyBytes else { return refuse(.tooLarge(service.maxBodyBytes)) }
        guard service.runtime.bodies.take(chunk.readableBytes, held: held) else { return refuse(.bodiesExceedMemory) }
        heldBytes += chunk.readableBytes
        let length = arriving.fields.contentLength
        if held == 0, chunk.readableBytes == length {
            arriving.body = chunk
        } else {
            // A part of a body is copied: it would keep the whole buffer that it was read into.
            if held == 0 { arriving.body.reserveCapacity(min(length ?? 0, 1 << 20)) }
            arriving.body.writeBuffer(&chunk)
        }
    }

    private func releaseBody() {
        guard heldBytes > 0 else { return }
        service.runtime.bodies.give(heldBytes)
        heldBytes = 0
    }

    private func serve(context: ChannelHandlerContext) {
        idleDeadline = nil
        var request = arriving
        arriving = Arriving()
        do throws(GatewayError) {
            request.body = try inflated(request.body, request.fields)
        } catch {
            state = .discarding(closes: true)
            closeWhenIdle = true
            releaseBody()
            refuse(error, of: request)
            return finish()
        }
        let exchange = ExchangeRunner(
            service: service, endpoint: request.endpoint, fields: request.fields, caller: request.caller,
            body: request.body, output: ExchangeOutput(handler: self), eventLoop: context.eventLoop)
        state = .serving(exchange)
        exchange.begin()
    }

    /// Answers with an error while the body of a request arrives; what is left of it is not read.
    private func refuse(_ error: GatewayError) {
        closeWhenIdle = true
        refuse(error, of: arriving)
        state = .discarding(closes: true)
        arriving = Arriving()
        releaseBody()
        finish()
    }

    private func refuse(_ error: GatewayError, of request: Arriving) {
        let requestID = RequestID.choose(request.fields.requestID)
        service.refused(error, request.endpoint, requestID: requestID)
        let inbound = request.endpoint.inbound(at: service.runtime.clock())
        answer(
            AnswerHead(error, in: inbound, requestID: requestID), body: inbound.body(of: error, requestID: requestID))
    }

    /// Tells a browser what a page that may ask may send.
    private func answerPreflight(_ names: String?, _ head: HTTPRequestHead, _ fields: RequestFields) {
        discard(head, fields)
        var answer = CrossOrigin.preflight(
            names, isPrivate: head.headers.contains(name: "access-control-request-private-network"),
            requestID: RequestID.choose(fields.requestID))
        crossOrigin?.write(to: &answer)
        addConnection(to: &answer)
        send(answer.finished())
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
        crossOrigin?.write(to: &head)
        addConnection(to: &head)
        var bytes = head.finished()
        if answersHead {
            send(bytes)
        } else if body.readableBytes <= Self.joinedBytes {
            bytes.writeImmutableBuffer(body)
            send(bytes)
        } else {
            send(bytes)
            // Counts among the answers on their way until the client has taken it.
            guard let encoder else { return }
            encoder.write(NIOAny(body), promise: service.runtime.counting(body.readableBytes, encoder.eventLoop))
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
        crossOrigin?.write(to: &head)
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
        if !discards {
            state = .open
            releaseBody()
        }
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
        var part = unwrapOutboundIn(data)
        if let crossOrigin, case .head(var head) = part {
            crossOrigin.add(to: &head.headers)
            part = .head(head)
        }
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
                if case .body(let bytes) = part { self.waitingBytes -= bytes.readableBytes }
                self.take(part, context: context)
                tookAny = true
            }
            if tookAny { context.fireChannelReadComplete() }
            if self.readIsHeld, !self.holdsReading {
                self.readIsHeld = false
                context.read()
            }
        }
    }
}
