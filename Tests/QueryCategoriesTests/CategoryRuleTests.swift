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

    @Test(
        "the language of a text is told by its small words, or by its script",
        arguments: [
            ("How do I reset my password?", TextLanguage.english), ("write a poem about the sea", .english),
            ("¿Cómo puedo cambiar mi contraseña?", .spanish), ("escribe un poema sobre el mar", .spanish),
            ("Comment est-ce que je peux changer mon mot de passe ?", .french), ("écris un poème sur la mer", .french),
            ("Wie kann ich mein Passwort ändern?", .german), ("schreibe ein Gedicht über das Meer", .german),
            ("Come posso cambiare la mia password? Non ricordo quella che ho scelto", .italian),
            ("scrivi una poesia sul mare per il mio amico", .italian),
            ("Como eu posso mudar a minha senha? Não consigo entrar", .portuguese),
            ("escreva um poema sobre o mar para você", .portuguese),
            ("Hoe kan ik mijn wachtwoord wijzigen?", .dutch), ("schrijf een gedicht over de zee", .dutch),
            ("Jak mogę zmienić hasło? Nie wiem, co się stało", .polish),
            ("Jak si můžu změnit heslo? Nevím, co se stalo a proč", .czech),
            ("Hur kan jag byta mitt lösenord?", .swedish), ("Bu şifre için ne yapmam gerekiyor ve nasıl?", .turkish),
            ("Bagaimana cara mengganti kata sandi saya?", .indonesian),
            ("Làm thế nào để tôi đổi mật khẩu của mình?", .vietnamese),
            ("Как мне изменить мой пароль?", .russian), ("Як мені змінити мій пароль? Що це", .ukrainian),
            ("Πώς αλλάζω τον κωδικό μου;", .greek), ("كيف أغير كلمة المرور", .arabic), ("איך משנים סיסמה", .hebrew),
            ("मैं अपना पासवर्ड कैसे बदलूँ", .hindi), ("ฉันจะเปลี่ยนรหัสผ่านได้อย่างไร", .thai), ("비밀번호를 어떻게 바꾸나요", .korean),
            ("パスワードを変更するにはどうすればいいですか", .japanese), ("怎么修改我的密码", .chinese),
        ])
    func languages(text: String, language: TextLanguage) {
        #expect(TextLanguage.dominant(in: text) == language)
        #expect(TextLanguage.dominant(in: text.uppercased()) == language)
        #expect(CategoryRule(language: language).holds(for: QueryFeatures(userText: text)))
        let other: TextLanguage = language == .english ? .french : .english
        #expect(!CategoryRule(language: other).holds(for: QueryFeatures(userText: text)))
    }

    @Test(
        "where no language is clear there is none",
        arguments: ["", "12 + 34", "xyzzy", "zxqv brmf plugh quux", "Berlin Paris Madrid", "the de la und"])
    func noLanguage(text: String) {
        #expect(TextLanguage.dominant(in: text) == nil, "\(text)")
        #expect(!CategoryRule(language: .english).holds(for: QueryFeatures(userText: text)))
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
