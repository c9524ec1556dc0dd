import Glibc
import NIOCore
import ProviderClient
import Synchronization
import Testing

/// Answers that arrive in pieces, over real sockets.
@Suite("transport: streams")
struct StreamingTests {
    @Test("the pieces come in order, each before the provider has sent the next")
    func order() async throws {
        let goOn = (0..<5).map { _ in Signal() }
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.beginChunks()
            for index in 0..<5 {
                goOn[index].block()
                connection.writeChunk("data: \(index)\n\n")
            }
            connection.endChunks()
            connection.waitUntilClosed()
        }
        let transport = ProviderTransport()
        goOn[0].raise()
        let stream = try await transport.stream(UpstreamRequest(url: server.url))
        #expect(stream.head.status == 200)
        #expect(stream.head.contentType == "text/event-stream")
        for index in 0..<5 {
            #expect(try await stream.next().map { String(buffer: $0) } == "data: \(index)\n\n")
            if index < 4 {
                #expect(stream.timings == nil)
                goOn[index + 1].raise()
            }
        }
        #expect(try await stream.next() == nil)
        #expect(stream.timings != nil)
        #expect(try await stream.next() == nil)
        await transport.shutdown()
    }

    @Test("the connection of a stream that ended cleanly is used again")
    func reuseAfterStream() async throws {
        let server = LoopbackServer { connection in
            while connection.readRequest() != nil {
                connection.beginChunks()
                connection.writeChunk("a")
                connection.endChunks()
            }
        }
        var options = ProviderTransport.Options()
        options.idleTimeout = .seconds(3600)
        let transport = ProviderTransport(options: options)
        for index in 0..<5 {
            let stream = try await transport.stream(UpstreamRequest(url: server.url))
            var text = ""
            while let bytes = try await stream.next() { text += String(buffer: bytes) }
            #expect(text == "a")
            #expect(stream.timings?.reusedConnection == (index > 0))
        }
        #expect(server.connectionCount == 1)
        await transport.shutdown()
    }

    @Test("an empty stream has a head and an end")
    func empty() async throws {
        let server = LoopbackServer { connection in
            while connection.readRequest() != nil { connection.answer("", status: "204 No Content") }
        }
        let transport = ProviderTransport()
        let stream = try await transport.stream(UpstreamRequest(url: server.url))
        #expect(stream.head.status == 204)
        #expect(try await stream.next() == nil)
        await transport.shutdown()
    }

    @Test("a cut stream delivers what came before it fails")
    func cut() async throws {
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.beginChunks()
            connection.writeChunk("all of this")
        }
        let transport = ProviderTransport()
        let outcome = await Result { () async throws(UpstreamError) in
            let stream = try await transport.stream(UpstreamRequest(url: server.url))
            #expect(try await stream.next().map { String(buffer: $0) } == "all of this")
            return try await stream.next()
        }
        #expect(outcome.failure?.code == .closed)
        await transport.shutdown()
    }

    @Test("a reader that does not read stops the provider, and nothing is lost when it does")
    func backPressure() async throws {
        let sent = Counter()
        let isStuck = Signal()
        let piece = String((0..<10_000).map { Character(UnicodeScalar(UInt8(33 + $0 % 90))) })
        let total = 4_000
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.beginChunks()
            // Not being able to write for this long, with 40 MB to go, is being stuck.
            var wait = timeval(tv_sec: 0, tv_usec: 200_000)
            setsockopt(connection.descriptor, SOL_SOCKET, SO_SNDTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
            let chunk = Array((String(piece.utf8.count, radix: 16) + "\r\n\(piece)\r\n").utf8)
            for _ in 0..<total {
                var offset = 0
                while offset < chunk.count {
                    let count = chunk[offset...].withUnsafeBytes {
                        send(connection.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                    }
                    if count > 0 {
                        offset += count
                    } else if errno == EAGAIN {
                        isStuck.raise()
                    } else {
                        return
                    }
                }
                sent.increment(by: piece.utf8.count)
            }
            connection.endChunks()
        }
        let transport = ProviderTransport()
        let stream = try await transport.stream(UpstreamRequest(url: server.url))
        await isStuck.wait()
        let sentWhenStuck = sent.value
        // What is in flight: our buffer, libcurl's, and the two kernel buffers of the connection (≤ 6 MiB each by default).
        #expect(sentWhenStuck < 20_000_000)
        var received = 0
        var largest = 0
        while let bytes = try await stream.next() {
            let expected = piece.utf8
            let view = bytes.readableBytesView
            #expect(view.first == expected[expected.index(expected.startIndex, offsetBy: received % expected.count)])
            received += view.count
            largest = max(largest, view.count)
        }
        #expect(received == total * piece.utf8.count)
        // Never more than the limit and one read of the engine.
        #expect(largest <= 131_072 + 16_384)
        #expect(transport.undelivered.value == 0)
        await transport.shutdown()
    }

    @Test("a reader that takes nothing stops the engine; that does not count as the provider's silence")
    func pausedIsNotSilent() async throws {
        let received = EventLog()
        let resumed = Signal()
        // Eight times as much as may wait.
        let flood = 1_048_576
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.beginChunks()
            connection.writeChunk(String(repeating: "x", count: flood))
            // The provider is silent, as a stopped reader sees it, for far longer than allowed between chunks.
            resumed.block()
            connection.endChunks()
            connection.waitUntilClosed()
        }
        let transport = ProviderTransport()
        let call = transport.start(
            UpstreamRequest(
                url: server.url, timeouts: UpstreamTimeouts(betweenChunks: .milliseconds(40)), wantsStream: true),
            receiver: received)
        await received.wait { _ in received.bodyBytes >= 131_072 }
        // Another call that takes longer than the limit shows that the engine had time to time the first one out.
        let slow = LoopbackServer { connection in
            _ = connection.readRequest()
            connection.waitUntilClosed()
        }
        await #expect(throws: UpstreamError.self) {
            try await transport.perform(
                UpstreamRequest(url: slow.url, timeouts: UpstreamTimeouts(total: .milliseconds(150))))
        }
        #expect(received.bodyBytes <= 131_072 + 16_384)
        #expect(transport.undelivered.value == received.bodyBytes)
        received.takes(call)
        resumed.raise()
        await received.wait { $0.last == "end" }
        #expect(received.bodyBytes == flood)
        #expect(transport.undelivered.value == 0)
        await transport.shutdown()
    }

    @Test("dropping the stream, cancelling it and cancelling its reader each close the connection", arguments: 0..<3)
    func leaving(way: Int) async throws {
        let closed = Signal()
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.beginChunks()
            connection.writeChunk("a")
            connection.waitUntilClosed()
            closed.raise()
        }
        let transport = ProviderTransport()
        switch way {
        case 0:
            do {
                let stream = try await transport.stream(UpstreamRequest(url: server.url))
                #expect(try await stream.next() != nil)
            }
        case 1:
            let stream = try await transport.stream(UpstreamRequest(url: server.url))
            stream.cancel()
            let error = await #expect(throws: UpstreamError.self) { try await stream.next() }
            #expect(error?.code == .cancelled)
            await closed.wait()
        default:
            let stream = try await transport.stream(UpstreamRequest(url: server.url))
            let began = Signal()
            let reader = Task {
                _ = try await stream.next()
                began.raise()
                return try await stream.next()
            }
            await began.wait()
            reader.cancel()
            #expect((await reader.result.failure as? UpstreamError)?.code == .cancelled)
        }
        await closed.wait()
        await transport.shutdown()
    }

    @Test("2,000 streams at once all complete")
    func manyStreams() async throws {
        let count = 2_000
        // Both ends of every connection are in this process.
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let waiting = Counter()
        let allThere = Signal()
        let server = LoopbackServer { connection in
            guard let (_, body) = connection.readRequest() else { return }
            connection.beginChunks()
            connection.writeChunk("hello ")
            if waiting.increment() == count { allThere.raise() }
            allThere.block()
            connection.writeChunk(String(decoding: body, as: UTF8.self))
            connection.endChunks()
        }
        let transport = ProviderTransport()
        let endpoint = UpstreamEndpoint(url: server.url)
        let good = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<count {
                group.addTask {
                    let stream = try await transport.stream(
                        UpstreamRequest(endpoint: endpoint, body: ByteBuffer(string: "\(index)")))
                    var text = ""
                    while let bytes = try await stream.next() { text += String(buffer: bytes) }
                    return text == "hello \(index)"
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(good == count)
        await transport.shutdown()
    }
}

/// A receiver that writes down what it gets.
final class EventLog: UpstreamReceiver {
    private struct State {
        var events: [String] = []
        var bodyBytes = 0
        /// What takes the bytes, and how many it has not been told of.
        var taker: UpstreamCall?
        var untaken = 0
        var watchers: [(condition: @Sendable ([String]) -> Bool, signal: Signal)] = []
    }

    private let state = Mutex(State())

    var events: [String] { state.withLock { $0.events } }

    var bodyBytes: Int { state.withLock { $0.bodyBytes } }

    /// Takes what has come, and from now on what comes, for the call.
    func takes(_ call: UpstreamCall) {
        let untaken = state.withLock { state in
            defer { state.untaken = 0 }
            state.taker = call
            return state.untaken
        }
        call.took(untaken)
    }

    func received(_ event: UpstreamEvent) {
        let text =
            switch event {
            case .head(let head): "head \(head.status)"
            case .body(let bytes): "body \(String(buffer: bytes))"
            case .end: "end"
            case .complete(let head, let bytes, _): "complete \(head.status) \(String(buffer: bytes))"
            case .failed(let error): "failed \(error.code.rawValue)"
            }
        let count = if case .body(let bytes) = event { bytes.readableBytes } else { 0 }
        let (events, watchers, taker) = state.withLock { state in
            state.events.append(text)
            state.bodyBytes += count
            if state.taker == nil { state.untaken += count }
            return (state.events, state.watchers, state.taker)
        }
        taker?.took(count)
        for watcher in watchers where watcher.condition(events) { watcher.signal.raise() }
    }

    private func signal(for condition: @escaping @Sendable ([String]) -> Bool) -> Signal {
        let signal = Signal()
        let events = state.withLock { state in
            state.watchers.append((condition, signal))
            return state.events
        }
        if condition(events) { signal.raise() }
        return signal
    }

    func wait(until condition: @escaping @Sendable ([String]) -> Bool) async { await signal(for: condition).wait() }

    func block(until condition: @escaping @Sendable ([String]) -> Bool) { signal(for: condition).block() }
}
