import BanditCore
import NIOCore
import Testing
import WireFormats

@Suite("JSON: editing by splicing")
struct JSONSpliceTests {
    private func spliced(_ text: String, _ edit: (inout JSONSplice) -> Void) throws -> String {
        var splice = JSONSplice(try JSONDocument(parsing: ByteBuffer(string: text)))
        edit(&splice)
        return String(buffer: splice.applied())
    }

    @Test("without changes every byte stays", arguments: ["{}", " {\"a\" : 1.00 ,\n\"b\":[ ] } \n"])
    func identity(text: String) throws {
        #expect(try spliced(text) { _ in } == text)
    }

    @Test(
        "a member goes with one comma, wherever it stands",
        arguments: [
            (#"{"x":1}"#, "{}"), (#"{ "x" : 1 }"#, "{  }"), (#"{"x":1,"a":2}"#, #"{"a":2}"#),
            (#"{"a":2,"x":1}"#, #"{"a":2}"#),
            (#"{"a":2,"x":{"y":[1,2]},"b":3}"#, #"{"a":2,"b":3}"#), (#"{"x":1,"x":2}"#, "{}"),
            (#"{"x":1,"a":2,"x":3}"#, #"{"a":2}"#), (#"{"a":2,"x":1,"x":3,"b":4,"x":5}"#, #"{"a":2,"b":4}"#),
            (#"{"x":1 , "x":2 , "a" : 3 }"#, #"{"a" : 3 }"#), (#"{"a":1 , "\u0078":2 }"#, #"{"a":1 }"#),
            (#"{"ax":1}"#, #"{"ax":1}"#), (#"{"a":{"x":1}}"#, #"{"a":{"x":1}}"#),
            ("{\n  \"a\": 1,\n  \"x\": 2\n}", "{\n  \"a\": 1\n}"),
        ])
    func removal(text: String, expected: String) throws {
        #expect(try spliced(text) { $0.remove("x") } == expected)
    }

    @Test(
        "a value is replaced at every place its name stands, or added at the end",
        arguments: [
            (#"{"m":"old"}"#, #"{"m":"n\"w"}"#),
            (#"{ "m" : {"a":[1]} , "b" : 1e5 }"#, #"{ "m" : "n\"w" , "b" : 1e5 }"#),
            (#"{"m":1,"a":2,"m":3}"#, #"{"m":"n\"w","a":2,"m":"n\"w"}"#), ("{}", #"{"m":"n\"w"}"#),
            ("{ }", #"{"m":"n\"w" }"#),
            (#"{"a":1}"#, #"{"a":1,"m":"n\"w"}"#), ("{\"a\":1\n}\n", "{\"a\":1,\"m\":\"n\\\"w\"\n}\n"),
        ])
    func replacement(text: String, expected: String) throws {
        #expect(try spliced(text) { $0.set("m", to: "n\"w") } == expected)
    }

    @Test("all kinds of change at once; what is removed leaves no comma for what is added")
    func together() throws {
        let text = #"{"bandit":{"a":1}, "model":"auto","temperature":0.70,"bandit":2}"#
        #expect(
            try spliced(text) {
                $0.set("model", to: "m")
                $0.remove("bandit")
                $0.set("stream_options", to: ByteBuffer(string: "{}"))
            } == #"{"model":"m","temperature":0.70,"stream_options":{}}"#)
        #expect(
            try spliced(#"{"bandit":1}"#) {
                $0.remove("bandit")
                $0.set("model", to: "m")
            } == #"{"model":"m"}"#)
    }

    @Test("whatever is edited, the result is JSON and holds exactly the members it should")
    func fuzz() throws {
        var generator = SplitMix64(seed: 3)
        let spaces = ["", " ", "\n ", "\t"]
        for _ in 0..<20_000 {
            let names = (0..<Int.random(in: 0..<7, using: &generator)).map { _ in
                ["model", "bandit", "a", "b", "\\u0062andit"].randomElement(using: &generator)!
            }
            func space() -> String { spaces.randomElement(using: &generator)! }
            let members = names.enumerated().map {
                "\(space())\"\($1)\"\(space()):\(space())[\($0), \"},{\"]\(space())"
            }
            let text = "{\(space())\(members.joined(separator: ","))\(space())}"
            let result = try spliced(text) {
                $0.set("model", to: "new")
                $0.remove("bandit")
            }
            let expected =
                names.filter { $0 != "bandit" && $0 != "\\u0062andit" } + (names.contains("model") ? [] : ["model"])
            let document = try JSONDocument(parsing: ByteBuffer(string: result))
            #expect(document.root.members.map(\.key) == expected, "\(text) → \(result)")
            #expect(document.member("model")?.string == "new")
        }
    }
}
