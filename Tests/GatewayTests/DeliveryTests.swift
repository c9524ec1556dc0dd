import Gateway
import NIOCore
import NIOEmbedded
import NIOPosix
import ProviderClient
import Synchronization
import Testing

/// What lies between the provider engine and the exchanges of an event loop.
@Suite("delivery")
struct DeliveryTests {
    private func body(_ count: Int, of byte: UInt8 = 0x78) -> UpstreamEvent {
        .body(ByteBuffer(repeating: byte, count: count))
    }

    private static let end = UpstreamEvent.end(
        UpstreamTimings(firstByteNanoseconds: 0, totalNanoseconds: 0, reusedConnection: false))

    private func length(_ event: UpstreamEvent?) -> Int? {
        if case .body(let bytes) = event { bytes.readableBytes } else { nil }
    }

    // MARK: - Mailbox

    /// `#expect` changes nothing that is a value.
    private final class Mailbox {
        private var mailbox = DeliveryMailbox()

        var count: Int { mailbox.count }
        func put(_ event: UpstreamEvent) -> Bool { mailbox.put(event) }
        func take(whileOpen mayTake: Bool) -> UpstreamEvent? { mailbox.take(whileOpen: mayTake) }
        func proceed() -> Bool { mailbox.proceed() }
    }

