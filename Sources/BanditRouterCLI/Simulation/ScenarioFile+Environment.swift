import BanditCore
import Foundation
import PolicySimulator
import RoutingEngine

extension ScenarioFile {
    private static let tableKeys = ["table", "rows", "categories", "orders", "warm_up"]
    private static let syntheticKeys = [
        "categories", "means", "deviations", "drift", "costs_usd", "cost_spread", "latency_ms", "latency_spread",
    ]
    private static let logKeys = ["log", "skip_invalid", "route", "config"]

    mutating func takeEnvironment(_ node: StrictNode) {
        let all = ["kind", "perturbations"] + Self.tableKeys + Self.syntheticKeys + Self.logKeys
        guard let section = node.section(keys: all) else { return }
        guard let word = section.required("kind")?.choice(EnvironmentKind.allCases.map(\.rawValue)),
            let kind = EnvironmentKind(rawValue: word)
        else { return }
        self.kind = kind
        let allowed: [String] =
            switch kind {
            case .outcomeTable: Self.tableKeys
            case .decisionLog: Self.logKeys
            case .bernoulli: Self.syntheticKeys.filter { $0 != "deviations" && $0 != "drift" }
            case .gaussian: Self.syntheticKeys.filter { $0 != "drift" }
            case .drifting: Self.syntheticKeys.filter { $0 != "deviations" }
            }
        for key in Set(all).subtracting(allowed).subtracting(["kind", "perturbations"]).sorted()
        where section[key] != nil {
            section.report(key, "has no meaning in an environment of kind \(kind.rawValue)")
        }
        switch kind {
        case .outcomeTable: takeTable(section)
        case .decisionLog: takeLog(section)
        case .bernoulli, .gaussian, .drifting: takeSynthetic(section)
        }
        if let node = section["perturbations"] { takePerturbations(node) }
    }

    /// The path of a file: `${NAME:-default}` comes from the environment, and the rest is relative to the scenario's folder.
    func resolve(_ node: StrictNode) -> String? {
        guard let written = node.string("the name of a file") else { return nil }
        do {
            let expanded = try expandEnvironment(in: written, environment: ProcessInfo.processInfo.environment)
            return resolve(expanded.text)
        } catch {
            node.report(error.reason, suggestion: error.suggestion)
            return nil
        }
    }

    private func resolve(_ name: String) -> String {
        name.hasPrefix("/") ? name : URL(filePath: path).deletingLastPathComponent().appending(path: name).path()
    }

    /// `table` and `rows` of a section.
    func tableFile(_ section: StrictMapping) -> TableFile? {
        guard let node = section.required("table"), let path = resolve(node) else { return nil }
        return TableFile(path: path, line: node.line, rows: section["rows"].flatMap(Self.rows))
    }

    /// `{ modulus: 4, parts: [0, 1] }`.
    private static func rows(_ node: StrictNode) -> RowSelection? {
        guard let section = node.section(keys: ["modulus", "parts"]),
            let modulus = section.required("modulus")?.integer(in: 1...1_000_000, "a whole number of at least 1")
        else { return nil }
        let parts = section.required("parts")?.items("a list of whole numbers")?.compactMap {
            $0.integer(in: 0...(modulus - 1), "a whole number from 0 to \(modulus - 1)")
        }
        return parts.map { RowSelection(modulus: modulus, parts: $0) }
    }

