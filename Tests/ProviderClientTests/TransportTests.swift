import Glibc
import NIOCore
import ProviderClient
import Synchronization
import Testing

/// Whole answers over real sockets.
@Suite("transport: whole answers")
struct TransportTests {
    @Test("an answer comes back whole, with status, content type and timings")
    func wholeAnswer() async throws {
        let server = LoopbackServer { connection in
            while let (head, body) = connection.readRequest() {
                connection.answer("\(head)|\(String(decoding: body, as: UTF8.self))", status: "201 Created")
            }
        }
        let transport = ProviderTransport()
        let answer = try await transport.perform(
            UpstreamRequest(
                url: server.url + "/v1/x?y=1",
                headers: [("Authorization", "Bearer secret"), ("Content-Type", "application/json")],
                body: ByteBuffer(string: "{\"a\": 1}")))
        #expect(answer.head.status == 201)
        #expect(answer.head.contentType == "application/json")
        #expect(answer.head.isHTTP2 == false)
        let lines = String(buffer: answer.body).split(separator: "|")
        #expect(lines[1] == "{\"a\": 1}")
        let head = lines[0].split(separator: "\r\n").map(String.init)
        #expect(head[0] == "POST /v1/x?y=1 HTTP/1.1")
        #expect(
            Set(head[1...]) == [
                "Host: 127.0.0.1:\(server.port)", "Accept: */*", "Accept-Encoding: identity",
                "Authorization: Bearer secret",
                "Content-Type: application/json", "Content-Length: 8",
            ])
        #expect(answer.timings.totalNanoseconds >= answer.timings.firstByteNanoseconds)
        #expect(answer.timings.firstByteNanoseconds > 0)
        await transport.shutdown()
    }

    @Test("requests one after another share a connection, also to different endpoints of a host")
    func keepAlive() async throws {
        let server = LoopbackServer { head, body in
            "\(head.split(separator: " ")[1]) \(String(decoding: body, as: UTF8.self))"
        }
        // A busy machine may rest for a minute between two of these.
        var options = ProviderTransport.Options()
        options.idleTimeout = .seconds(3600)
        let transport = ProviderTransport(options: options)
        // More than handles are kept set up for.
        let endpoints = (0..<12).map { UpstreamEndpoint(url: server.url + "/\($0)") }
        for index in 0..<60 {
            let answer = try await transport.perform(
                UpstreamRequest(endpoint: endpoints[index % 12], body: ByteBuffer(string: "n\(index)")))
            #expect(String(buffer: answer.body) == "/\(index % 12) n\(index)")
            #expect(answer.timings.reusedConnection == (index > 0))
        }
        #expect(server.connectionCount == 1)
        await transport.shutdown()
    }

    @Test(
        "a method keeps its name with and without a body, one call after the other",
        arguments: ["GET", "DELETE", "POST"])
    func methods(method: String) async throws {
        let server = LoopbackServer { head, body in
            "\(head.prefix { $0 != " " }) \(String(decoding: body, as: UTF8.self))"
        }
        let transport = ProviderTransport()
        let endpoint = UpstreamEndpoint(url: server.url, method: method)
        for body in ["", "one", "", "three"] {
            let answer = try await transport.perform(
                UpstreamRequest(endpoint: endpoint, body: ByteBuffer(string: body)))
            #expect(String(buffer: answer.body) == "\(method) \(body)")
        }
        await transport.shutdown()
    }

    @Test("64 calls at once each get their own answer", arguments: [1, 3])
    func concurrency(threads: Int) async throws {
        let server = LoopbackServer { head, body in String(decoding: body, as: UTF8.self) }
        var options = ProviderTransport.Options()
        options.engineThreads = threads
        let transport = ProviderTransport(options: options)
        let endpoint = UpstreamEndpoint(url: server.url)
        try await withThrowingTaskGroup { group in
            for worker in 0..<64 {
                group.addTask {
                    for round in 0..<20 {
                        let text = "\(worker)/\(round)" + String(repeating: "x", count: worker * 500)
                        let answer = try await transport.perform(
                            UpstreamRequest(endpoint: endpoint, body: ByteBuffer(string: text)))
                        #expect(String(buffer: answer.body) == text)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(server.connectionCount <= 64 * threads)
        await transport.shutdown()
    }

    @Test("a body of several megabytes goes up and comes back byte for byte")
    func largeBodies() async throws {
        let server = LoopbackServer { head, body in String(decoding: body, as: UTF8.self) }
        let transport = ProviderTransport()
        let text = String((0..<3_000_000).map { Character(UnicodeScalar(UInt8(32 + $0 % 90))) })
        let answer = try await transport.perform(UpstreamRequest(url: server.url, body: ByteBuffer(string: text)))
        #expect(String(buffer: answer.body) == text)
        await transport.shutdown()
    }

    @Test("a redirect is an answer like any other: it is not followed")
    func redirect() async throws {
        let server = LoopbackServer { connection in
            while connection.readRequest() != nil {
                connection.answer(
                    "moved", status: "302 Found", headers: "Location: http://127.0.0.1:1/\r\nSet-Cookie: a=b\r\n")
            }
        }
        let transport = ProviderTransport()
        for _ in 0..<2 {
            let answer = try await transport.perform(UpstreamRequest(url: server.url))
            #expect(answer.head.status == 302)
            #expect(String(buffer: answer.body) == "moved")
        }
        await transport.shutdown()
    }

    @Test(
        "Retry-After is read on 429 and 503, whether seconds or a date",
        arguments: ["17", "Wed, 21 Oct 2099 07:28:00 GMT"])
    func retryAfter(value: String) async throws {
        let server = LoopbackServer { connection in
            while let (head, _) = connection.readRequest() {
                let status =
                    head.contains("/503") ? "503 Unavailable" : head.contains("/429") ? "429 Too Many" : "200 OK"
                connection.answer("", status: status, headers: "Retry-After: \(value)\r\n")
            }
        }
        let transport = ProviderTransport()
        for (path, expected) in [("/429", value), ("/503", value), ("/200", nil)] {
            let answer = try await transport.perform(UpstreamRequest(url: server.url + path))
            #expect(answer.head.retryAfter == expected)
            #expect(answer.body.readableBytes == 0)
        }
        await transport.shutdown()
    }

    @Test("an answer longer than the limit fails, announced or not", arguments: [true, false])
    func tooLarge(announced: Bool) async throws {
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            let piece = String(repeating: "x", count: 10_000)
            if announced {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
                while connection.write(piece) {}
            } else {
                connection.beginChunks()
                while connection.writeChunk(piece) {}
            }
        }
        let transport = ProviderTransport()
        let error = await #expect(throws: UpstreamError.self) {
            try await transport.perform(UpstreamRequest(url: server.url, maxBodyBytes: 1_000_000))
        }
        #expect(error?.code == .tooLarge)
        #expect(error?.message == "the answer is longer than 1000000 bytes")
        await transport.shutdown()
    }

    @Test("answers on their way share their memory; short ones always have room")
    func sharedMemory() async throws {
        let goOn = Signal()
        let large = 600_000
        let server = LoopbackServer { connection in
            while let (_, body) = connection.readRequest() {
                let what = String(decoding: body, as: UTF8.self)
                let length = what == "short" ? 1_000 : large
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n")
                connection.write(String(repeating: "x", count: length - 1))
                if what == "first" { goOn.block() }
                connection.write("x")
            }
        }
        var options = ProviderTransport.Options()
        options.answerBytes = 1_000_000
        let transport = ProviderTransport(options: options)
        func ask(_ what: String) async throws(UpstreamError) -> Int {
            let body = ByteBuffer(string: what)
            return try await transport.perform(UpstreamRequest(url: server.url, body: body)).body.readableBytes
        }
        async let first = ask("first")
        while transport.answers.value < large - 1 { await Task.yield() }
        let second = await #expect(throws: UpstreamError.self) { try await ask("second") }
        #expect(second?.code == .noRoom)
        #expect(second.map { UpstreamFault($0).verdict.countsAgainstArm } == false)
        #expect(try await ask("short") == 1_000)
        goOn.raise()
        #expect(try await first == large)
        while transport.answers.value > 0 { await Task.yield() }
        #expect(try await ask("third") == large)
        await transport.shutdown()
    }

    @Test(
        "a call that has ended keeps nothing alive, also where its receiver keeps the call", arguments: [true, false])
    func forgets(answers: Bool) async throws {
        let server = LoopbackServer { connection in
            while connection.readRequest() != nil { connection.answer("x") }
        }
        let transport = ProviderTransport()
        let endpoint = UpstreamRequest(url: answers ? server.url : "http://127.0.0.1:1/").endpoint
        weak var receiver: Keeper?
        for wantsStream in [false, true] {
            do {
                let keeper = Keeper()
                receiver = keeper
                var request = UpstreamRequest(endpoint: endpoint, body: ByteBuffer(string: "x"))
                request.wantsStream = wantsStream
                let call = transport.start(request, receiver: keeper)
                keeper.call.withLock { $0 = call }
                await keeper.done.wait()
            }
            // The engine lets go of it just after the last event.
            while receiver != nil { await Task.yield() }
        }
        await transport.shutdown()
        do {
            let keeper = Keeper()
            receiver = keeper
            keeper.call.withLock {
                $0 = transport.start(
                    UpstreamRequest(endpoint: endpoint, body: ByteBuffer(string: "x")), receiver: keeper)
            }
            await keeper.done.wait()
        }
        #expect(receiver == nil)
    }

    @Test("an answer of exactly the limit is taken")
    func atTheLimit() async throws {
        let server = LoopbackServer { _, _ in String(repeating: "y", count: 100_000) }
        let transport = ProviderTransport()
        let answer = try await transport.perform(UpstreamRequest(url: server.url, maxBodyBytes: 100_000))
        #expect(answer.body.readableBytes == 100_000)
        await transport.shutdown()
    }

    @Test("calls may be begun from within an event, on either thread", arguments: [0, 4])
    func reentrant(callersThreadBelow: Int) async throws {
        let server = LoopbackServer { _, body in String(decoding: body, as: UTF8.self) }
        var options = ProviderTransport.Options()
        options.callersThreadBelow = callersThreadBelow
        let transport = ProviderTransport(options: options)
        let chain = Chain(transport: transport, endpoint: UpstreamEndpoint(url: server.url), length: 500)
        chain.next()
        await chain.done.wait()
        #expect(chain.answers == (0..<500).map { "\($0)" })
        #expect(server.connectionCount == 1)
        // One that fails before anything is sent is still reported by the engine, not on the caller's thread.
        let refused = UpstreamRequest(url: "http://127.0.0.1:\(LoopbackServer.closedPort())/")
        for _ in 0..<20 {
            let error = await #expect(throws: UpstreamError.self) { try await transport.perform(refused) }
            #expect(error?.code == .connect)
        }
        await transport.shutdown()
    }

    @Test("each call is told of once, and on the caller's thread only where its receiver allows that")
    func callersThread() async throws {
        let server = LoopbackServer { _, body in String(decoding: body, as: UTF8.self) }
        let refused = UpstreamEndpoint(url: "http://127.0.0.1:\(LoopbackServer.closedPort())/")
        let answering = UpstreamEndpoint(url: server.url)
        var options = ProviderTransport.Options()
        options.callersThreadBelow = 4
        let transport = ProviderTransport(options: options)
        await withTaskGroup { group in
            for worker in 0..<2 {
                group.addTask {
                    for number in 0..<300 {
                        let receiver = OneEvent(onlyQueues: (number + worker) % 2 == 0)
                        let body = ByteBuffer(string: "\(worker) \(number)")
                        receiver.begin {
                            transport.start(
                                UpstreamRequest(endpoint: number % 10 == 9 ? refused : answering, body: body),
                                receiver: receiver)
                        }
                        await receiver.done.wait()
                        #expect(receiver.answers == [number % 10 == 9 ? "failed" : "\(worker) \(number)"])
                        #expect(receiver.onlyQueues || !receiver.wasCalledWhileBeginning)
                    }
                }
            }
        }
        await transport.shutdown()
    }

    @Test("a request after shutdown fails at once, one in progress fails with it")
    func shutdown() async throws {
        let arrived = Signal()
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            arrived.raise()
            connection.waitUntilClosed()
        }
        let transport = ProviderTransport()
        async let pending = Result { () async throws(UpstreamError) in
            try await transport.perform(UpstreamRequest(url: server.url))
        }
        await arrived.wait()
        await transport.shutdown()
        let outcome = await pending
        #expect(outcome.failure?.code == .shutdown)
        let late = await #expect(throws: UpstreamError.self) {
            try await transport.perform(UpstreamRequest(url: server.url))
        }
        #expect(late?.code == .shutdown)
        await transport.shutdown()
    }
}

