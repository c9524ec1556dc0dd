import Foundation
import NIOCore
import ProviderClient
import Testing

/// Answers that are compressed although identity was asked for, and connections that have more on them than the answer.
@Suite("transport: codings and left-overs")
struct AnswerCodingTests {
    /// `{"ok":true}` in each coding; made with Python's gzip and zlib, and zstd 1.5.
    private static let coded: [(coding: String, base64: String)] = [
        ("gzip", "H4sIAAAAAAACA6tWys9WsiopKk2tBQCQX9SnCwAAAA=="),
        ("x-gzip", "H4sIAAAAAAACA6tWys9WsiopKk2tBQCQX9SnCwAAAA=="),
        ("GZip", "H4sIAAAAAAACA6tWys9WsiopKk2tBQCQX9SnCwAAAA=="),
        ("deflate", "eJyrVsrPVrIqKSpNrQUAFuMEEQ=="),
    ]
    /// 200,000 zero bytes, gzipped to 229.
    private static let bomb =
        "H4sIAAAAAAACA+3BMQEAAADCoPVPbQZ/oAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACA1wB7WOBcQA0DAA=="

    private static func server(
        _ status: String, _ coding: String, _ base64: String, headers: String = ""
    ) -> LoopbackServer {
        let bytes = Array(Data(base64Encoded: base64)!)
        return LoopbackServer { connection in
            while connection.readRequest() != nil {
                connection.write(
                    Array(
                        "HTTP/1.1 \(status)\r\nContent-Encoding: \(coding)\r\n\(headers)Content-Length: \(bytes.count)\r\n\r\n"
                            .utf8) + bytes)
            }
        }
    }

    @Test("a coding that nobody asked for is undone, of answers and of refusals, whole and streamed", arguments: coded)
    func decoded(coding: String, base64: String) async throws {
        let transport = ProviderTransport()
        for status in ["200 OK", "429 Too Many Requests"] {
            let server = Self.server(status, coding, base64, headers: "Retry-After: 60\r\n")
            let answer = try await transport.perform(UpstreamRequest(url: server.url))
            #expect(String(buffer: answer.body) == #"{"ok":true}"#)
            #expect(answer.head.retryAfter == (status.hasPrefix("429") ? "60" : nil))
            let stream = try await transport.stream(UpstreamRequest(url: server.url))
            var text = ""
            while let bytes = try await stream.next() { text += String(buffer: bytes) }
            #expect(text == #"{"ok":true}"#)
        }
        await transport.shutdown()
    }

    @Test("the bound of an answer is that of what it says, not of what was sent")
    func bounded() async throws {
        let transport = ProviderTransport()
        let server = Self.server("200 OK", "gzip", Self.bomb)
        let whole = try await transport.perform(UpstreamRequest(url: server.url, maxBodyBytes: 200_000))
        #expect(whole.body.readableBytes == 200_000)
        let error = await #expect(throws: UpstreamError.self) {
            try await transport.perform(UpstreamRequest(url: server.url, maxBodyBytes: 199_999))
        }
        #expect(error?.code == .tooLarge)
        await transport.shutdown()
    }

    @Test(
        "what cannot be undone: a refusal keeps its status and its hints, an answer is none",
        arguments: ["gzip", "compress", "utf-8"])
    func unreadable(coding: String) async throws {
        let transport = ProviderTransport()
        let refusing = Self.server(
            "429 Too Many Requests", coding, Data("{\"a\":1}".utf8).base64EncodedString(), headers: "Retry-After: 7\r\n"
        )
        let refusal = try await transport.perform(UpstreamRequest(url: refusing.url))
        #expect(refusal.head.status == 429)
        #expect(refusal.head.retryAfter == "7")
        #expect(refusal.body.readableBytes == 0)
        let answering = Self.server("200 OK", coding, Data("{\"a\":1}".utf8).base64EncodedString())
        let error = await #expect(throws: UpstreamError.self) {
            try await transport.perform(UpstreamRequest(url: answering.url))
        }
        #expect(error?.code == .protocolError)
        await transport.shutdown()
    }

    // MARK: - Left-overs

    @Test(
        "bytes left over on a kept connection: the call goes out again on a fresh one, once",
        arguments: ["left over\r\n", "\r\n", #""usage":{}}"#, "0\r\n\r\n"])
    func leftOver(rest: String) async throws {
        // What is left comes only when the next request is on its way, too late to be seen before.
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.answer("first of \(connection.index)")
            guard connection.readRequest() != nil else { return }
            connection.write(rest)
            connection.answer("lost")
            connection.waitUntilClosed()
        }
        let transport = ProviderTransport()
        let endpoint = UpstreamEndpoint(url: server.url)
        for index in 0..<3 {
            let answer = try await transport.perform(
                UpstreamRequest(
                    endpoint: endpoint, body: ByteBuffer(string: "{}"), timeouts: UpstreamTimeouts(total: .seconds(20)))
            )
            #expect(String(buffer: answer.body) == "first of \(index)")
        }
        #expect(server.connectionCount == 3)
        await transport.shutdown()
    }

    @Test("a fresh connection that speaks no HTTP is a fault at once")
    func freshConnectionsAreNotRepeated() async {
        let server = LoopbackServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.write("left over\r\n")
            connection.waitUntilClosed()
        }
        let transport = ProviderTransport()
        let error = await #expect(throws: UpstreamError.self) {
            try await transport.perform(UpstreamRequest(url: server.url))
        }
        #expect(error?.code == .protocolError)
        #expect(server.connectionCount == 1)
        await transport.shutdown()
    }
}