    private mutating func takeTable(_ section: StrictMapping) {
        guard let file = tableFile(section) else { return }
        var categories = Categories.column
        if let node = section["categories"] {
            if node.isScalar {
                if node.choice(["column", "none"]) == "none" { categories = .none }
            } else if let own = node.section(keys: ["classifier", "clusters"]) {
                if let model = own["classifier"], let path = resolve(model) {
                    categories = .classifier(path, line: model.line)
                } else if let clusters = own["clusters"]?.section(keys: ["k", "fit", "seed"]) {
                    let count = clusters.required("k")?.integer(in: 1...1000, "a whole number from 1 to 1000")
                    let seed = clusters["seed"]?.integer(in: 0...Int.max, "a whole number of at least 0") ?? 0
                    let fit = clusters["fit"].flatMap { resolve($0) }
                    categories = .clusters(
                        count: count ?? 1, fit: fit, seed: UInt64(seed), line: clusters["fit"]?.line ?? clusters.line)
                }
            }
        }
        var orders: TableFile?
        if let node = section["orders"], let path = resolve(node) {
            orders = TableFile(path: path, line: node.line)
        }
        table = Table(file: file, categories: categories, orders: orders)
        if let node = section["warm_up"] {
            if node.isScalar {
                warmUp = resolve(node).map { TableFile(path: $0, line: node.line) }
            } else if let own = node.section(keys: ["table", "rows"]) {
                warmUp = tableFile(own)
            }
        }
    }

    private mutating func takeLog(_ section: StrictMapping) {
        guard let node = section.required("log"), let path = resolve(node) else { return }
        let skip = section["skip_invalid"]?.integer(in: 0...Int.max, "a whole number of at least 0") ?? 0
        logged = Log(
            file: TableFile(path: path, line: node.line), skipInvalid: skip, route: section["route"]?.string(),
            configuration: section["config"].flatMap { resolve($0) })
    }

    private mutating func takeSynthetic(_ section: StrictMapping) {
        var categories = ["general"]
        var weights = [1.0]
        if let node = section["categories"] {
            guard let items = node.items("a list of categories") else { return }
            categories = []
            weights = []
            for item in items {
                if item.isScalar, let id = item.string() {
                    categories.append(id)
                    weights.append(1)
                } else if let own = item.section(keys: ["id", "weight"]), let id = own.required("id")?.string() {
                    categories.append(id)
                    weights.append(own["weight"]?.positive() ?? 1)
                }
            }
            if categories.isEmpty { return node.report("must have at least one category") }
            if Set(categories).count < categories.count { return node.report("lists a category twice") }
        }
        guard let means = section.required("means"), let listed = means.openSection("a mean for every arm") else {
            return
        }
        var arms = self.arms.map(\.id)
        if arms.isEmpty { arms = listed.map(\.key) }
        guard !arms.isEmpty, arms.count <= ArmSet.capacity else {
            return means.report("must have from 1 to \(ArmSet.capacity) arms")
        }
        let cells = CellNumbers(categories: categories, arms: arms)
        guard let reward = cells.read(means, in: 0...1, "a number from 0 to 1") else { return }
        let positive = 0...Double.greatestFiniteMagnitude
        let listCosts = cells.listCosts(self.arms)
        let costs = section["costs_usd"].map { cells.read($0, in: positive, "a number of at least 0") ?? listCosts }
        let latencies = section["latency_ms"].flatMap { cells.read($0, in: positive, "a number of at least 0") }
        var deviations: [Double] = []
        if kind == .gaussian {
            let range = Double.leastNormalMagnitude...1e6
            deviations =
                section["deviations"].flatMap { cells.read($0, in: range, "a number above 0") }
                ?? reward.map { _ in 0.1 }
        }
        synthetic = Synthetic(
            categories: categories, weights: weights, arms: arms,
            means: CellMeans(reward: reward, costUSD: costs ?? listCosts, latencyMS: latencies), deviations: deviations,
            drifts: section["drift"].map { drifts($0, cells) } ?? [],
            costSpread: section["cost_spread"]?.atLeastZero() ?? 0,
            latencySpread: section["latency_spread"]?.atLeastZero() ?? 0)
    }

