import QueryCategories
import Testing

@Suite("Rules on a request's shape")
struct CategoryRuleTests {
    private let request = QueryFeatures(
        userText: "hello there", systemText: "You are Bob.", hasTools: true, wantsJSON: false, turnCount: 3,
        byteCount: 900)

    @Test("all stated conditions must hold")
    func conjunction() {
        #expect(CategoryRule(hasTools: true).holds(for: request))
        #expect(!CategoryRule(hasTools: false).holds(for: request))
        #expect(CategoryRule(hasTools: true, minimumTurns: 3).holds(for: request))
        #expect(!CategoryRule(hasTools: true, minimumTurns: 4).holds(for: request))
        #expect(!CategoryRule(wantsJSON: true).holds(for: request))
        #expect(CategoryRule(minimumBytes: 900, maximumBytes: 900).holds(for: request))
        #expect(!CategoryRule(minimumBytes: 901).holds(for: request))
        #expect(!CategoryRule(maximumBytes: 899).holds(for: request))
        #expect(!CategoryRule(hasImages: true).holds(for: request))
    }

    @Test("a system prompt is known by its hash")
    func systemPrompt() {
        let hash = CategoryRule.systemPromptHash("You are Bob.")
        #expect(hash.count == 16 && hash != CategoryRule.systemPromptHash("You are Bob"))
        #expect(CategoryRule(systemPromptHash: hash).holds(for: request))
        var other = request
        other.systemText = nil
        #expect(!CategoryRule(systemPromptHash: hash).holds(for: other))
    }

    @Test(
        "the script of a text is that of most of its letters",
        arguments: [
            ("Hello 123", TextScript.latin), ("Привет, world привет", .cyrillic), ("请用 Python 写一个排序函数，谢谢你", .han),
            ("これは漢字仮名交じり文です", .kana), ("안녕하세요", .hangul), ("مرحبا", .arabic), ("שלום", .hebrew),
            ("नमस्ते", .devanagari), ("สวัสดี", .thai), ("γειά σου", .greek),
        ])
    func scripts(text: String, script: TextScript) {
        #expect(TextScript.dominant(in: text) == script)
        #expect(CategoryRule(script: script).holds(for: QueryFeatures(userText: text)))
    }

    @Test("a text without letters has no script")
    func noScript() {
        #expect(TextScript.dominant(in: "12 + 34 = ?") == nil)
        #expect(!CategoryRule(script: .latin).holds(for: QueryFeatures(userText: "12")))
    }

    @Test(
        "a text is mostly code when half of it is fenced",
        arguments: [
            ("```\nlet a = 1\nlet b = 2\n```", true), ("why?\n```swift\nlet a = compute(1, 2, 3)\n```", true),
            ("fix:\n```\nfunction f() {\n  return 1\n", true), ("no fence at all, let a = 1", false),
            ("A long question about style and taste in programming, with one `word` and ```x``` in it.", false),
            ("``", false), ("", false),
        ])
    func mostlyCode(text: String, isCode: Bool) {
        #expect(CategoryRule(isMostlyCode: true).holds(for: QueryFeatures(userText: text)) == isCode)
    }
}
