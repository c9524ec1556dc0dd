import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite("conversations keep their arm")
    struct ConversationTests {
        private static let file = RouterFile(
            policy: "{ kind: uniform }", sections: ["categories: [{ id: legal }]"])

        /// The messages of a conversation's nth turn, as frameworks send them: all that was said, and nothing that names it.
        private static func messages(_ topic: String, turn: Int) -> String {
            var messages = [#"{"role":"system","content":"You help with \#(topic)."}"#]
            for number in 0..<turn {
                messages.append(#"{"role":"user","content":"Question \#(number) on \#(topic)"}"#)
                if number < turn - 1 { messages.append(#"{"role":"assistant","content":"Answer \#(number)"}"#) }
            }
            return "[" + messages.joined(separator: ",") + "]"
        }

        private static func ask(
            _ world: World, _ messages: String, _ more: String = "", headers: [(String, String)] = []
        ) async throws -> HTTPAnswer {
            try await world.post("/v1/chat/completions", #"{"messages":\#(messages)\#(more)}"#, headers: headers)
        }

        @Test("six turns of ten conversations stay on one arm each, also over kill -9, and the decision says why")
        func sixTurns() async throws {
            try await withRouter(Self.file) { first in
                var world = first
                var arms: [String: String] = [:]
                for turn in 1...6 {
                    for topic in 0..<10 {
                        let answer = try await Self.ask(world, Self.messages("topic \(topic)", turn: turn))
                        let arm = try #require(answer.header("x-bandit-arm"), "\(answer.text)")
                        let decision = try await world.settled(answer.header("x-bandit-decision-id"))
                        #expect(decision["kind"].string == (turn == 1 ? "fresh" : "sticky"))
                        #expect(decision["session_source"].string == "conversation")
                        #expect(arms["\(topic)", default: arm] == arm, "turn \(turn)")
                        arms["\(topic)"] = arm
                    }
                    if turn == 3 {
                        world.router.signal(SIGKILL)
                        _ = await world.router.exitStatus()
                        let again = try await startRouter(world.folder)
                        world = World(
                            folder: world.folder, provider: world.provider, router: again.router, port: again.port)
                    }
                }
                #expect(Set(arms.values).count > 1, "ten draws of three arms")
                let id = try await Self.ask(world, Self.messages("topic 1", turn: 7)).header("x-bandit-decision-id")
                _ = try await world.settled(id)
                world.router.signal(SIGTERM)
                _ = await world.router.exitStatus()
                let explained = try await world.run(["explain", id ?? ""])
                #expect(explained.output.contains("known by its system prompt and first turn"), "\(explained)")
            }
        }

        @Test("forty requests of one prompt_cache_key are forty draws; so are forty of one prompt")
        func cacheKeys() async throws {
            try await withRouter(Self.file) { world in
                for same in [false, true] {
                    var counts: [String: Int] = [:]
                    for number in 0..<40 {
                        let answer = try await Self.ask(
                            world, Self.messages("topic \(same ? 0 : number)", turn: 1), #","prompt_cache_key":"app""#)
                        counts[answer.header("x-bandit-arm") ?? "", default: 0] += 1
                        #expect(answer.header("x-bandit-propensity").flatMap(Double.init).map { $0 < 0.34 } == true)
                    }
                    // Of 40 fair draws of three arms one has fewer than 3 once in 10⁵.
                    #expect(counts.count == 3 && counts.values.allSatisfy { $0 >= 3 }, "\(counts)")
                }
            }
        }

        @Test(
            "a session is known by the names that clients have for it; what is empty or too long is none, and passed on",
            arguments: [
                ("x-session-id", ""), ("x-claude-code-session-id", ""), ("session_id", ""),
                ("x-litellm-session-id", ""),
                ("x-openwebui-chat-id", ""), ("", #""metadata":{"session_id":"$"}"#),
                ("", #""metadata":{"user_id":"user_1_account_2_session_$"}"#), ("", #""bandit":{"session_id":"$"}"#),
                ("", #""litellm_session_id":"$""#),
            ])
        func names(header: String, body: String) async throws {
            try await withRouter(Self.file) { world in
                func ask(_ name: String) async throws -> HTTPAnswer {
                    try await Self.ask(
                        world, Self.messages("topic", turn: 1),
                        body.isEmpty ? "" : "," + body.replacing("$", with: name),
                        headers: header.isEmpty ? [] : [(header, name)])
                }
                let first = try await ask("one").header("x-bandit-arm")
                for _ in 0..<8 { #expect(try await ask("one").header("x-bandit-arm") == first) }
                let last = try await world.settled(try await ask("one").header("x-bandit-decision-id"))
                #expect(last["kind"].string == "sticky" && last["session_id"].string == "one")
                #expect(last["session_source"].string?.isEmpty == false)
                // The router's own names are checked, as all its words are.
                if header != "x-session-id", !body.contains("bandit") {
                    for name in ["", String(repeating: "s", count: 600)] {
                        let answer = try await ask(name)
                        #expect(answer.status == 200, "\(answer.text)")
                    }
                }
            }
        }
    }
}