    private func drifts(_ node: StrictNode, _ cells: CellNumbers) -> [Drift] {
        var drifts: [Drift] = []
        let round = "a whole number of at least 0"
        for item in node.items("a list of drifts") ?? [] {
            guard
                let section = item.section(
                    keys: ["kind", "at", "from", "until", "means", "period", "amplitude", "phases"]),
                let kind = section.required("kind")?.choice(["abrupt", "gradual", "seasonal"])
            else { continue }
            let share = "a number from 0 to 1"
            switch kind {
            case "abrupt":
                if let at = section.required("at")?.integer(in: 0...Int.max, round),
                    let means = section.required("means").flatMap({ cells.read($0, in: 0...1, share) })
                {
                    drifts.append(.abrupt(at: at, means: means))
                }
            case "gradual":
                if let from = section.required("from")?.integer(in: 0...Int.max, round),
                    let until = section.required("until")?.integer(in: from...Int.max, "not before “from”"),
                    let means = section.required("means").flatMap({ cells.read($0, in: 0...1, share) })
                {
                    drifts.append(.gradual(from: from, until: until, means: means))
                }
            default:
                if let period = section.required("period")?.positive(),
                    let amplitude = section.required("amplitude")?.share()
                {
                    let even = (0..<cells.arms.count).map { Double($0) / Double(cells.arms.count) }
                    drifts.append(
                        .seasonal(
                            period: period, amplitude: amplitude,
                            phases: section["phases"].flatMap { cells.byArm($0, in: -1e6...1e6, "a number") } ?? even))
                }
            }
        }
        return drifts
    }
}

/// Reads numbers by arm, or by arm and category: `{ a: 0.5, b: { code: 0.7, chat: 0.2 } }`.
struct CellNumbers {
    let categories: [String]
    let arms: [String]

    /// `[category][arm]`; nil, and problems, where a cell is missing.
    func read(_ node: StrictNode, in range: ClosedRange<Double>, _ expectation: String) -> [Double]? {
        if node.isScalar {
            return node.number(in: range, expectation).map {
                [Double](repeating: $0, count: categories.count * arms.count)
            }
        }
        guard let listed = named(node, arms, "arm") else { return nil }
        var values = [Double](repeating: 0, count: categories.count * arms.count)
        for (k, value) in listed.enumerated() {
            if value.isScalar {
                guard let number = value.number(in: range, expectation) else { return nil }
                for g in categories.indices { values[g * arms.count + k] = number }
            } else {
                guard let own = named(value, categories, "category") else { return nil }
                for (g, cell) in own.enumerated() {
                    guard let number = cell.number(in: range, expectation) else { return nil }
                    values[g * arms.count + k] = number
                }
            }
        }
        return values
    }

    /// `[arm]`.
    func byArm(_ node: StrictNode, in range: ClosedRange<Double>, _ expectation: String) -> [Double]? {
        guard let listed = named(node, arms, "arm") else { return nil }
        let values = listed.compactMap { $0.number(in: range, expectation) }
        return values.count == arms.count ? values : nil
    }

    /// Costs by the price list, `[category][arm]`; NaN without a price.
    func listCosts(_ listed: [ScenarioFile.Arm]) -> [Double] {
        let own = arms.map { id in listed.first { $0.id == id }?.expectedCostUSD ?? .nan }
        return categories.flatMap { _ in own }
    }

    /// The values of the given names, in their order; problems for those that are missing or unknown.
    private func named(_ node: StrictNode, _ names: [String], _ what: String) -> [StrictNode]? {
        guard let listed = node.openSection("a number, or one for every \(what)") else { return nil }
        var isGood = true
        for (key, value) in listed where !names.contains(key) {
            value.log.report(
                value.line, value.path, "there is no \(what) “\(shown(key))”",
                suggestion: nearestName(to: key, among: names))
            isGood = false
        }
        let values = names.compactMap { name in listed.first { $0.key == name }?.value }
        if values.count < names.count, isGood {
            let missing = names.filter { name in !listed.contains { $0.key == name } }
            node.report("is missing the \(what) “\(missing[0])”")
            return nil
        }
        return isGood ? values : nil
    }
}
