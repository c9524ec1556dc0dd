import QueryCategories
import Testing

@Suite("Patterns")
struct TextPatternTests {
    @Test(
        "a pattern is searched anywhere, ignoring case",
        arguments: [
            ("translate", "Please TRANSLATE this", true),
            ("translate", "transl ate", false),
            ("```", "look:\n```swift\nlet a = 1\n```", true),
            ("^write", "Write a poem", true),
            ("^write", "please write a poem", false),
            (#"\?$"#, "is it?  \n", true),
            (#"\?$"#, "is it? yes", false),
            (#"\bsql\b"#, "a SQL query", true),
            (#"\bsql\b"#, "mysqldump", false),
            (#"\bsql\b"#, "“SQL” — what is it", true),
            (#"\bcafé\b"#, "un CAFÉ noir", true),
            (#"\bcaf\b"#, "un café noir", false),
            ("colou?r", "Color", true),
            ("a{2,3}b", "caab", true),
            ("^a{2,3}b", "aaaab", false),
            ("a{,3}", "a{,3}", true),
            ("(cat|dog)s?$", "two dogs", true),
            ("gr[ae]y", "GREY", true),
            ("[^a-z ]", "abc DEF", false),
            ("[^a-z ]", "abc 1", true),
            (#"\d{3}-\d{4}"#, "call 555-0199", true),
            (#"[\w.]+@[\w.]+"#, "to me@example.org", true),
            ("привет", "ПРИВЕТ, мир", true),
            ("[а-я]+", "ЖУК", true),
            (#"\p{Han}{2,}"#, "请翻译 this", true),
            (#"\p{Han}{2,}"#, "only latin", false),
            (#"\P{Latin}"#, "abc", false),
            ("a.b", "a\nb", false),
            ("(?s)a.b", "a\nb", true),
            ("(?m)^second", "first\nsecond", true),
            ("^second", "first\nsecond", false),
            (#"(?i:hello) world"#, "HELLO WORLD", true),
            (#"(?P<verb>run|walk)ing"#, "walking", true),
            (#"\x41\u{42}\u0043"#, "abc", true),
            ("a*?b+?", "xxb", true),
            ("", "", true),
            ("[[:digit:]]+", "7", true),
            (#"\Bat"#, "cat", true),
            (#"\Bat"#, "at", false),
            ("(|x)y", "y", true),
            ("(a*)*b", "aaab", true),
        ].filter { !$0.0.isEmpty })
    func search(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try TextPattern(pattern).matches(text) == isMatch)
    }

    @Test(
        "a pattern that cannot be read says where and why",
        arguments: [
            ("", "it is empty"), ("(a", "not closed"), ("a)", "unmatched ')'"), ("[a", "not closed"),
            ("*a", "nothing to repeat"), (#"a\"#, "backslash at the end"), ("a{3,2}", "wrong way round"),
            ("a{2000}", "more than 1000 repetitions"), ("(?=a)", "look-around"), ("(?<!a)b", "look-around"),
            (#"(a)\1"#, "back-references"), (#"\p{Klingon}"#, "unknown script 'Klingon'"), (#"\q"#, "unknown escape"),
            ("[z-a]", "not in order"), ("((a{1000}){1000}){9}", "too large"), ("(?x)a", "unknown flag 'x'"),
        ])
    func invalid(pattern: String, reason: String) {
        let error = #expect(throws: CategoryError.self) { try TextPattern(pattern) }
        #expect(error?.code == .invalidPattern)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("'\(pattern)'") == true)
    }

    @Test("patterns that backtrack exponentially elsewhere look at each byte once")
    func linearTime() throws {
        let text = String(repeating: "a", count: 20_000) + "!"
        // A backtracking matcher needs 2^10000 steps for these; the suite would not end.
        #expect(try TextPattern("^(a+)+$").matches(text) == false)
        #expect(try TextPattern("(a|a)*(a|a)*b").matches(text) == false)
        #expect(try TextPattern("^(a?){500}a{500}$").matches(String(repeating: "a", count: 500)) == true)
    }

    @Test("the automaton agrees with the standard library on random patterns and texts")
    func agreesWithRegex() throws {
        var generator = Lehmer(state: 7)
        let atoms = ["a", "b", "[ab]", ".", "a?", "b*", "(a|bc)", "c+", #"\b"#, " ", "(ab){1,2}", "^", "$"]
        var matches = 0
        for _ in 0..<400 {
            let pattern = (0..<(1 + generator.below(5))).map { _ in atoms[generator.below(atoms.count)] }.joined()
            guard let reference = try? Regex(pattern).ignoresCase() else { continue }
            let ours = try TextPattern(pattern)
            for _ in 0..<10 {
                let text =
                    "x" + (0..<generator.below(7)).map { _ in ["a", "b", "c", " ", "B"][generator.below(5)] }.joined()
                    + "x"
                let expected = text.firstMatch(of: reference) != nil
                matches += expected ? 1 : 0
                #expect(ours.matches(text) == expected, "\(pattern) in '\(text)'")
            }
        }
        #expect(matches > 500)
    }

    @Test("of a very long text the start and the end are searched")
    func longText() throws {
        let filler = String(repeating: "lorem ipsum é ", count: 3_000)
        let pattern = try TextPattern("needle")
        #expect(pattern.matches("needle " + filler))
        #expect(pattern.matches(filler + " needle"))
        #expect(!pattern.matches(filler + " needle " + filler))
    }

    @Test("a pattern too large for a table is walked, with the same answers")
    func withoutTable() throws {
        let pattern = try TextPattern("(a|b)*a(a|b){14}c")
        let tail = String(repeating: "ab", count: 7)
        #expect(pattern.matches("bba\(tail)c"))
        #expect(!pattern.matches("bbb\(tail)bc".replacing("a", with: "b")))
    }
}

/// A tiny generator for tests, so that they owe nothing to the code under test.
struct Lehmer {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = (state &* 6_364_136_223_846_793_005) &+ 1_442_695_040_888_963_407
        return state >> 33
    }

    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
}
