import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What the README and the articles tell people to type is typed here.
    @Suite("what the documentation says to do")
    struct DocumentationTests {
        // MARK: - What is written

        @Test("commands that are written anywhere exist, with the options that are written", arguments: Article.all)
        func commands(article: Article) async throws {
            for line in article.routerCommands {
                let (command, options) = Self.parse(line)
                let help = try await Self.help(command)
                #expect(
                    help != nil, "\(article.path): there is no command `\(command.joined(separator: " "))`: \(line)")
                for option in options {
                    #expect(
                        help?.contains(option) == true || option == "--generate-completion-script",
                        "\(article.path): \(command.joined(separator: " ")) has no \(option): \(line)")
                }
            }
        }

        /// The subcommands and the options of a command line.
        private static func parse(_ line: String) -> (command: [String], options: [String]) {
            let words = line.split(separator: " ").map(String.init)
            let command = words.prefix { $0.wholeMatch(of: /[a-z][a-z-]*/) != nil }
            let known = command.first == "keys" ? 2 : 1
            let options = words.filter { $0.wholeMatch(of: /--[a-z][a-z-]*(=.*)?/) != nil }
            return (Array(command.prefix(known)), options.map { String($0.prefix { $0 != "=" }) })
        }

        /// A command's help; nil where there is no such command.
        private static func help(_ command: [String]) async throws -> String? {
            if command.first == "help" { return "" }
            let result = try await RouterProgram.run(command + ["--help"])
            // The help of an unknown command is that of the whole program, or an error.
            guard result.status == 0, command.isEmpty || result.output.contains("USAGE: bandit-router \(command[0])")
            else {
                return nil
            }
            return result.output
        }

        @Test("a command that is not there would be noticed")
        func control() async throws {
            #expect(try await Self.help(["sirve"]) == nil)
            #expect(try await Self.help(["serve"])?.contains("--config") == true)
            #expect(Self.parse("keys create --name x --scope=chat") == (["keys", "create"], ["--name", "--scope"]))
        }

        @Test("files, articles and pictures that are referred to exist", arguments: Article.all)
        func references(article: Article) throws {
            for path in article.paths {
                #expect(FileManager.default.fileExists(atPath: Article.root.appending(path: path).path), "\(path)")
            }
            for name in article.articles {
                let path = "Sources/BanditRouter.docc/\(name).md"
                #expect(FileManager.default.fileExists(atPath: Article.root.appending(path: path).path), "\(name)")
            }
        }

        @Test(
            "DocC makes the catalogue without a warning",
            .enabled(if: Tool.has("docc"), "there is no docc here"))
        func catalogue() async throws {
            let folder = try TemporaryFolder()
            let result = try await Tool.run(
                "docc convert '\(Article.root.path)/Sources/BanditRouter.docc' --output-path '\(folder("out"))' "
                    + "--fallback-display-name BanditRouter --fallback-bundle-identifier bandit-router --warnings-as-errors",
                in: folder.path)
            #expect(result.status == 0, "\(result.errors)\(result.output)")
            let landing = folder("out") + "/data/documentation/banditrouter.json"
            #expect(FileManager.default.fileExists(atPath: landing))
        }

        @Test("the shells understand the completion scripts", arguments: ["bash", "zsh", "fish"])
        func completions(shell: String) async throws {
            let script = try await RouterProgram.run(["--generate-completion-script", shell])
            #expect(script.status == 0 && script.output.contains("train-categories"))
            guard Tool.has(shell) else {
                print("not parsed: there is no \(shell) on this machine")
                return
            }
            let folder = try TemporaryFolder()
            try folder.write(script.output, to: "script")
            let result = try await Tool.run("\(shell) -n script", in: folder.path)
            #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        }

        // MARK: - What is done

        /// The demonstration, run in a folder that looks like a clone.
        private func withDemo(_ body: (Demonstration) async throws -> Void) async throws {
            let demo = try await Demonstration()
            let result: Result<Void, any Error>
            do { result = .success(try await body(demo)) } catch { result = .failure(error) }
            await demo.stop()
            try result.get()
        }

        @Test("every command of the README works: the demonstration, chat, feedback, posterior, simulation, evaluation")
        func readme() async throws {
            let readme = Article(path: "README.md")
            let blocks = readme.blocks(of: ["sh", "bash", "shell", ""]).filter { !$0.contains("──▶") }
            let lines = blocks.flatMap(Article.commandLines)
            #expect(lines.contains { $0.hasPrefix("curl") } && lines.contains { $0.contains("evaluate") })
            try await withDemo { demo in
                for line in lines where line.hasPrefix("curl") { try await demo.expect(line) }
                for block in readme.blocks(of: ["python"]) { try await demo.python(block) }
                // What was learned is in the store; the rest of the commands wants it for itself.
                try await demo.waitForRequests()
                await demo.stop()
                for line in lines where !line.hasPrefix("curl") { try await demo.expect(line) }
            }
        }

        @Test("the recipes of the cookbook work as they stand", arguments: ["FeedbackCookbook"])
        func cookbook(name: String) async throws {
            let article = Article(path: "Sources/BanditRouter.docc/\(name).md")
            try await withDemo { demo in
                // Later blocks use what earlier ones found out.
                try await demo.expect(article.blocks(of: ["sh"]).joined(separator: "\n"))
                for block in article.blocks(of: ["python", "python openai"]) { try await demo.python(block) }
                for block in article.blocks(of: ["js"]) { try await demo.javaScript(block) }
                #expect(demo.replies.contains(where: { $0.contains("\"status\":\"applied\"") }), "\(demo.replies)")
                #expect(demo.replies.contains(where: { $0.contains("\"status\":\"retracted\"") }), "\(demo.replies)")
            }
        }

        @Test("the examples of Your own logs run as they stand, each by itself, and every policy of theirs is judged")
        func ownLogs() async throws {
            let blocks = Article(path: "Sources/BanditRouter.docc/YourOwnLogs.md").blocks(of: ["sh"])
            #expect(blocks.count == 5)
            guard Tool.has("awk") else {
                print("skipped: there is no awk on this machine")
                return
            }
            for block in blocks {
                let folder = try TemporaryFolder()
                let path = RouterProgram.url.deletingLastPathComponent().path
                let result = try await Tool.run("set -e\nPATH='\(path)':\"$PATH\"\n\(block)", in: folder.path)
                #expect(result.status == 0, "\(block)\n\(result.output)\(result.errors)")
                #expect(!result.output.isEmpty)
            }
            let help = try await Self.help(["evaluate"])
            #expect(help?.contains("YourOwnLogs.md") == true)
        }

        @Test("the operations guide: a backup of a running store is made and proved good; completions are written")
        func operations() async throws {
            let article = Article(path: "Sources/BanditRouter.docc/Operations.md")
            let blocks = article.blocks(of: ["sh"])
            #expect(blocks.count == 3)
            guard Tool.has("sqlite3") else {
                print("skipped: there is no sqlite3 on this machine")
                return
            }
            try await withDemo { demo in
                try await demo.waitForRequests()
                for block in blocks { try await demo.expect(block) }
                #expect(demo.replies.contains { $0.contains("equal") || $0.contains("identical") }, "\(demo.replies)")
            }
        }
    }
}
