import Foundation
import Gateway
import NIOCore
import ProviderClient
import RoutingEngine
import Testing
import WireFormats

@Suite("token estimates")
struct TokenEstimatorTests {
    private let arm = ArmDefinition(id: "a", provider: "p", model: "m")
    private let other = ArmDefinition(id: "b", provider: "p", model: "m")

    private func text(_ bytes: Int, _ script: TextScript = .latin) -> PromptContent {
        var content = PromptContent(textBytes: bytes)
        content.script = script
        return content
    }

    /// What is read of a chat with these messages.
    private func content(of messages: String) throws -> PromptContent {
        let document = try JSONDocument(parsing: ByteBuffer(string: #"{"messages":\#(messages)}"#))
        var reader = PromptReader(bodyBytes: document.text.readableBytes)
        document.member("messages")?.forEachElement { message in
            if let content = message.member("content") { reader.read(content) }
            return true
        }
        return reader.finish()
    }

    private func tokens(of messages: String) throws -> Int {
        TokenEstimator().promptTokens(try content(of: messages), at: arm)
    }

    @Test("four bytes a token at first, then what providers count; a few odd requests change little")
    func learning() {
        let estimator = TokenEstimator()
        func prompt(_ bytes: Int) -> Int { estimator.promptTokens(text(bytes), at: arm) }
        #expect(prompt(4000) == 1000)
        #expect(
            estimator.usage(of: text(400), contentBytes: 80, at: arm)
                == TokenUsage(promptTokens: 100, completionTokens: 20))
        #expect(
            estimator.usage(of: text(1), contentBytes: 1, at: arm) == TokenUsage(promptTokens: 1, completionTokens: 1))
        estimator.observe(
            TokenUsage(promptTokens: 10, completionTokens: 1), of: text(1000), contentBytes: 100, at: arm)
        #expect((980...1000).contains(prompt(4000)))
        for _ in 0..<2000 {
            estimator.observe(
                TokenUsage(promptTokens: 2000, completionTokens: 500), of: text(4000), contentBytes: 2500, at: arm)
        }
        #expect((1950...2000).contains(prompt(4000)))
        #expect((500...520).contains(estimator.usage(of: text(0), contentBytes: 2500, at: arm).completionTokens))
        // Another kind of traffic takes over.
        for _ in 0..<100_000 {
            estimator.observe(
                TokenUsage(promptTokens: 500, completionTokens: 0), of: text(3000), contentBytes: 0, at: arm)
        }
        #expect((650...700).contains(prompt(4000)))
        #expect(estimator.promptTokens(text(4000), at: other) == 1000, "another arm counts otherwise")
        #expect(estimator.promptTokens(text(3000, .eastAsian), at: arm) == 1000, "and so does another script")
    }

    @Test("numbers that cannot be do no harm: the ratio stays between 1 and 8 bytes, and one request shifts it little")
    func absurd() {
        let estimator = TokenEstimator()
        estimator.observe(
            TokenUsage(promptTokens: .max, completionTokens: -5), of: text(10), contentBytes: .max, at: arm)
        #expect(estimator.promptTokens(text(4000), at: arm) <= 4000)
        for _ in 0..<100 {
            estimator.observe(
                TokenUsage(promptTokens: 1, completionTokens: 1), of: text(.max), contentBytes: .max, at: other)
        }
        #expect((990...1000).contains(estimator.promptTokens(text(4000), at: other)))
        for _ in 0..<9000 {
            estimator.observe(
                TokenUsage(promptTokens: 100_000, completionTokens: 1), of: text(.max), contentBytes: 1, at: other)
        }
        #expect((500...510).contains(estimator.promptTokens(text(4000), at: other)))
    }