/// Each answer begins the next call.
private final class Chain: UpstreamReceiver {
    let done = Signal()
    private let transport: ProviderTransport
    private let endpoint: UpstreamEndpoint
    private let length: Int
    private let received = Mutex<[String]>([])

    init(transport: ProviderTransport, endpoint: UpstreamEndpoint, length: Int) {
        self.transport = transport
        self.endpoint = endpoint
        self.length = length
    }

    var answers: [String] { received.withLock { $0 } }

    func next() {
        transport.start(
            UpstreamRequest(endpoint: endpoint, body: ByteBuffer(string: "\(answers.count)")), receiver: self)
    }

    func received(_ event: UpstreamEvent) {
        guard case .complete(_, let body, _) = event else { return done.raise() }
        let count = received.withLock { received in
            received.append(String(buffer: body))
            return received.count
        }
        if count < length { next() } else { done.raise() }
    }
}

/// Keeps its call, as a receiver does that pauses or cancels it.
private final class Keeper: UpstreamReceiver {
    let done = Signal()
    let call = Mutex<UpstreamCall?>(nil)

    func received(_ event: UpstreamEvent) {
        switch event {
        case .complete, .end, .failed: done.raise()
        case .head, .body: break
        }
    }
}

/// Notes the events of one call, and whether one came on the thread that began it.
private final class OneEvent: UpstreamReceiver {
    let onlyQueues: Bool
    let done = Signal()
    private let received = Mutex<[String]>([])
    private let beginner = Mutex<pthread_t?>(nil)
    private let calledWhileBeginning = Atomic(false)

    init(onlyQueues: Bool) { self.onlyQueues = onlyQueues }

    var answers: [String] { received.withLock { $0 } }
    var wasCalledWhileBeginning: Bool { calledWhileBeginning.load(ordering: .acquiring) }

    func begin(_ body: () -> Void) {
        beginner.withLock { $0 = pthread_self() }
        body()
        beginner.withLock { $0 = nil }
    }

    func received(_ event: UpstreamEvent) {
        if beginner.withLock({ $0.map { pthread_equal($0, pthread_self()) != 0 } ?? false }) {
            calledWhileBeginning.store(true, ordering: .releasing)
        }
        received.withLock {
            if case .complete(_, let body, _) = event { $0.append(String(buffer: body)) } else { $0.append("failed") }
        }
        done.raise()
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }

    init(_ body: () async throws(Failure) -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