    @Test("many chunks are one wake-up, until what was there has been taken")
    func oneWakeUp() {
        let mailbox = Mailbox()
        #expect(mailbox.put(body(20_000)))
        for _ in 0..<100 { #expect(!mailbox.put(body(20_000))) }
        for _ in 0..<101 { #expect(length(mailbox.take(whileOpen: true)) == 20_000) }
        #expect(!mailbox.put(body(20_000)))
        #expect(mailbox.take(whileOpen: true) != nil)
        #expect(mailbox.take(whileOpen: true) == nil)
        #expect(mailbox.put(body(20_000)))
    }

    @Test("chunks of a byte are joined")
    func joins() {
        let mailbox = Mailbox()
        for index in 0..<200_000 { _ = mailbox.put(body(1, of: UInt8(truncatingIfNeeded: index))) }
        #expect(mailbox.count <= 200_000 / DeliveryMailbox.joinedBytes + 1)
        var all: [UInt8] = []
        while case .body(let bytes) = mailbox.take(whileOpen: true) { all += bytes.readableBytesView }
        #expect(all == (0..<200_000).map { UInt8(truncatingIfNeeded: $0) })
    }

    @Test("what is given to one reader is not changed by what is joined for the next")
    func joinsOwnBytes() {
        let mailbox = Mailbox()
        let first = ByteBuffer(string: "first ")
        _ = mailbox.put(.body(first))
        _ = mailbox.put(.body(ByteBuffer(string: "second")))
        #expect(String(buffer: first) == "first ")
        guard case .body(let both) = mailbox.take(whileOpen: true) else { return #expect(Bool(false)) }
        #expect(String(buffer: both) == "first second")
    }

    @Test("a reader that takes nothing is not woken for more, but by `proceed`, once")
    func refuses() {
        let mailbox = Mailbox()
        #expect(mailbox.put(body(20_000)))
        #expect(mailbox.take(whileOpen: false) == nil)
        #expect(!mailbox.put(body(20_000)))
        #expect(mailbox.proceed())
        #expect(!mailbox.proceed())
        #expect(length(mailbox.take(whileOpen: true)) == 20_000)
    }

    @Test("an empty mailbox needs no reader when the client reads on")
    func proceedsWithNothing() {
        let mailbox = Mailbox()
        #expect(!mailbox.proceed())
        _ = mailbox.put(body(1))
        _ = mailbox.take(whileOpen: true)
        #expect(mailbox.take(whileOpen: true) == nil)
        #expect(!mailbox.proceed())
    }

    @Test(
        "the last event is told although the client does not read, after what came before it", arguments: [true, false])
    func ends(wasRefused: Bool) {
        let mailbox = Mailbox()
        _ = mailbox.put(body(20_000))
        if wasRefused { #expect(mailbox.take(whileOpen: false) == nil) }
        #expect(mailbox.put(Self.end) == wasRefused)
        #expect(length(mailbox.take(whileOpen: false)) == 20_000)
        guard case .end = mailbox.take(whileOpen: false) else { return #expect(Bool(false)) }
        #expect(mailbox.take(whileOpen: false) == nil)
    }

    // MARK: - Turns

    /// Somebody with so many bytes to deal with.
    private final class Taker: TakesTurns {
        struct State {
            var bytes: Int
            var turns = 0
        }

        let state: Mutex<State>
        let onTurn: @Sendable () -> Void

        init(_ bytes: Int, onTurn: @escaping @Sendable () -> Void = {}) {
            state = Mutex(State(bytes: bytes))
            self.onTurn = onTurn
        }

        var left: Int { state.withLock { $0.bytes } }
        var turns: Int { state.withLock { $0.turns } }

        func takeTurn(upTo limit: Int) -> (bytes: Int, hasMore: Bool) {
            onTurn()
            return state.withLock { state in
                state.turns += 1
                let taken = min(limit, state.bytes)
                state.bytes -= taken
                return (taken, state.bytes > 0)
            }
        }
    }

    @Test("calls that have got something by then share one turn of the loop")
    func sharesTurn() {
        let loop = EmbeddedEventLoop()
        let turns = DeliveryTurns(eventLoop: loop)
        let takers = (0..<10).map { _ in Taker(100) }
        for taker in takers { turns.wake(taker) }
        #expect(takers.allSatisfy { $0.turns == 0 })
        loop.run()
        #expect(takers.allSatisfy { $0.turns == 1 && $0.left == 0 })
    }

    @Test("after so many bytes the loop looks at its sockets, and everybody has had some")
    func yields() {
        let loop = EmbeddedEventLoop()
        let turns = DeliveryTurns(eventLoop: loop)
        let takers = (0..<3).map { _ in Taker(5 * DeliveryTurns.bytesAtOnce) }
        for taker in takers { turns.wake(taker) }
        // All that the loop finds to do before it would look at its sockets.
        loop.run()
        var rounds = 1
        var before = takers.reduce(0) { $0 + $1.left }
        #expect(before == 14 * DeliveryTurns.bytesAtOnce)
        while before > 0 {
            if rounds == 3 { #expect(takers.allSatisfy { $0.turns == 1 }) }
            loop.advanceTime(by: DeliveryTurns.moment - .nanoseconds(1))
            #expect(takers.reduce(0) { $0 + $1.left } == before)
            loop.advanceTime(by: .nanoseconds(1))
            let after = takers.reduce(0) { $0 + $1.left }
            #expect(after < before && before - after <= DeliveryTurns.bytesAtOnce)
            before = after
            rounds += 1
        }
        #expect(rounds == 15)
    }

    @Test("small turns one after the other have an end too")
    func yieldsOften() {
        let loop = EmbeddedEventLoop()
        let turns = DeliveryTurns(eventLoop: loop)
        let count = Mutex(0)
        // Wakes itself anew with a byte each time, as a provider would that sends faster than the loop takes.
        let box = Mutex<Taker?>(nil)
        let taker = Taker(1) {
            guard let taker = box.withLock({ $0 }) else { return }
            count.withLock { $0 += 1 }
            taker.state.withLock { $0.bytes += 1 }
            if count.withLock({ $0 }) < 10_000 { turns.wake(taker) }
        }
        box.withLock { $0 = taker }
        turns.wake(taker)
        loop.run()
        #expect(count.withLock { $0 } < 100)
    }

    @Test("a socket is served while calls always have more", .timeLimit(.minutes(2)))
    func servesSockets() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let server = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Echo()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let turns = DeliveryTurns(eventLoop: loop)
        let takers = (0..<4).map { _ in Taker(.max) }
        for taker in takers { turns.wake(taker) }
        let other = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let answer = other.next().makePromise(of: ByteBuffer.self)
        let client = try await ClientBootstrap(group: other)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answer(promise: answer))
                }
            }
            .connect(to: server.localAddress!).get()
        try await client.writeAndFlush(ByteBuffer(string: "health"))
        #expect(String(buffer: try await answer.futureResult.get()) == "health")
        #expect(takers.allSatisfy { $0.left > 0 })
        for taker in takers { taker.state.withLock { $0.bytes = 0 } }
        try await client.close()
        try await server.close()
        try await group.shutdownGracefully()
        try await other.shutdownGracefully()
    }

    private final class Echo: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }
    }

    private final class Answer: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let promise: EventLoopPromise<ByteBuffer>

        init(promise: EventLoopPromise<ByteBuffer>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { promise.succeed(unwrapInboundIn(data)) }
    }
}
