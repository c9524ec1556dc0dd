import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("requests at random")
    struct RequestFuzzTests {
        /// `BANDIT_ROUTER_FUZZ_CASES` asks for more than every run of the tests can afford.
        static let cases =
            ProcessInfo.processInfo.environment["BANDIT_ROUTER_FUZZ_CASES"].flatMap(Int.init) ?? 1500

        private static let good: [String] = [
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nx-bandit-explore: off\r\nx-bandit-cache: on\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nx-bandit-max-cost-usd: 1\r\nContent-Length: 64\r\n\r\n{\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi \\u00e9\"}]}",
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1b\r\n{\"messages\":[{\"role\":\"user\"\r\n11\r\n,\"content\":\"x\"}]}\r\n0\r\n\r\n",
            "POST /v1/feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\nContent-Length: 53\r\n\r\n{\"completion_id\":\"c\",\"value\":true,\"source\":\"judge\" }  ",
            "GET /v1/usage?by=arm,day&from=2026-01-01 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer br-x\r\n\r\n",
            "PATCH /v1/admin/arms/none HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 17\r\n\r\n{\"enabled\":false}",
            "POST /v1/decisions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 33\r\n\r\n{\"max_tokens\":5,\"category\":\"code\"}",
            Self.request(
                "/v1/chat/completions",
                #"{"messages":[{"role":"user","content":"x"}],"max_tokens":1,"max_completion_tokens":2,"n":1,"seed":1,"#
                    + #""temperature":1,"top_logprobs":1,"bandit":{"max_cost_usd":1}}"#),
            Self.request("/v1/embeddings", #"{"input":"x","dimensions":8,"max_tokens":1}"#),
            Self.request("/v1/decisions", #"{"max_tokens":5,"max_cost_usd":1}"#),
            Self.request(
                "/v1/decisions/01890000-0000-7000-8000-000000000000/outcome",
                #"{"prompt_tokens":1,"cached_prompt_tokens":1,"completion_tokens":1,"cost_usd":1,"latency_ms":1,"http_status":200}"#
            ),
            Self.request("/v1/feedback", #"{"completion_id":"c","value":1,"metric":"satisfaction"}"#),
            Self.request(
                "/v1/admin/arms",
                #"{"id":"z","provider":"up","model":"m","routes":["auto"],"context_window":1,"canary_share":1,"enabled":false,"#
                    + #""price":{"input_per_million_usd":1,"output_per_million_usd":1},"prior":{"mean":1,"strength":1},"#
                    + #""expected_tokens":{"input":1,"output":1}}"#),
            "GET /v1/feedback?limit=1&before=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /v1/decisions?limit=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ]

        /// Stands for the length of the body, which is put in its place when the body is as it will be sent.
        private static let lengthMark = Array("@length@".utf8)

        private static func request(_ path: String, _ body: String) -> String {
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: @length@\r\n\r\n"
                + body
        }

        private static func withLength(_ bytes: [UInt8]) -> [UInt8] {
            guard let mark = bytes.firstRange(of: lengthMark), let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))
            else {
                return bytes
            }
            return bytes[..<mark.lowerBound] + Array(String(bytes.count - end.upperBound).utf8)
                + bytes[mark.upperBound...]
        }

        private static let pieces: [String] = [
            "\r\n", "\n", "\r", " ", "\t", ":", "\0", "%", "%00", "%2f", "/", "?", "#", "..", "HTTP/9.9", "HTTP/1.1",
            "Host: x\r\n",
            "Content-Length: 99999999999999999999\r\n", "Content-Length: -1\r\n", "Content-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n", "Connection: close\r\n", "Connection: upgrade\r\nUpgrade: h2c\r\n",
            "Upgrade: websocket\r\n",
            "Expect: 100-continue\r\n", "0\r\n\r\n", "ffffffffffffffff\r\n", "{", "}", "[", "]", "\"", "\\", "\\ud800",
            "\u{FFFD}", "null", "-0",
            "1e999", ",", "\"messages\":[]", "\"stream\":1", "\"model\":\"b\"", "\"bandit\":{\"cache\":1}",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\u{16}\u{03}\u{01}", "x-session-id: \r\n", "x-bandit-max-cost-usd: nan\r\n", "x-request-id: \u{7F}\r\n",
            "GET ", "POST ",
        ]

        /// Some cuts, copies, swaps and insertions of bytes.
        private static func mutated(_ text: String, _ random: inout SeededGenerator) -> [UInt8] {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<8, using: &random) {
                case 6, 7:
                    // A number of the request line, a header or the body becomes one at the edge of what numbers can be.
                    bytes = NumberEdges.replaced(
                        in: bytes, place: Int.random(in: 0..<64, using: &random),
                        edge: Int.random(in: 0..<64, using: &random))
                case 0, 1: bytes.insert(contentsOf: pieces.randomElement(using: &random)!.utf8, at: at)
                case 2 where at < bytes.count: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 3: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...30, using: &random)))
                case 4:
                    let end = min(bytes.count, at + Int.random(in: 1...40, using: &random))
                    bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &random))
                default: bytes = Array(bytes.prefix(at))
                }
            }
            return withLength(bytes)
        }

        /// What the router answers to these bytes. The sending half is closed only once an answer came or none seems to come: a client
        /// that closes it is taken to have left.
        private static func answers(to bytes: [UInt8], port: Int) throws -> [(status: Int, text: String)] {
            let connection = try HTTPConnection(port: port, patience: 20)
            defer { connection.close() }
            var answers: [(status: Int, text: String)] = []
            try? connection.send(bytes)
            while connection.hasBytes(within: 4), let answer = try? connection.readAnswer() {
                answers.append((answer.status, answer.text))
            }
            connection.endSending()
            while let answer = try? connection.readAnswer() { answers.append((answer.status, answer.text)) }
            return answers
        }

        @Test("whatever is sent, the router answers below 500 or closes the connection, and goes on serving")
        func requests() async throws {
            try await withRouter(RouterFile(server: "idle_timeout: 5s")) { world in
                let workers = 4
                let failures = try await withThrowingTaskGroup(of: [String].self) { group in
                    for worker in 0..<workers {
                        group.addTask {
                            try await blocking { [port = world.port] in
                                var random = SeededGenerator(state: 7_000 + UInt64(worker))
                                var failures: [String] = []
                                for number in 0..<Self.cases / workers {
                                    var bytes = Self.mutated(Self.good.randomElement(using: &random)!, &random)
                                    if number % 8 == 0 {
                                        bytes += Self.withLength(Array(Self.good.randomElement(using: &random)!.utf8))
                                    }
                                    for (status, said) in try Self.answers(to: bytes, port: port) where status >= 500 {
                                        let text = String(decoding: bytes, as: UTF8.self).debugDescription
                                        failures.append("\(status) \(said) for \(text)")
                                    }
                                }
                                return failures
                            }
                        }
                    }
                    return try await group.reduce(into: [String]()) { $0 += $1 }
                }
                #expect(failures.count == 0, "\(failures.prefix(5).joined(separator: "\n"))")
                let last = try await world.chat()
                #expect(world.router.isRunning && last.status == 200)
                #expect(!world.router.errors.text.contains(" error "), "\(world.router.errors.text.prefix(3000))")
                // Nothing was left in flight.
                #expect(
                    try await eventually {
                        try await world.get("/metrics").text.contains("bandit_router_in_flight 0\n")
                    })
            }
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
