import BanditCore
import BanditRouterCLI
import Foundation
import Gateway
import QueryCategories
import RoutingEngine
import Testing

@Suite("The effective configuration")
struct EffectiveConfigurationTests {
    static let texts = [
        fullText, minimalText, ConfigurationAliasTests.text,
        ConfigurationAliasTests.text.replacing(", c: 3", with: ""), ConfigurationWarningTests.off,
    ]

    @Test("read again, it is the same configuration", arguments: texts)
    func roundTrip(_ text: String) throws {
        let configuration = try parse(text).configuration
        let written = configuration.tree(showsSecrets: true).yaml
        let again = try parse(written, environment: [:])
        #expect(again.configuration == configuration)
        #expect(again.configuration.tree(showsSecrets: true).yaml == written)
    }

    @Test("says what the file says")
    func values() throws {
        let configuration = try parse(fullText).configuration
        #expect(configuration.server.host == "127.0.0.2" && configuration.server.port == 9090)
        #expect(configuration.server.tls == TLSDefinition(certificatePath: "server.pem", privateKeyPath: "server.key"))
        #expect(configuration.providers.prefix(3).map(\.apiKey) == ["sk-top-secret-1", "sk-top-secret-2", nil])
        #expect(configuration.arms[0].capabilities == [.tools, .json, .vision])
        var price = ArmPrice(inputPerMillionUSD: 0.15, cachedInputPerMillionUSD: 0.075, outputPerMillionUSD: 0.6)
        price.cacheWriteInputPerMillionUSD = 0.2
        price.cacheWriteHourInputPerMillionUSD = 0.3
        price.audioInputPerMillionUSD = 10
        price.imageInputPerMillionUSD = 0.16
        price.reasoningPerMillionUSD = 0.7
        price.audioOutputPerMillionUSD = 20
        #expect(configuration.arms[0].price == price)
        let media = MediaTokens.fields.map { configuration.arms[0].mediaTokens[keyPath: $0.tokens] }
        #expect(media == [90, 160, 10, 250, 1500])
        let route = configuration.routes[0]
        #expect(route.halfLife == 14 * 86_400 * 1_000_000 && route.lastResort == "sim")
        #expect(route.timeouts.betweenChunks == .milliseconds(500) && route.timeouts.total == .seconds(60))
        #expect(
            route.budget == BudgetDefinition(limit: .usdPerRequest(0.00066), window: 100, every: 10, hardCapUSD: 0.1))
        #expect(route.canaryShares == ["sim": 0.05] && route.objective.secondsPerQuality == 120)
        #expect(configuration.routes[1].policy.arm == "sim")
        #expect(configuration.feedback.metrics[1].kind == .scale(minimum: 1, maximum: 5))
        #expect(configuration.feedback.metrics.map(\.silence) == [.zero, .unknown])
        #expect(
            configuration.feedback.influenceCap == 50 && configuration.feedback.groupInfluenceCap == 120
                && configuration.feedback.decideOnlyWeight == 0.5 && configuration.feedback.countsProviderFailures)
        #expect(configuration.feedback.regeneratedWithin == 45_000_000)
        #expect(configuration.feedback.allMetrics.map(\.id) == ["satisfaction", "rating", "answered", "kept"])
        #expect(configuration.categories[0].patterns == ["```", "\\bdef \\w+\\(", "^\\d+$"])
        #expect(configuration.limits.costPerDay == 12_500_000_000 && configuration.health.openFor == .seconds(60))
    }

    @Test("texts of every kind survive the way through YAML")
    func oddTexts() throws {
        let texts = [
            "yes", "null", "~", "1", "0x1", "1.5", "true", "- a", "a: b", "a #b", "#", "'", "\"", "\\", "$", "$$",
            "${X}", "$${X}",
            "é😀\u{2028}x", " space ", "tab\there", "line\nbreak\r\n", "{a}", "[a]", "*a", "&a", "!a", "%", "@", "`",
            "=", "<<",
            "\u{85}", "x\u{FEFF}", "plain", "x-y/z+1.0", String(repeating: "long ", count: 50),
        ]
        var configuration = try parse(minimalText).configuration
        configuration.categories = texts.enumerated().map {
            .init(id: "c\($0.offset)", description: $0.element, examples: [$0.element, "next"])
        }
        let written = configuration.tree(showsSecrets: true).yaml
        #expect(try parse(written, environment: [:]).configuration == configuration)
    }

    @Test("masks every secret, and so do descriptions of values")
    func secrets() throws {
        let configuration = try parse(fullText).configuration
        let shown = [
            configuration.tree().yaml, configuration.tree().json, "\(configuration)", String(reflecting: configuration),
            "\(configuration.providers)",
        ]
        for text in shown { #expect(!text.contains("top-secret")) }
        #expect(configuration.tree().yaml.contains("api_key: \"\(maskedSecret)\""))
    }

    @Test("is JSON, too")
    func json() throws {
        let configuration = try parse(fullText).configuration
        let object = try JSONSerialization.jsonObject(with: Data(configuration.tree().json.utf8)) as? [String: Any]
        let server = object?["server"] as? [String: Any]
        #expect(server?["port"] as? Int == 9090 && server?["shutdown_grace"] as? String == "15s")
        let routes = object?["routes"] as? [[String: Any]]
        #expect((routes?[0]["budget"] as? [String: Any])?["usd_per_request"] as? Double == 0.00066)
    }

    @Test("check reports a bad file in words and as JSON")
    func badReport() throws {
        let text = minimalText + "stor: 1\nfeedback: { window: \"${W}\" }\n"
        try withFile(Array(text.utf8)) { path in
            let report = ConfigurationReport(path: path, environment: [:])
            #expect(report.yaml.isEmpty && report.problems.count == 2)
            #expect(
                report.messages.hasPrefix(
                    "\(path):4: stor: unknown key (did you mean “store”?)\n\(path):5: feedback.window: "))
            let object = try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any]
            #expect(object?["valid"] as? Bool == false && object?["configuration"] == nil)
            let first = (object?["problems"] as? [[String: Any]])?.first
            #expect(
                first?["line"] as? Int == 4 && first?["key"] as? String == "stor"
                    && first?["suggestion"] as? String == "store")
        }
    }

    @Test("check reports a good file with its warnings")
    func goodReport() throws {
        let text = minimalText.replacing("id: auto", with: "id: other")
        try withFile(Array(text.utf8)) { path in
            let report = ConfigurationReport(path: path, environment: [:])
            // How many files may be open is the machine's to say.
            #expect(report.problems.isEmpty)
            #expect(report.warnings.map(\.code).filter { $0 != .fewFiles } == [.noDefaultRoute])
            #expect(report.messages.contains("warning: \(path):3: routes[0].id: no route is called “auto”"))
            #expect(report.yaml.contains("host: \"127.0.0.1\"\n  port: 8080\n"))
            let object = try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any]
            #expect(object?["valid"] as? Bool == true && (object?["configuration"] as? [String: Any])?["arms"] != nil)
        }
    }
}
