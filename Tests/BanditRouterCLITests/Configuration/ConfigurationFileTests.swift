import BanditCore
import BanditRouterCLI
import Foundation
import Gateway
import QueryCategories
import RoutingEngine
import Testing

@Suite("Configuration files that cannot be read as YAML")
struct ConfigurationFileTests {
    static let texts: [(text: String, line: Int?, reason: String)] = [
        ("", 1, "is empty"),
        ("# nothing\n\n# but comments\n", 1, "is empty"),
        ("\u{FEFF}", 1, "is empty"),
        ("just words\n", 1, "must be a section of keys (server, store, providers, arms…), not a single value"),
        ("- a\n- b\n", 1, "not a list"),
        ("server:\n\tport: 1\n", 2, "a tab cannot indent YAML; use spaces"),
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "not valid YAML"),
        ("a: 'unclosed\n", 2, "not valid YAML: while scanning a quoted scalar"),
        ("a: 1\n  b: 2\n", 2, "mapping values are not allowed"),
        ("a: *nowhere\n", 1, "undefined alias"),
        ("a: 1\n---\nb: 2\n", 2, "but found another document"),
        ("a: @x\n", 1, "cannot start any token"),
        ("a: 1\nb: \u{0}\n", 2, "contains the control character U+0000"),
        ("a: \u{7}\n", 1, "contains the control character U+0007"),
        ("a: 1\n\n\u{E123}b: 1\n", 3, "private character U+E123"),
        ("? *a\n: 1\n", 1, "undefined alias"),
        (String(repeating: "[", count: 100_000), 1, "Maximum nesting level"),
        (String(repeating: "- ", count: 100_000), 1, "not valid YAML"),
    ]

    @Test("say on which line and why", arguments: texts)
    func syntax(_ text: String, line: Int?, reason: String) throws {
        let problem = try #require(problems(text).first)
        #expect(problem.line == line, "\(problem)")
        #expect(problem.reason.contains(reason), "\(problem)")
    }

    @Test("nesting as deep as the parser allows is an error, not a crash", arguments: [100, 500, 990])
    func nesting(_ depth: Int) {
        let text = "server: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "\n"
        #expect(problems(text + minimalText).map(\.key) == ["server"])
    }

    @Test("a byte order mark and Windows line ends are read like any other", arguments: ["\u{FEFF}", ""])
    func windows(_ mark: String) {
        let text = mark + minimalText.split(separator: "\n").joined(separator: "\r\n") + "\r\nstor: 1\r\n"
        #expect(problems(text).map(\.description) == ["r.yaml:4: stor: unknown key (did you mean “store”?)"])
    }

    @Test("a repeated key behind a byte order mark, wide characters and quotes is found")
    func repeatedAfterOddCharacters() {
        let text = "\u{FEFF}store: { path: \"déjà 😀\" , 'path': b }\r\nhealth: {}\r\nhealth: {}\r\n" + minimalText
        #expect(problems(text).map { "\($0.line ?? 0) \($0.key)" } == ["1 store.path", "3 health"])
    }

    @Test("a missing file, a directory, and a file that is too large")
    func files() throws {
        func problem(_ path: String) throws -> ConfigurationProblem {
            let failure = #expect(throws: ConfigurationFailure.self) {
                try loadConfiguration(path: path, environment: [:])
            }
            return try #require(failure?.problems.first)
        }
        #expect(try problem("no/such.yaml").description == "no/such.yaml: cannot be read: there is no such file")
        #expect(try problem("/dev").description == "/dev: is a directory; name a file")
        #expect(try problem("/dev/null").description.contains("is empty"))
        #expect(try problem("/dev/zero").reason.contains("is larger than"))
        #expect(try problem("").reason.contains("there is no such file"))
    }

    @Test("bytes that are not UTF-8 are an error with their line")
    func encodings() throws {
        let cases: [(bytes: [UInt8], line: Int, reason: String)] = [
            (Array("a: 1\nb: ".utf8) + [0xE9, 0x0A], 2, "is not UTF-8"),
            ([0xC0, 0x80], 1, "is not UTF-8"),
            ([0xFF, 0xFE, 0x61, 0x00], 1, "is not UTF-8 but UTF-16"),
            ([0, 0, 0], 1, "nothing but zero bytes"),
        ]
        for (bytes, line, reason) in cases {
            try withFile(bytes) { path in
                let failure = #expect(throws: ConfigurationFailure.self) {
                    try loadConfiguration(path: path, environment: [:])
                }
                let problem = try #require(failure?.problems.first)
                #expect(problem.line == line && problem.reason.contains(reason) && problem.file == path)
            }
        }
    }

    @Test("a good file is read from disk")
    func goodFile() throws {
        try withFile(Array(minimalText.utf8)) { path in
            let loaded = try loadConfiguration(path: path, environment: [:])
            #expect(loaded.configuration.routes.map(\.id) == ["auto"])
        }
    }
}

@Suite("Anchors, aliases and merges")
struct ConfigurationAliasTests {
    static let text = """
        x-shared: &shared
          policy: { kind: ucb1, c: 3 }
          exploration: &floor { floor: 0.1 }
          affinity: none
        providers: [{ id: local, kind: simulated }]
        arms: [{ id: a, provider: local, model: m }, { id: b, provider: local, model: m }]
        routes:
          - { <<: *shared, id: auto, arms: &both [a, b] }
          - { <<: [{ affinity: session }, *shared], id: other, arms: *both, exploration: { floor: 0.2 } }
          - { id: third, arms: *both, exploration: *floor }

        """

    @Test("merged keys count, and what is written out beats them")
    func merging() throws {
        let routes = try parse(Self.text).configuration.routes
        #expect(routes.map(\.policy.kind.rawValue) == ["ucb1", "ucb1", "thompson"])
        #expect(routes.map { $0.policy.value("c") }.prefix(2) == [3, 3])
        #expect(routes.map(\.explorationFloor) == [0.1, 0.2, 0.1])
        #expect(routes.map(\.affinity.rawValue) == ["none", "session", "conversation"])
        #expect(routes.allSatisfy { $0.arms == ["a", "b"] })
    }

    @Test("what is wrong with a shared piece is told once, where it stands")
    func sharedProblem() {
        let found = problems(Self.text.replacing("affinity: none", with: "afinity: none"))
        #expect(found.map(\.description) == ["r.yaml:4: routes[0].afinity: unknown key (did you mean “affinity”?)"])
    }

    @Test("a merge of something else is an error")
    func wrongMerge() {
        let found = problems(Self.text.replacing("<<: *shared, id: auto", with: "<<: 3, id: auto"))
        #expect(found.map(\.key) == ["routes[0].<<"] && found.first?.line == 8)
    }

    @Test("aliases that multiply end in an error soon")
    func multiplying() {
        var text = "x-0: &m0 { affinity: none }\n"
        for level in 1...12 {
            let aliases = Array(repeating: "*m\(level - 1)", count: 10).joined(separator: ", ")
            text += "x-\(level): &m\(level) { <<: [\(aliases)] }\n"
        }
        text += minimalText.replacing("{ id: auto", with: "{ <<: *m12, id: auto")
        #expect(problems(text).map(\.reason) == ["merges more mappings than a file may"])
    }
}
