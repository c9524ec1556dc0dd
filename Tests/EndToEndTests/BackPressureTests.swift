import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Clients that do not take what they asked for.
    @Suite("back-pressure")
    struct BackPressureTests {
        private static let words = 24 * 250
        /// What the words are made of, which nothing else in a stream has.
        private static let letter = UInt8(ascii: "~")

        /// A stream of 24 MB, of which nobody's sockets hold more than a part.
        private static func flood() throws -> RawUpstream {
            let word = "data: \(StreamTests.chunk(#"{"content":"\#(String(repeating: "~", count: 4_000))"}"#))\n\n"
            let parts = [String](repeating: String(repeating: word, count: 250), count: words / 250)
            let reply = RawUpstream.Reply.stream(
                parts + ["data: \(StreamTests.chunk("{}", finish: "stop"))\n\n", "data: [DONE]\n\n"])
            return try RawUpstream { _ in reply }
        }

        /// Reads to the end of a chunked body, resting after every so many bytes of words.
        ///
        /// - Returns: how many bytes of words came, and the last bytes of all.
        private static func readAll(_ connection: HTTPConnection, restEvery: Int = .max) throws -> (Int, String) {
            var (count, rests) = (0, 0)
            var tail: [UInt8] = []
            while !tail.suffix(7).elementsEqual("\r\n0\r\n\r\n".utf8), let some = try connection.readSome() {
                for byte in some where byte == letter { count += 1 }
                tail = Array((tail.suffix(64) + some.suffix(64)).suffix(64))
                if count / restEvery > rests {
                    rests += 1
                    usleep(230_000)
                }
            }
            return (count, String(decoding: tail, as: UTF8.self))
        }

        private static func undelivered(_ world: World) async throws -> Double? {
            let name = "bandit_router_stream_undelivered_bytes "
            let line = try await world.get("/metrics").text.split(separator: "\n").first { $0.hasPrefix(name) }
            return line.flatMap { Double($0.dropFirst(name.count)) }
        }

        @Test("a stream waits for a client that does not read, within the limit, and goes on where it stopped")
        func waits() async throws {
            let upstream = try Self.flood()
            defer { upstream.stop() }
            try await withRouter(upstream: upstream.port) { world in
                let connection = try HTTPConnection(port: world.port, patience: 60)
                defer { connection.close() }
                try connection.send(HTTPCall("POST", "/v1/chat/completions", json: World.body(#""stream":true"#)))
                _ = try await blocking { try connection.readHead() }
                // The engine stops at 131,072, the connection takes of that what its sockets still hold, and the engine goes on at 32,768
                // only: it comes to rest anywhere between the two.
                #expect(try await eventually { try await Self.undelivered(world) ?? 0 > 32_768 })
                #expect(try await Self.undelivered(world) ?? .infinity < 131_072 + 16_384)
                let (count, tail) = try await blocking { try Self.readAll(connection) }
                #expect(count == Self.words * 4_000)
                #expect(tail.contains("data: [DONE]"))
                #expect(try await Self.undelivered(world) == 0)
            }
        }

        @Test(
            "a client that takes nothing for idle_timeout is cut off: its stream is cancelled and leaves nothing behind"
        )
        func cutsOff() async throws {
            let upstream = try Self.flood()
            defer { upstream.stop() }
            try await withRouter(RouterFile(server: "idle_timeout: 700ms"), upstream: upstream.port) { world in
                let connection = try HTTPConnection(port: world.port, patience: 60)
                defer { connection.close() }
                try connection.send(HTTPCall("POST", "/v1/chat/completions", json: World.body(#""stream":true"#)))
                let head = try await blocking { try connection.readHead() }
                let decision = try await world.settled(head.header("x-bandit-decision-id"))
                #expect(decision["outcome"]["status"].string == "cancelled")
                #expect(try await eventually { try await Self.undelivered(world) == 0 })
            }
        }

        @Test("a client that reads slowly is not cut off, however long it takes", .timeLimit(.minutes(5)))
        func slowIsNotIdle() async throws {
            let upstream = try Self.flood()
            defer { upstream.stop() }
            try await withRouter(RouterFile(server: "idle_timeout: 700ms"), upstream: upstream.port) { world in
                let connection = try HTTPConnection(port: world.port, patience: 60)
                defer { connection.close() }
                try connection.send(HTTPCall("POST", "/v1/chat/completions", json: World.body(#""stream":true"#)))
                _ = try await blocking { try connection.readHead() }
                // Twelve rests of a third of the limit.
                let (count, _) = try await blocking { try Self.readAll(connection, restEvery: 2_000_000) }
                #expect(count == Self.words * 4_000)
            }
        }

        @Test("requests of a client that does not read its answers wait", .timeLimit(.minutes(5)))
        func pipelined() async throws {
            let content = String(repeating: "y", count: 1 << 20)
            let reply = RawUpstream.Reply.json(
                #"{"id":"c-1","choices":[{"index":0,"message":{"role":"assistant","content":"\#(content)"},"#
                    + #""finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#)
            let upstream = try RawUpstream { _ in reply }
            defer { upstream.stop() }
            try await withRouter(upstream: upstream.port) { world in
                let connection = try HTTPConnection(port: world.port, patience: 60)
                defer { connection.close() }
                let asked = 60
                for _ in 0..<asked {
                    try connection.send(HTTPCall("POST", "/v1/chat/completions", json: World.body()))
                }
                // Until it asks for no more of them.
                var before = -1
                while upstream.requests.count > before || before == 0 {
                    before = upstream.requests.count
                    try await Task.sleep(for: .seconds(1))
                }
                #expect(upstream.requests.count < asked / 2)
                let answers = try await blocking { try (0..<asked).map { _ in try connection.readAnswer() } }
                #expect(answers.allSatisfy { $0.status == 200 && $0.text.contains(content) })
                #expect(upstream.requests.count == asked)
            }
        }
    }
}
