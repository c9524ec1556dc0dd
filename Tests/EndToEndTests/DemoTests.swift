import Foundation
import TestSupport
import Testing

extension EndToEnd {
    @Suite("the demonstration")
    struct DemoTests {
        @Test("what it says to try works: a model is taken down and made worse, a visitor asks and judges")
        func hints() async throws {
            let demo = try await Demonstration()
            let result: Result<Void, any Error>
            do { result = .success(try await tryEverything(demo)) } catch { result = .failure(error) }
            await demo.stop()
            try result.get()
        }

        private func tryEverything(_ demo: Demonstration) async throws {
            _ = try await demo.line(containing: "and judge it")
            func command(_ label: String) async throws -> String {
                let line = try #require(try await demo.line(containing: label))
                return try #require(line.firstMatch(of: /curl .*/).map { String($0.output) })
            }
            func state() async throws -> String? {
                try await demo.get("/v1/arms").json["data"].list.first { $0["id"].string == "sim-large" }?["health"][
                    "state"
                ]
                .string
            }
            for label in ["Make a model worse", "and good again", "and up again", "Take a model down"] {
                let said = try await demo.run(try await command(label))
                // 204 has no body; what was refused says why.
                #expect(said.status == 0 && said.output.isEmpty, "\(label): \(said.output)")
            }
            let isOut = try await eventually { try await state() == "open" }
            #expect(isOut)
            let answer = try await demo.run(try await command("Ask yourself"))
            let id = try #require(answer.output.firstMatch(of: /x-bandit-decision-id: (\S+)/.ignoresCase())).output.1
            let receipt = try await demo.run(try await command("and judge it").replacing("…", with: id))
            #expect(receipt.output.contains("\"status\":\"applied\""), "\(receipt.output)")
        }

        @Test(
            "on a terminal of 80 by 24 no line is longer, and no frame higher",
            .enabled(if: Tool.has("script") && Tool.has("stty"), "there is no script or stty here"))
        func smallTerminal() async throws {
            let folder = try TemporaryFolder()
            let config = Article.root.appending(path: "Config/demo.yaml").path
            let demo =
                "stty rows 24 cols 80; exec '\(RouterProgram.url.path)' demo --config '\(config)' --store '\(folder("s.sqlite"))' "
                + "--port 0 --rate 100 --requests 200 --seed 1"
            try folder.write(demo, to: "demo.sh")
            let result = try await Tool.run("script -qec 'sh demo.sh' /dev/null", in: folder.path)
            #expect(result.status == 0, "\(result.output.suffix(500)) \(result.errors)")
            let frames = result.output.split(separator: "\u{1B}[H").dropFirst().map {
                $0.replacing(/\u{1B}\[[0-9;?]*[a-zA-Z]/, with: "").split(whereSeparator: \.isNewline)
            }
            #expect(frames.count > 2)
            // The last one is followed by what is left on the terminal afterwards.
            for frame in frames.dropLast() {
                #expect(frame.count < 24)
                for line in frame { #expect(line.count <= 80, "\(line)") }
            }
            #expect(frames.first?.first?.contains("/dashboard") == true)
            #expect(result.output.contains(" 0 failures"))
        }
    }
}