    @Test("an image in the request is no text, whatever it weighs, and teaches nothing of text")
    func images() throws {
        let payload = String(repeating: "iVBORw0KGgo", count: 90_000)
        for part in [
            #"{"type":"image_url","image_url":{"url":"data:image/png;base64,\#(payload)"}}"#,
            #"{"type":"input_image","image_url":"data:image\/png;base64,\#(payload)"}"#,
            #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"\#(payload)"}}"#,
            #"{"type":"tool_result","content":[{"type":"image","source":{"type":"base64","data":"\#(payload)"}}]}"#,
            #"{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}"#,
        ] {
            let content = try content(
                of: #"[{"role":"user","content":[{"type":"text","text":"what is this?"},\#(part)]}]"#)
            #expect(content.media.images == 1 && !content.isTextOnly && content.textBytes < 400, "\(part.prefix(60))")
            let tokens = TokenEstimator().promptTokens(content, at: arm)
            #expect((200..<3000).contains(tokens), "\(tokens): \(part.prefix(60))")
            let estimator = TokenEstimator()
            for _ in 0..<5000 {
                estimator.observe(
                    TokenUsage(promptTokens: 900, completionTokens: 1), of: content, contentBytes: 0, at: arm)
            }
            #expect(estimator.promptTokens(text(4000), at: arm) == 1000)
        }
    }

    @Test(
        "images are measured by their own size",
        arguments: [
            ("iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAIAAAAA", 4),  // PNG, 1024 × 1024
            ("iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAA", 1),  // PNG, 64 × 64
            ("iVBORw0KGgoAAAANSUhEUu5rKADuaygACAIAAAAA", 4),  // PNG that claims what none is
            ("iVBORw0KGgoAAAANSUhEUgAAAAHuaygACAIAAAAA", 4),
            ("R0lGODlhAAgAAvAAAPAAAPAAAPAAAPAAAPAAAAAAAA", 4),  // GIF, 2048 × 512
            ("/9j/4AAQSkZJRgABAQAAAQABAAD/wAARCAIAAgADASIAAhEBAxEBAA", 1),  // JPEG, 512 × 512
            ("UklGRgAAAABXRUJQVlA4WAoAAAAAAAAA/wMA/wMAAAAA", 4),  // WebP, 1024 × 1024
            ("bm8gaW1hZ2UgYXQgYWxs", 4),  // nothing known
        ])
    func tiles(header: String, tiles: Int) throws {
        let data = header + String(repeating: "A", count: 2000)
        let content = try content(
            of:
                #"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/x;base64,\#(data)"}}]}]"#
        )
        #expect(content.media.tiles == tiles)
    }

    @Test("what holds no image is billed as the text it is")
    func empty() throws {
        for url in ["data:x", "data:image/png;base64,", "data:image/png;base64,AAAA"] {
            let content = try content(
                of: #"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"\#(url)"}}]}]"#)
            #expect(content.isTextOnly && TokenEstimator().promptTokens(content, at: arm) < 40, "\(url)")
        }
    }

    @Test("sound and documents have budgets of their own, which an arm may set; text documents are text")
    func otherMedia() throws {
        let megabyte = String(repeating: "QUJD", count: 262_144)
        func user(_ part: String) -> String { #"[{"role":"user","content":[\#(part)]}]"# }
        let sound = user(#"{"type":"input_audio","input_audio":{"data":"\#(megabyte)","format":"wav"}}"#)
        #expect((200..<2000).contains(try tokens(of: sound)), "half a minute in 16 bits")
        let file = user(
            #"{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,\#(megabyte)"}}"#)
        #expect(try content(of: file).media.pages == 32)
        var cheap = arm
        cheap.mediaTokens.documentPage = 10
        #expect((320..<500).contains(TokenEstimator().promptTokens(try content(of: file), at: cheap)))
        let words = String(repeating: "word ", count: 2000)
        let document = user(
            #"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"\#(words)"}}"#)
        #expect(try (2400..<2700).contains(tokens(of: document)) && content(of: document).isTextOnly)
        #expect(
            try tokens(of: user(#"{"type":"file","file":{"file_id":"file-1"}}"#)) > 10_000, "pages that nobody sees")
    }

    @Test(
        "the script is told by the text, with JSON's escapes undone",
        arguments: [
            ("Hello, how are you today?", TextScript.latin), ("Ça va? Où est l’hôtel déjà réservé?", .latin),
            ("Привет, как дела?", .twoBytes), ("你好，今天天气怎么样？", .eastAsian), ("今日の天気はどうですか", .eastAsian),
            ("สวัสดีวันนี้อากาศเป็นอย่างไร", .other),
        ])
    func scripts(sentence: String, script: TextScript) throws {
        let plain = String(repeating: sentence, count: 50)
        let escaped = plain.unicodeScalars.map {
            $0.isASCII ? String($0) : "\\u" + String(format: "%04x", $0.value)
        }.joined()
        let (one, two) = (
            try content(of: #"[{"role":"user","content":"\#(plain)"}]"#),
            try content(of: #"[{"role":"user","content":"\#(escaped)"}]"#)
        )
        #expect(one.script == script && two.script == script)
        let ratio = Double(two.textBytes) / Double(one.textBytes)
        #expect((0.85...1.15).contains(ratio), "\(two.textBytes) of \(one.textBytes)")
    }

    @Test("embeddings: tokens are counted as they are, and a window holds one input, not all")
    func inputs() throws {
        func read(_ json: String) throws -> PromptContent {
            let document = try JSONDocument(parsing: ByteBuffer(string: #"{"input":\#(json)}"#))
            var reader = PromptReader(bodyBytes: document.text.readableBytes)
            if let input = document.member("input") { reader.readInputs(input) }
            return reader.finish()
        }
        #expect(try read("[1,2,3,4]").countedTokens == 4)
        #expect(try read("[[1,2],[3],[4,5,6]]").countedTokens == 6)
        #expect(try read(#"["one","two","three and more"]"#).countedTokens == 0)
        let many = try read("[" + (0..<100).map { "\"text number \($0)\"" }.joined(separator: ",") + "]")
        #expect(many.longestShare < 0.02 && many.isTextOnly)
        #expect(try read(#""one text""#).longestShare == 1)
    }
}
