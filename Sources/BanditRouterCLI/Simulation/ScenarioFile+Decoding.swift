import BanditCore
import Foundation
import LogFiles
import PolicySimulator
import RoutingEngine

extension ScenarioFile {
    static let keys = [
        "title", "environment", "arms", "policies", "objective", "budget", "prior", "horizon", "replications", "seed",
        "feedback", "sessions",
    ]

    /// Reads a scenario file; every problem is found, not only the first.
    static func read(path: String) throws(ConfigurationFailure) -> ScenarioFile {
        let log = ScenarioLog(file: path)
        guard let data = FileManager.default.contents(atPath: path) else {
            log.report(nil, "", "cannot be read")
            throw log.failure!
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            log.report(nil, "", "is not UTF-8")
            throw log.failure!
        }
        return try decode(text, path: path, log: log)
    }

    static func decode(_ text: String, path: String, log: ScenarioLog) throws(ConfigurationFailure) -> ScenarioFile {
        let document: YAMLDocument
        do {
            document = try YAMLDocument(text: text)
        } catch {
            log.report(error.line, "", error.reason)
            throw log.failure!
        }
        guard let root = document.root else {
            log.report(nil, "", "is empty")
            throw log.failure!
        }
        let folder = URL(filePath: path).deletingLastPathComponent().lastPathComponent
        var scenario = ScenarioFile(path: path, title: folder)
        if let section = StrictNode(node: root, path: "", log: log).section(keys: keys) {
            scenario.take(section)
        }
        if let failure = log.failure { throw failure }
        return scenario
    }

    private mutating func take(_ root: StrictMapping) {
        if let title = root["title"]?.string() { self.title = title }
        if let node = root["arms"] { arms = Self.arms(node) }
        if let node = root.required("environment") { takeEnvironment(node) }
        if let node = root.required("policies") { policies = Self.policies(node) }
        if let section = root["objective"]?.section(keys: ["dollars_per_quality", "seconds_per_quality"]) {
            objective = Objective(
                dollarsPerQuality: section["dollars_per_quality"]?.positive(),
                secondsPerQuality: section["seconds_per_quality"]?.positive())
        }
        if let node = root["budget"] { budget = Self.budget(node) }
        if let section = root["prior"]?.section(keys: ["table", "rows", "mass_per_cell"]) {
            let mass = section["mass_per_cell"]?.positive() ?? 100
            if let file = tableFile(section) { prior = (file, mass) }
        }
        takeRunning(root)
        takeFeedback(root["feedback"])
    }

    private mutating func takeRunning(_ root: StrictMapping) {
        let count = "a whole number of at least 1"
        if let node = root["horizon"] {
            if node.text() == "table" {
                horizon = .table
            } else if let rounds = node.integer(in: 1...1_000_000_000_000, "“table” or \(count)") {
                horizon = .rounds(rounds)
            }
        } else if kind != .outcomeTable {
            root.report("horizon", "is missing: only an outcome table has a length of its own")
        }
        if case .table = horizon, root["horizon"] != nil, kind != .outcomeTable {
            root.report("horizon", "“table” needs an environment of kind outcome-table")
        }
        if let node = root["replications"], let number = node.integer(in: 1...1_000_000, count) {
            replications = number
        }
        if let node = root["seed"], let number = node.integer(in: 0...Int.max, "a whole number of at least 0") {
            seed = UInt64(number)
        }
        if let section = root["sessions"]?.section(keys: ["mean_turns"]) {
            if let turns = section.required("mean_turns")?.number(in: 1...1e6, "a number of at least 1") {
                sessions = SessionModel(meanTurns: turns)
            }
        }
    }

    private static func budget(_ node: StrictNode) -> BudgetDefinition? {
        guard let section = node.section(keys: ["usd_per_request", "window", "every", "hard_cap_usd"]) else {
            return nil
        }
        let count = "a whole number of at least 1"
        guard let limit = section.required("usd_per_request")?.positive() else { return nil }
        return BudgetDefinition(
            limit: .usdPerRequest(limit), window: section["window"]?.integer(in: 1...10_000_000, count) ?? 200,
            every: section["every"]?.integer(in: 1...1_000_000, count) ?? 5,
            hardCapUSD: section["hard_cap_usd"]?.positive())
    }

    private static func arms(_ node: StrictNode) -> [Arm] {
        var arms: [Arm] = []
        for item in node.items("a list of arms") ?? [] {
            guard let section = item.section(keys: ["id", "price", "expected_tokens", "prior"]),
                let id = section.required("id")?.string()
            else { continue }
            if !OutcomeTableReader.isArmID(id) {
                section.report("id", "“\(shown(id))” is no id: an id matches [A-Za-z0-9][A-Za-z0-9._:@/+-]*")
            }
            if arms.contains(where: { $0.id == id }) { section.report("id", "the arm “\(id)” is listed twice") }
            var price: ArmPrice?
            if let own = section["price"]?.section(keys: ["input_per_million_usd", "output_per_million_usd"]),
                let input = own.required("input_per_million_usd")?.atLeastZero(),
                let output = own.required("output_per_million_usd")?.atLeastZero()
            {
                price = ArmPrice(inputPerMillionUSD: input, outputPerMillionUSD: output)
            }
            let tokens = section["expected_tokens"]?.section(keys: ["input", "output"])
            let prior = section["prior"]?.section(keys: ["mean", "strength"])
            arms.append(
                Arm(
                    id: id, line: item.line, price: price, expectedInputTokens: tokens?["input"]?.atLeastZero() ?? 150,
                    expectedOutputTokens: tokens?["output"]?.atLeastZero() ?? 300,
                    prior: ArmPrior(
                        mean: prior?["mean"]?.number(in: 0.001...0.999, "a number from 0.001 to 0.999") ?? 0.5,
                        strength: prior?["strength"]?.number(in: 0.01...1e6, "a number from 0.01 to 1000000") ?? 2)))
        }
        return arms
    }
}
