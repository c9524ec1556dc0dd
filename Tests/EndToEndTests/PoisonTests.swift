import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// One client's requests that a provider fails at must not take its arms from the others.
    @Suite("requests that make providers fail")
    struct PoisonTests {
        private static let answer =
            #"{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":1}}"#

        /// A provider that fails in a way of the test's wherever a prompt says POISON.
        private static func upstream(_ reply: @escaping @Sendable () -> RawUpstream.Reply) throws -> RawUpstream {
            try RawUpstream { $0.text.contains("POISON") ? reply() : .json(answer) }
        }

        private static let failures: [(name: String, reply: @Sendable () -> RawUpstream.Reply)] = [
            ("500", { .json(#"{"error":{"message":"boom"}}"#, status: "500 Internal Server Error") }),
            ("503", { .json(#"{"error":{"message":"boom"}}"#, status: "503 Service Unavailable") }),
            (
                "cut",
                { .raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"id\"") }
            ),
            ("html", { .json("<html>") }),
            (
                "flagged",
                { .json(#"{"error":{"code":403,"message":"Your input was flagged"}}"#, status: "403 Forbidden") }
            ),
            (
                "feature",
                { .json(#"{"error":{"message":"No endpoints found that support this"}}"#, status: "404 Not Found") }
            ),
        ]

        @Test("ten such prompts of one key leave every arm to the other keys", arguments: failures.map(\.name))
        func otherKeys(name: String) async throws {
            let failure = try #require(Self.failures.first { $0.name == name })
            let upstream = try Self.upstream(failure.reply)
            defer { upstream.stop() }
            try await withRouter(RouterFile(sections: ["categories: [{ id: legal }]"]), upstream: upstream.port) {
                world in
                let attacker = try await world.makeKey("--scope", "chat")
                let other = try await world.makeKey("--scope", "chat")
                for number in 0..<10 {
                    let answer = try await world.chat("", "POISON \(number)", key: attacker)
                    #expect(answer.status != 200)
                }
                let answer = try await world.chat(key: other)
                #expect(answer.status == 200 && answer.header("x-bandit-arm") == "a", "\(answer.text)")
                #expect(answer.header("x-bandit-attempts") == "1")
                // For the attacker all arms are open by now, or none: it is answered all the same.
                #expect(try await world.chat(key: attacker).status == 200)
            }
        }

        @Test(
            "without keys one prompt, however often, does not take the arm from others; when all are open one is asked")
        func keyless() async throws {
            let upstream = try Self.upstream { .json(#"{"error":{"message":"boom"}}"#, status: "500 Oops") }
            defer { upstream.stop() }
            try await withRouter(RouterFile(sections: ["categories: [{ id: legal }]"]), upstream: upstream.port) {
                world in
                #expect(try await world.chat("", "Good morning").header("x-bandit-arm") == "a")
                for _ in 0..<10 { #expect(try await world.chat("", "POISON").status != 200) }
                #expect(try await world.chat("", "Good evening").header("x-bandit-arm") == "a")
                for number in 0..<10 { _ = try await world.chat("", "POISON \(number)") }
                #expect(try await world.get("/v1/arms").json["data"][0]["health"]["state"].string == "open")
                let answer = try await world.chat("", "Good night")
                #expect(answer.status == 200, "\(answer.text)")
            }
        }

        @Test(
            "what providers say of the router's key reaches nobody: whole, streamed, by name",
            arguments: [
                ("401 Unauthorized", "Incorrect API key provided: sk-proj-abc1234567"),
                ("403 Forbidden", "The key AIzaSyD-1234567 of project proj_12345 was leaked"),
                ("400 Bad Request", "API key not valid. Please pass a valid API key."),
                ("503 Service Unavailable", "Your account org-AbCd1234 is suspended"),
            ])
        func words(status: String, words: String) async throws {
            let upstream = try RawUpstream { _ in
                .json(#"{"error":{"message":"\#(words)","code":"invalid_api_key","type":"auth"}}"#, status: status)
            }
            defer { upstream.stop() }
            try await withRouter(RouterFile(sections: ["categories: [{ id: legal }]"]), upstream: upstream.port) {
                world in
                for more in ["", #""model":"a""#, #""stream":true"#, #""model":"a","stream":true"#] {
                    let answer = try await world.chat(more)
                    #expect(answer.status >= 400)
                    for word in words.split(separator: " ") where word.count > 6 {
                        #expect(!answer.text.contains(word), "\(answer.text)")
                    }
                    #expect(!answer.text.contains("invalid_api_key"), "\(answer.text)")
                }
            }
        }
    }
}
