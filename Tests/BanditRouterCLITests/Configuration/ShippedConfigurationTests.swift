import BanditCore
import BanditRouterCLI
import Foundation
import Gateway
import QueryCategories
import RoutingEngine
import Testing

@Suite("The files in Config")
struct ShippedConfigurationTests {
    static func load(_ name: String, _ environment: [String: String] = [:]) throws -> (
        configuration: RouterConfiguration, warnings: [ConfigurationWarning]
    ) {
        try loadConfiguration(path: packageRoot.appending(path: "Config/\(name)").path, environment: environment)
    }

    @Test("router.yaml starts without any key, on loopback, with the simulated model")
    func router() throws {
        let (configuration, warnings) = try Self.load("router.yaml")
        #expect(configuration.server.isLoopback && configuration.providers.map(\.kind) == [.simulated])
        #expect(configuration.routes.map(\.id) == ["auto"] && configuration.routes[0].arms == ["sim-small"])
        #expect(Set(warnings.map(\.code)).isSubset(of: [.providerOff, .noEffect]))
    }

    @Test("router.yaml with keys serves the real models")
    func routerWithKeys() throws {
        let environment = ["OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-2"]
        let (configuration, warnings) = try Self.load("router.yaml", environment)
        #expect(configuration.routes[0].arms == ["gpt-4o-mini", "gpt-4o", "claude-3-5-haiku", "sim-small"])
        #expect(configuration.providers.map(\.apiKey) == ["sk-1", "sk-2", nil])
        #expect(warnings.map(\.code) == [.simulatedArm])
    }

    @Test("demo.yaml is good without a warning")
    func demo() throws {
        let (configuration, warnings) = try Self.load("demo.yaml")
        #expect(warnings.isEmpty, "\(warnings)")
        #expect(configuration.routes[0].arms == ["sim-small", "sim-medium", "sim-large"])
        #expect(configuration.categories.map(\.id) == ["code", "math", "writing", "chat"])
    }

    static let prompts: [(String, String)] = [
        ("Fix this python function, it raises KeyError when the user is missing", "code"),
        ("write a SQL query that counts orders per customer for the last 30 days", "code"),
        ("Why does my Swift code say 'expression too complex' here?", "code"),
        ("unit test for a function that parses ISO dates", "code"),
        ("what does this regex match: ^[a-z]+\\d{2,}$ and where is the bug?", "code"),
        ("Solve the equation 3x^2 - 12x + 9 = 0 step by step", "math"),
        ("what is the probability of two sixes in three dice rolls", "math"),
        ("integral of x * exp(-x) from 0 to infinity?", "math"), ("calculate 17% of 2,430 and round to cents", "math"),
        ("Prove that the sum of two odd numbers is even", "math"), ("what is 12 * 7", "math"),
        ("write a short poem about the first snow in the city", "writing"),
        ("Draft an email that politely declines a meeting on Friday", "writing"),
        ("story about a lighthouse keeper who is afraid of the dark, 200 words", "writing"),
        ("rewrite this paragraph so it sounds friendlier", "writing"),
        ("a slogan for a bakery that opens at 4 am", "writing"),
        ("hi, how are you today?", "chat"), ("thanks, that helped a lot!", "chat"), ("tell me something nice", "chat"),
        ("what should I cook tonight, I have eggs and rice", "chat"),
        ("good morning! any plans for the weekend?", "chat"),
        ("the mitochondrion is an organelle", "general"),
    ]

    @Test("the demo's patterns recognise what its users ask", arguments: prompts)
    func patterns(_ prompt: String, _ category: String) throws {
        let categorizer = try Categorizer(categories: Self.load("demo.yaml").configuration.categories)
        #expect(try categorizer.classify(QueryFeatures(userText: prompt)).id == category)
    }
}
