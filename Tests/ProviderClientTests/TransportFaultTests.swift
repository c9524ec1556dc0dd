import Glibc
import NIOCore
import ProviderClient
import Synchronization
import Testing

/// What goes wrong on the wire, each with the error failover decides by.
@Suite("transport: faults")
struct TransportFaultTests {
    private func failure(
        of request: UpstreamRequest, options: ProviderTransport.Options = .init()
    ) async -> UpstreamError? {
        let transport = ProviderTransport(options: options)
        let outcome = await Result { () async throws(UpstreamError) in try await transport.perform(request) }
        await transport.shutdown()
        return outcome.failure
    }

    @Test("a name that does not resolve is a DNS error")
    func dns() async {
        let error = await failure(of: UpstreamRequest(url: "http://no-such-host.invalid/"))
        #expect(error?.code == .dns)
        #expect(error?.message.contains("no-such-host.invalid") == true)
    }

    @Test("a closed port is a connect error")
    func connectionRefused() async {
        #expect(
            await failure(of: UpstreamRequest(url: "http://127.0.0.1:\(LoopbackServer.closedPort())/"))?.code
                == .connect)
    }

    @Test(
        "a reset before or inside the answer is a reset",
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"])
    func reset(sent: String) async {
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write(sent)
            connection.reset()
        }
        #expect(await failure(of: UpstreamRequest(url: server.url))?.code == .reset)
    }

    @Test(
        "a connection that ends before the answer does is closed",
        arguments: [
            "", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        ])
    func closed(sent: String) async {
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write(sent)
        }
        #expect(await failure(of: UpstreamRequest(url: server.url))?.code == .closed)
    }

    @Test(
        "what is not HTTP is a protocol error",
        arguments: [
            "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        ])
    func notHTTP(sent: String) async {
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write(sent)
        }
        let error = await failure(of: UpstreamRequest(url: server.url))
        #expect(error?.code == .protocolError)
    }

    @Test(
        "a request that cannot be sent is refused before anything is",
        arguments: [
            ("ftp://127.0.0.1/", "a", "b"), ("http://127.0.0.1/a b", "a", "b"), ("http://[/", "a", "b"),
            ("http://127.0.0.1/", "a", "b\r\nX-Evil: 1"), ("http://127.0.0.1/", "a b", "c"),
        ])
    func invalidRequest(url: String, name: String, value: String) async {
        let error = await failure(of: UpstreamRequest(url: url, headers: [(name, value)]))
        #expect(error?.code == .invalidRequest)
    }

    @Test("neither a key nor the user part of a URL shows in a message")
    func redaction() async {
        let error = await failure(
            of: UpstreamRequest(
                url: "http://user:pass-word@no-such-host.invalid/", headers: [("Authorization", "no-such-host.invalid")]
            ))
        #expect(error?.code == .dns)
        #expect(error?.message.contains("no-such-host.invalid") == false)
        #expect(error?.message.contains("pass-word") == false)
        #expect(error?.message.contains("[redacted]") == true)
    }

    // MARK: - Time

    @Test("a connection that does not come about ends as a connect timeout")
    func timeoutConnect() async {
        // The handshake of TLS never comes: libcurl counts it as part of connecting.
        let server = LoopbackServer { connection in connection.waitUntilClosed() }
        let error = await failure(
            of: UpstreamRequest(
                url: "https://127.0.0.1:\(server.port)/", timeouts: UpstreamTimeouts(connect: .milliseconds(60))))
        #expect(error?.code == .timeoutConnect)
        #expect(error?.isTimeout == true)
    }

    @Test("no byte of a body in time is a first-byte timeout, head or not", arguments: [false, true])
    func timeoutFirstByte(sendsHead: Bool) async {
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            if sendsHead { connection.beginChunks() }
            connection.waitUntilClosed()
        }
        let error = await failure(
            of: UpstreamRequest(
                url: server.url,
                timeouts: UpstreamTimeouts(
                    connect: .seconds(60), firstByte: .milliseconds(60), betweenChunks: .milliseconds(10),
                    total: .seconds(60))))
        #expect(error?.code == .timeoutFirstByte)
    }

    @Test("silence in the middle is a between-chunks timeout", arguments: [false, true])
    func timeoutBetweenChunks(stream: Bool) async {
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.beginChunks()
            connection.writeChunk("one")
            connection.waitUntilClosed()
        }
        let timeouts = UpstreamTimeouts(firstByte: .seconds(60), betweenChunks: .milliseconds(60), total: .seconds(60))
        let request = UpstreamRequest(url: server.url, timeouts: timeouts)
        guard stream else {
            #expect(await failure(of: request)?.code == .timeoutBetweenChunks)
            return
        }
        let transport = ProviderTransport()
        let outcome = await Result { () async throws(UpstreamError) in
            let stream = try await transport.stream(request)
            #expect(try await stream.next().map { String(buffer: $0) } == "one")
            return try await stream.next()
        }
        #expect(outcome.failure?.code == .timeoutBetweenChunks)
        await transport.shutdown()
    }

    @Test("a provider that drips is ended by the total time")
    func timeoutTotal() async {
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.beginChunks()
            // Paced by the peer's own patience, not by a clock: one drip whenever a few milliseconds brought nothing.
            var wait = timeval(tv_sec: 0, tv_usec: 5_000)
            setsockopt(connection.descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
            repeat {
                _ = connection.read()
            } while connection.writeChunk(".")
        }
        let error = await failure(
            of: UpstreamRequest(
                url: server.url,
                timeouts: UpstreamTimeouts(
                    firstByte: .seconds(60), betweenChunks: .seconds(60), total: .milliseconds(120))))
        #expect(error?.code == .timeoutTotal)
    }

    // MARK: - Cancellation

    @Test("cancelling the task closes the provider's connection")
    func cancelClosesConnection() async {
        let arrived = Signal()
        let closed = Signal()
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            arrived.raise()
            connection.waitUntilClosed()
            closed.raise()
        }
        let transport = ProviderTransport()
        let task = Task { try await transport.perform(UpstreamRequest(url: server.url)) }
        await arrived.wait()
        task.cancel()
        let outcome = await task.result
        #expect((outcome.failure as? UpstreamError)?.code == .cancelled)
        await closed.wait()
        await transport.shutdown()
    }

    @Test("a task cancelled before it calls makes no call")
    func cancelledBefore() async {
        let server = LoopbackServer { head, body in "x" }
        let transport = ProviderTransport()
        let gate = Signal()
        let task = Task {
            await gate.wait()
            return try await transport.perform(UpstreamRequest(url: server.url))
        }
        task.cancel()
        gate.raise()
        #expect((await task.result.failure as? UpstreamError)?.code == .cancelled)
        await transport.shutdown()
        #expect(server.connectionCount == 0)
    }

    // MARK: - TLS and proxies

    @Test("a self-signed certificate is refused, and taken when it is trusted")
    func selfSignedCertificate() async throws {
        let tls = try TLSServer.start()
        guard let tls else {
            print("skipped: there is no openssl command to make a certificate with")
            return
        }
        let request = UpstreamRequest(url: "https://127.0.0.1:\(tls.port)/", method: "GET")
        #expect(await failure(of: request)?.code == .tls)
        var options = ProviderTransport.Options()
        options.trustedCertificatesFile = tls.certificateFile
        let transport = ProviderTransport(options: options)
        let answer = try await transport.perform(request)
        #expect(answer.head.status == 200)
        await transport.shutdown()
        tls.stop()
    }

    @Test("a proxy named in the environment is used, and passed by for the hosts of no_proxy")
    func proxyFromEnvironment() async {
        // In a process of its own: the environment belongs to all threads.
        await #expect(processExitsWith: .success) {
            let proxy = LoopbackServer { head, _ in "proxy: \(head.split(separator: "\r\n")[0])" }
            let direct = LoopbackServer { head, _ in "direct: \(head.split(separator: "\r\n")[0])" }
            setenv("http_proxy", proxy.url, 1)
            setenv("no_proxy", "127.0.0.1", 1)
            let transport = ProviderTransport()
            let far = try await transport.perform(UpstreamRequest(url: "http://far.invalid/v1", method: "GET"))
            precondition(String(buffer: far.body) == "proxy: GET http://far.invalid/v1 HTTP/1.1")
            let near = try await transport.perform(UpstreamRequest(url: direct.url + "/v1", method: "GET"))
            precondition(String(buffer: near.body) == "direct: GET /v1 HTTP/1.1")
            setenv("http_proxy", "http://127.0.0.1:\(LoopbackServer.closedPort())", 1)
            do {
                _ = try await transport.perform(UpstreamRequest(url: "http://far.invalid/v1", method: "GET"))
                preconditionFailure("the proxy was passed by")
            } catch {
                precondition((error as? UpstreamError)?.code == .connect)
            }
        }
    }
}
