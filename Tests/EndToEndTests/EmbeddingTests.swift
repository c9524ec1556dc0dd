import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// Tickets are told apart by whether their number is even: words cannot see that, for every digit reads alike to them.
    @Suite("embeddings as features of categories")
    struct EmbeddingTests {
        /// Makes the embeddings, unless it is told to do otherwise.
        final class Embedder: Sendable {
            enum Mode: Sendable { case working, hanging, failing, short }

            private let mode = Mutex(Mode.working)
            private let held = DispatchSemaphore(value: 0)
            private let server: Mutex<RawUpstream?> = Mutex(nil)

            init() throws {
                let upstream = try RawUpstream { [unowned self] request in reply(request) }
                server.withLock { $0 = upstream }
            }

            var upstream: RawUpstream { server.withLock { $0! } }
            var port: Int { upstream.port }
            /// The texts of every call since the start.
            var texts: [[String]] { upstream.requests.map { JSON($0.text)["input"].list.compactMap(\.string) } }

            func become(_ new: Mode) { mode.withLock { $0 = new } }

            /// Lets calls that hang be answered.
            func release(_ count: Int = 1) { for _ in 0..<count { held.signal() } }

            func stop() {
                release(100)
                upstream.stop()
            }

            private func reply(_ request: RawUpstream.Request) -> RawUpstream.Reply {
                let mode = mode.withLock { $0 }
                if mode == .hanging { held.wait() }
                if mode == .failing { return .json(#"{"error":{"message":"broken"}}"#, status: "500 Broken") }
                let texts = JSON(request.text)["input"].list.compactMap(\.string)
                let items = texts.enumerated().map { index, text in
                    let number = Int(text.filter(\.isNumber)) ?? 0
                    // Noise from the number, so that no two vectors are the same.
                    let noise = Double(number % 17) / 100
                    let vector = number % 2 == 0 ? [1, 0.1, noise, 0.2] : [0.1, 1, 0.2, noise]
                    let numbers = (mode == .short ? Array(vector.prefix(3)) : vector).map(\.description)
                    return #"{"object":"embedding","index":\#(index),"embedding":[\#(numbers.joined(separator: ","))]}"#
                }
                return .json(
                    #"{"object":"list","data":[\#(items.joined(separator: ","))],"#
                        + #""usage":{"prompt_tokens":\#(10 * texts.count),"total_tokens":\#(10 * texts.count)}}"#)
            }
        }

        private static func ticket(_ number: Int) -> String { "please handle ticket \(number)" }

        /// Trains a model by asking the embedder; returns its path.
        private static func train(_ embedder: Embedder, in folder: TemporaryFolder) async throws -> String {
            let rows = (100..<180).map { number in
                #"{"prompt":"\#(ticket(number))","label":"\#(number % 2 == 0 ? "even" : "odd")"}"#
            }
            try folder.write(rows.joined(separator: "\n"), to: "tickets.jsonl")
            try folder.write(
                """
                providers: [{ id: emb, kind: openai, base_url: "http://127.0.0.1:\(embedder.port)/v1", api_key: sk-emb }]
                arms: [{ id: a, provider: emb, model: m }]
                routes: [{ id: auto, arms: [a] }]
                """, to: "training.yaml")
            let result = try await RouterProgram.run([
                "train-categories", folder("tickets.jsonl"), "--output", folder("tickets.brqc"), "--embedding-model",
                "embed-1", "--embedding-provider", "emb", "--config", folder("training.yaml"), "--format", "json",
                "--minimum-accuracy", "0.9",
            ])
            #expect(result.status == 0, "\(result.errors)")
            let report = JSON(result.output)
            #expect((report["accuracy"].number ?? 1) < 0.8 && report["embeddings"]["accuracy"].number == 1)
            #expect(report["embeddings"]["model"].string == "embed-1" && report["embeddings"]["dimension"].number == 4)
            #expect(result.errors.contains("emb made 80 embeddings: 800 tokens"))
            // Eighty prompts in two calls.
            #expect(embedder.texts.map(\.count) == [64, 16] && embedder.texts[0][0] == ticket(100))
            #expect(embedder.upstream.requests[0].head.contains("Authorization: Bearer sk-emb"))
            return folder("tickets.brqc")
        }

        private static func file(
            _ embedder: Embedder, model: String, timeout: String = "20s", more: [String] = []
        ) -> RouterFile {
            RouterFile(
                providers: [
                    "{ id: emb, kind: openai, base_url: \"http://127.0.0.1:\(embedder.port)/v1\", api_key: sk-emb }"
                ],
                sections: [
                    "classifier: { model: \"\(model)\", embeddings: { provider: emb, model: embed-1, "
                        + "timeout: \(timeout), input_per_million_usd: 5 } }"
                ] + more)
        }

        /// Gives `body` a router that uses the embedder, and the number of calls that training took.
        private static func withEmbedder(
            timeout: String = "20s", more: [String] = [], _ body: (World, Embedder, Int) async throws -> Void
        ) async throws {
            let embedder = try Embedder()
            defer { embedder.stop() }
            let folder = try TemporaryFolder()
            let model = try await train(embedder, in: folder)
            let calls = embedder.texts.count
            try await withRouter(file(embedder, model: model, timeout: timeout, more: more)) { world in
                try await body(world, embedder, calls)
            }
        }

        private static func decision(_ answer: HTTPAnswer, _ world: World) async throws -> JSON {
            try await world.settled(answer.header("x-bandit-decision-id"))
        }

        private static func count(_ result: String, _ world: World) async throws -> Double? {
            let metrics = try await world.get("/metrics").text
            let name = #"bandit_router_category_embeddings_total{result="\#(result)"} "#
            return metrics.split(separator: "\n").first { $0.hasPrefix(name) }.flatMap {
                Double($0.dropFirst(name.count))
            }
        }

        @Test("they tell what words cannot; the log says so; a text is asked for once, and only for the classifier")
        func usedAndCached() async throws {
            try await Self.withEmbedder { world, embedder, trained in
                for number in [204, 205, 204] {
                    let answer = try await world.chat("", Self.ticket(number))
                    #expect(answer.status == 200)
                    #expect(answer.header("x-bandit-category") == (number == 204 ? "even" : "odd"))
                    let decision = try await Self.decision(answer, world)
                    #expect(decision["category_by"].string == "classifier")
                    #expect(decision["category_features"].string == "words+embedding")
                    #expect(decision["category_model"].string?.contains("+em-") == true)
                }
                #expect(embedder.texts.dropFirst(trained) == [[Self.ticket(204)], [Self.ticket(205)]])
                #expect(embedder.upstream.requests.last?.text.contains(#""model":"embed-1""#) == true)

                // What other things decide is not sent anywhere.
                for (question, headers) in [
                    ("what does ``` mean in ticket 300", []), (Self.ticket(301), [("x-bandit-category", "math")]),
                ] as [(String, [(String, String)])] {
                    let answer = try await world.chat("", question, headers: headers)
                    let decision = try await Self.decision(answer, world)
                    #expect(decision["category_features"] == .null)
                }
                // Deciding for callers with a client of their own goes the same way.
                let decided = try await world.post(
                    "/v1/decisions", #"{"messages":[{"role":"user","content":"\#(Self.ticket(205))"}]}"#)
                #expect(decided.json["category"].string == "odd")
                #expect(decided.json["category_features"].string == "words+embedding")
                // A later turn is looked at for itself, the first one is known.
                let turns =
                    #"{"messages":[{"role":"user","content":"\#(Self.ticket(204))"},{"role":"assistant","content":"ok"},"#
                    + #"{"role":"user","content":"\#(Self.ticket(207))"}]}"#
                #expect(try await world.post("/v1/chat/completions", turns).status == 200)
                #expect(embedder.texts.dropFirst(trained + 2) == [[Self.ticket(207)]])

                let metrics = try await world.get("/metrics").text
                for line in [
                    #"bandit_router_category_embeddings_total{result="fetched"} 3"#,
                    #"bandit_router_category_embeddings_total{result="cached"} 3"#,
                    #"bandit_router_category_embedding_calls_total{result="ok"} 3"#,
                    "bandit_router_category_embedding_tokens_total 30",
                    "bandit_router_category_embedding_cost_usd_total 0.00015",
                    "bandit_router_category_embedding_entries 3",
                    #"bandit_router_category_embedding_breaker_state{state="closed"} 1"#,
                ] { #expect(metrics.contains(line + "\n"), "\(line)") }
                let explained = try await world.run(["explain", decided.json["decision_id"].string ?? ""])
                #expect(explained.output.contains("words+embedding"), "\(explained.output) \(explained.errors)")
            }
        }

        @Test(
            "a provider that is slow costs a request its time at most: words decide, and the next one finds the answer")
        func slow() async throws {
            try await Self.withEmbedder(timeout: "50ms") { world, embedder, trained in
                embedder.become(.hanging)
                // Both are answered while the embedder still holds its own answer back.
                for number in [204, 205] {
                    let answer = try await world.chat("", Self.ticket(number))
                    #expect(answer.status == 200)
                    let decision = try await Self.decision(answer, world)
                    #expect(decision["category_features"].string == "words")
                    #expect(decision["category_model"].string?.contains("em-") == false)
                }
                #expect(try await Self.count("timeout", world) == 2)
                embedder.become(.working)
                embedder.release(2)
                let isKept = try await eventually {
                    let answer = try await world.chat("", Self.ticket(205))
                    return try await Self.decision(answer, world)["category_features"].string == "words+embedding"
                }
                #expect(isKept)
                #expect(embedder.texts.dropFirst(trained) == [[Self.ticket(204)], [Self.ticket(205)]])
            }
        }

        @Test("a provider that fails is left alone by its breaker: words decide")
        func failing() async throws {
            try await Self.withEmbedder(more: ["health: { failures_to_open: 2, open_for: 1h }"]) {
                world, embedder, trained in
                embedder.become(.failing)
                var categories: Set<String> = []
                for number in 204..<209 {
                    let answer = try await world.chat("", Self.ticket(number))
                    #expect(answer.status == 200)
                    let decision = try await Self.decision(answer, world)
                    #expect(decision["category_features"].string == "words")
                    categories.insert(decision["category"].string ?? "")
                }
                #expect(categories.count == 1, "words cannot tell these apart: \(categories)")
                #expect(embedder.texts.count == trained + 2)
                #expect(try await Self.count("failed", world) == 2)
                #expect(try await Self.count("breaker_open", world) == 3)
                let metrics = try await world.get("/metrics").text
                #expect(metrics.contains(#"bandit_router_category_embedding_calls_total{result="status_500"} 2"#))
                #expect(metrics.contains(#"bandit_router_category_embedding_breaker_state{state="open"} 1"#))
            }
        }

        @Test("vectors of another dimension are counted and not used")
        func wrongDimension() async throws {
            try await Self.withEmbedder { world, embedder, _ in
                embedder.become(.short)
                let answer = try await world.chat("", Self.ticket(204))
                #expect(answer.status == 200)
                let decision = try await Self.decision(answer, world)
                #expect(decision["category_features"].string == "words")
                #expect(try await Self.count("wrong_dimension", world) == 1)
                embedder.become(.working)
                let again = try await Self.decision(try await world.chat("", Self.ticket(204)), world)
                #expect(again["category_features"].string == "words+embedding" && again["category"].string == "even")
            }
        }

        @Test("a router that was restarted asks anew; a client that leaves meanwhile leaves nothing behind")
        func restart() async throws {
            try await Self.withEmbedder { world, embedder, trained in
                #expect(try await world.chat("", Self.ticket(204)).header("x-bandit-category") == "even")
                embedder.become(.hanging)
                try await blocking {
                    let connection = try HTTPConnection(port: world.port)
                    try connection.send(
                        HTTPCall("POST", "/v1/chat/completions", json: World.body("", Self.ticket(206))))
                    // It is gone once the embedder was asked.
                    while embedder.texts.count < trained + 2 { Thread.sleep(forTimeInterval: 0.005) }
                    connection.close()
                }
                let isOver = try await eventually {
                    try await world.get("/metrics").text.contains("bandit_router_in_flight 0\n")
                }
                #expect(isOver)
                let metrics = try await world.get("/metrics").text
                #expect(metrics.contains(#"bandit_router_refusals_total{code="cancelled"} 1"#))
                embedder.become(.working)
                embedder.release()

                world.router.signal(SIGTERM)
                #expect(await world.router.exitStatus() == 0)
                let (router, port) = try await startRouter(world.folder)
                let second = World(folder: world.folder, provider: world.provider, router: router, port: port)
                let answer = try await second.chat("", Self.ticket(204))
                #expect(answer.header("x-bandit-category") == "even")
                #expect(embedder.texts.dropFirst(trained + 2) == [[Self.ticket(204)]])
                router.signal(SIGTERM)
                #expect(await router.exitStatus() == 0)
            }
        }

        @Test("classify says which features it used; a model of other embeddings, or of none, is refused at the start")
        func commands() async throws {
            let embedder = try Embedder()
            defer { embedder.stop() }
            let folder = try TemporaryFolder()
            let model = try await Self.train(embedder, in: folder)
            let file = Self.file(embedder, model: model).text(folder: folder.path, upstream: embedder.port)
            try folder.write(file, to: "router.yaml")
            func classify(_ more: String...) async throws -> (status: Int32, output: String, errors: String) {
                try await RouterProgram.run(["classify", "--config", folder("router.yaml"), Self.ticket(204)] + more)
            }
            let with = JSON(try await classify().output)
            #expect(with["category"].string == "even" && with["features"].string == "words+embedding")
            let table = try await classify("--format", "table").output
            #expect(table.contains("features  words and the embedding by embed-1 (4 numbers)"), "\(table)")
            let calls = embedder.texts.count
            let without = JSON(try await classify("--no-embeddings").output)
            #expect(without["features"].string == "words" && embedder.texts.count == calls)
            embedder.become(.short)
            let short = try await classify()
            #expect(JSON(short.output)["features"].string == "words" && short.errors.contains("words decide"))

            for (old, new, reason) in [
                ("model: embed-1", "model: embed-2", "trained with embeddings of 'embed-1', not 'embed-2'"),
                ("tickets.brqc", "plain.brqc", "was trained without embeddings"),
            ] {
                let plain = try await RouterProgram.run([
                    "train-categories", folder("tickets.jsonl"), "--output", folder("plain.brqc"),
                ])
                #expect(plain.status == 0)
                try folder.write(file.replacing(old, with: new), to: "router.yaml")
                let refused = try await RouterProgram.run(["serve", "--config", folder("router.yaml")])
                #expect(refused.status == 3 && refused.errors.contains(reason), "\(refused.errors)")
            }
        }

        @Test("embeddings that stand in the training file are taken from there; wrong words of the command are refused")
        func fromFile() async throws {
            let folder = try TemporaryFolder()
            let rows = (0..<40).map { row in
                "row \(row),\(row % 2 == 0 ? "even" : "odd"),\"[\(row % 2),\(1 - row % 2),0.5]\""
            }
            try folder.write("prompt,label,vector\n" + rows.joined(separator: "\n"), to: "rows.csv")
            func train(_ more: String...) async throws -> (status: Int32, output: String, errors: String) {
                try await RouterProgram.run(
                    ["train-categories", folder("rows.csv"), "--output", folder("m.brqc"), "--format", "json"] + more)
            }
            let result = try await train("--embedding-model", "e", "--embeddings", "vector")
            #expect(result.status == 0 && JSON(result.output)["embeddings"]["accuracy"].number == 1, "\(result.errors)")
            let missing = try await train("--embedding-model", "e", "--embeddings", "vectr")
            #expect(missing.status == 3 && missing.errors.contains("no column 'vectr'"))
            for wrong in [
                ["--embedding-model", "e"], ["--embeddings", "vector"],
                ["--embedding-model", "e", "--embedding-provider", "p"],
            ] {
                let refused = try await RouterProgram.run(["train-categories", folder("rows.csv")] + wrong)
                #expect(refused.status == 2, "\(wrong): \(refused.errors)")
            }
            try folder.write("prompt,label,vector\na,x,\"[1,2]\"\nb,y,nothing\n", to: "rows.csv")
            let bad = try await train("--embedding-model", "e", "--embeddings", "vector")
            #expect(bad.status == 3 && bad.errors.contains("not a JSON array of numbers"), "\(bad.errors)")
        }
    }
}
