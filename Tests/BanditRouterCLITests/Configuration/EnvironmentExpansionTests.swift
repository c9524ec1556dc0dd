import BanditCore
import BanditRouterCLI
import Gateway
import QueryCategories
import RoutingEngine
import Testing

@Suite("Environment variables in values")
struct EnvironmentExpansionTests {
    static let good: [(text: String, result: String, isExpanded: Bool)] = [
        ("plain", "plain", false), ("${A}", "1", true), ("x${A}y${B}z", "x1ytwo wordsz", true), ("${EMPTY}", "", true),
        ("${NO:-}", "", true), ("${NO:-d}", "d", true), ("${EMPTY:-d}", "d", true), ("${A:-d}", "1", true),
        ("${NO:-a:-b}", "a:-b", true), ("${NO:-https://x/v1}", "https://x/v1", true), ("$$", "$", false),
        ("$${A}", "${A}", false), ("^\\d+$", "^\\d+$", false), ("$A", "$A", false), ("a$", "a$", false),
        ("$$$$", "$$", false),
        ("$$${A}", "$1", true), ("${DOLLAR}", "${A}", true), ("é${A}", "é1", true),
    ]
    static let environment = ["A": "1", "B": "two words", "EMPTY": "", "DOLLAR": "${A}", "OPENAI_API_KEY": "k"]

    @Test("are replaced once, with defaults for what is unset or empty", arguments: good)
    func replaced(_ text: String, result: String, isExpanded: Bool) throws {
        let expanded = try expandEnvironment(in: text, environment: Self.environment)
        #expect(expanded.text == result && expanded.isExpanded == isExpanded)
    }

    static let bad: [(text: String, reason: String)] = [
        ("${NO}", "NO is not set"), ("${", "without “}”"), ("${A", "without “}”"),
        ("${}", "name of an environment variable"),
        ("${1A}", "name of an environment variable"), ("${A-d}", "“:-default}”"), ("${A:?x}", "“:-default}”"),
        ("${A B}", "“:-default}”"), ("${NO:-${A}}", "cannot itself contain"),
        ("${É}", "name of an environment variable"),
    ]

    @Test("are refused where they are malformed or unset", arguments: bad)
    func refused(_ text: String, reason: String) {
        let error = #expect(throws: ExpansionError.self) {
            try expandEnvironment(in: text, environment: Self.environment)
        }
        #expect(error?.reason.contains(reason) == true)
    }

    @Test("an unset variable is an error with line, key, name and the nearest one that is set")
    func unset() throws {
        let (text, line) = try edited("api_key: sk-top-secret-1", "api_key: ${OPENAI_KEY}")
        let found = problems(text, environment: fullEnvironment.merging(["OPENAI_KEYS": "x"]) { $1 })
        #expect(
            found.map(\.description) == [
                "r.yaml:\(line): providers[0].api_key: the environment variable OPENAI_KEY is not set, "
                    + "and no default is given (write ${OPENAI_KEY:-default}) (did you mean “OPENAI_KEYS”?)"
            ])
    }

    @Test("numbers, durations, truth values, ids and references come from the environment, quoted or not")
    func everywhere() throws {
        let text = """
            server: { port: "${PORT}" }
            privacy:
              store_content: ${STORE:-true}
              retention: ${DAYS}d
            providers: [{ id: "${P}", kind: "${KIND:-simulated}" }]
            arms: [{ id: sim, provider: "${P}", model: "${MODEL}" }]
            routes: [{ id: auto, arms: ["${ARM:-sim}"], policy: { kind: ucb1, c: "${C}" } }]
            """
        let environment = ["PORT": "81", "DAYS": "20", "P": "p", "MODEL": "m:1", "C": "1.5"]
        let configuration = try parse(text, environment: environment).configuration
        #expect(configuration.server.port == 81 && configuration.privacy.storeContent)
        #expect(configuration.privacy.retention == 20 * 86_400 * 1_000_000)
        #expect(configuration.providers[0].id == "p" && configuration.arms[0].provider == "p")
        #expect(configuration.arms[0].model == "m:1" && configuration.routes[0].policy.value("c") == 1.5)
    }

    @Test("no problem shows what the environment gave")
    func secret() {
        let text = """
            server: { host: "${S}/", port: "${S}", shutdown_grace: "${S}" }
            providers:
              - { id: "${S}!", kind: "${S}", base_url: "${S}", api_key: "${S} ${S}" }
            arms: [{ id: sim, provider: "${S}", model: m, capabilities: ["${S}"], prior: { mean: "${S}" } }]
            categories: [{ id: c, patterns: ["(${S}"] }]
            routes: [{ id: auto, arms: ["${S}"], policy: { kind: "${S}" }, affinity: "${S}" }]
            privacy: { store_content: "${S}" }
            """
        let found = problems(text, environment: ["S": "hunter2-Zq"])
        #expect(found.count >= 12)
        #expect(found.allSatisfy { !$0.description.contains("hunter2") }, "\(found.map(\.description))")
    }
}

@Suite("Durations")
struct DurationTextTests {
    @Test(
        "are a whole number and a unit",
        arguments: [
            ("500ms", 500_000), ("2s", 2_000_000), ("5m", 300_000_000), ("1h", 3_600_000_000),
            ("14d", 1_209_600_000_000),
            ("0s", 0), ("007s", 7_000_000),
        ] as [(String, Int64)])
    func good(_ text: String, _ microseconds: Int64) { #expect(DurationText.microseconds(text) == microseconds) }

    @Test(
        "are nothing else",
        arguments: [
            "", "s", "5", "-5s", "+5s", "5 s", "5S", "1.5h", "1h30m", "5us", "5w", "٣s", "99999999999999999999s",
            "9223372036854775807d",
        ])
    func bad(_ text: String) { #expect(DurationText.microseconds(text) == nil) }

    @Test("are written in the largest unit that leaves nothing over")
    func written() {
        for (text, same) in [
            ("1000ms", "1s"), ("60s", "1m"), ("90s", "90s"), ("48h", "2d"), ("25h", "25h"), ("0ms", "0s"),
            ("1500ms", "1500ms"),
        ] {
            #expect(DurationText.microseconds(text).map(DurationText.text(microseconds:)) == same)
        }
    }
}

@Suite("The nearest name")
struct NearestNameTests {
    @Test(
        "is found where it is close and not where nothing is",
        arguments: [
            ("tompson", "thompson"), ("Thompson", "thompson"), ("epsilon_greedy", "epsilon-greedy"), ("ubc1", "ucb1"),
            ("thmopson", "thompson"), ("zzz", nil), ("", nil), ("x", nil), ("fix", nil),
        ] as [(String, String?)])
    func nearest(_ written: String, _ meant: String?) {
        #expect(nearestName(to: written, among: ["thompson", "epsilon-greedy", "ucb1", "exploration"]) == meant)
    }
}
