import BanditCore
import Foundation
import LogFiles
import OffPolicy
import PolicySimulator
import QueryCategories
import RoutingEngine

extension ScenarioBuilder {
    /// Reads a table, and of it the rows asked for.
    func read(_ named: ScenarioFile.TableFile) throws -> OutcomeTable {
        let table: OutcomeTable
        do {
            table = try OutcomeTableReader.read(path: named.path)
        } catch {
            // Where the file cannot be opened at all, it is the scenario that names a wrong one.
            guard error.line == nil, error.field == "file" else { throw error }
            log.report(named.line, "table", "\(named.path): \(error.reason)")
            throw log.failure!
        }
        guard table.modelCount < 2 || table.hasComparisons else {
            throw InputError(
                file: named.path, field: "score",
                reason:
                    "no prompt has a known score of two models: that is a log of what was chosen, not a table of what every model would "
                    + "have earned; write it as a decision log with propensities and judge it with `bandit-router evaluate`"
            )
        }
        warn(of: table, named.path)
        guard let selection = named.rows else { return table }
        let rows = table.promptIDs.indices.filter { selection.contains(table.promptIDs[$0]) }
        if rows.isEmpty {
            log.report(named.line, "rows", "leave nothing of \(named.path)")
            try check()
        }
        return table.selecting(rows: rows)
    }

    /// Says on stderr what of a table will not do what it seems to.
    private func warn(of table: OutcomeTable, _ path: String) {
        var warnings: [String] = []
        if !table.ignoredColumns.isEmpty {
            let names = table.ignoredColumns.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
            warnings.append(
                "columns that are not read: \(names) (known are prompt_id, category, subcategory, prompt, prompt_chars, and score, cost, "
                    + "lat, ptok and ctok before |MODEL)")
        }
        var seen: Set<String> = []
        let categories = (table.categories ?? []).filter { seen.insert($0).inserted }
        if let sentence = LogWarnings.ofNames(categories, what: "categories") { warnings.append(sentence) }
        if let sentence = LogWarnings.ofNames(table.models, what: "models") { warnings.append(sentence) }
        for warning in warnings {
            FileHandle.standardError.write(Data("warning: \(path): \(warning)\n".utf8))
        }
    }

    func buildTable() throws -> BuiltScenario {
        guard let named = file.table else { preconditionFailure("the scenario was checked") }
        let raw = try read(named.file)
        let ids = file.arms.isEmpty ? raw.models : file.arms.map(\.id)
        for arm in file.arms where !raw.models.contains(arm.id) {
            log.report(
                arm.line, "arms", "the table has no model “\(shown(arm.id))”",
                suggestion: nearestName(to: arm.id, among: raw.models))
        }
        if ids.count > ArmSet.capacity {
            log.report(named.file.line, "environment.table", "has more than \(ArmSet.capacity) models")
        }
        try check()
        let table = try complete(
            raw.selecting(models: ids.map { raw.models.firstIndex(of: $0) }, names: ids), in: named.file)
        let warmRaw = try file.warmUp.map(read)
        let warmTable = try warmRaw.map { raw in
            try complete(
                raw.selecting(models: ids.map { raw.models.firstIndex(of: $0) }, names: ids),
                in: file.warmUp ?? named.file)
        }
        let priorTable = try file.prior.map { try read($0.file) }
        let mapping = try categories(named.categories, of: [table, warmTable, priorTable].compactMap { $0 })
        var rows = mapping.rows[...]
        func take() -> [Int] { rows.removeFirst() }
        let environment = TableEnvironment(
            table: table, categories: mapping.names, categoryOfRow: take(),
            orders: try named.orders.map { try orders($0, of: table) })
        let warmUp = warmTable.map { TableEnvironment(table: $0, categories: mapping.names, categoryOfRow: take()) }
        let prior = priorTable.map { table in
            ImportedPrior(
                table: table, categoryOfRow: take(), categories: mapping.names.count,
                arms: ids.map { table.models.firstIndex(of: $0) }, mass: file.prior?.mass ?? 100)
        }
        requireKnown(table.costsUSD, table.latencyMS)
        var horizon = environment.passLength ?? table.rowCount
        if case .rounds(let rounds) = file.horizon { horizon = rounds }
        return try assemble(
            environment: environment, warmUp: warmUp, prior: prior, horizon: horizon, graded: table.isGraded,
            feedback: file.feedback, guessedCosts: file.usesMeanCostsAsPrices ? meanCosts(of: table) : [:])
    }

    /// Fills unknown costs from the price list; refuses prompts that no arm has a score for.
    private func complete(_ table: OutcomeTable, in named: ScenarioFile.TableFile) throws -> OutcomeTable {
        for row in 0..<table.rowCount
        where (0..<table.modelCount).allSatisfy({ table.score(row: row, model: $0).isNaN }) {
            log.report(named.line, "environment.table", "no arm has a score for the prompt \(table.promptIDs[row])")
            try check()
        }
        guard file.arms.contains(where: { $0.price != nil }) else { return table }
        var table = table
        var costs = table.costsUSD ?? [Double](repeating: .nan, count: table.scores.count)
        for (model, id) in table.models.enumerated() {
            guard let arm = file.arms.first(where: { $0.id == id }), let price = arm.price else { continue }
            for row in 0..<table.rowCount where costs[row * table.modelCount + model].isNaN {
                let cell = row * table.modelCount + model
                func known(_ tokens: [Double]?, _ expected: Double) -> Double {
                    tokens.map { $0[cell].isNaN ? expected : $0[cell] } ?? expected
                }
                costs[cell] =
                    (known(table.promptTokens, arm.expectedInputTokens) * price.inputPerMillionUSD
                        + known(table.completionTokens, arm.expectedOutputTokens) * price.outputPerMillionUSD) / 1e6
            }
        }
        table.costsUSD = costs
        return table
    }

    /// What each model's requests cost on average, by model; those of unknown cost are left out.
    private func meanCosts(of table: OutcomeTable) -> [String: Double] {
        var means: [String: Double] = [:]
        for (model, id) in table.models.enumerated() {
            let known = (0..<table.rowCount).map { table.costUSD(row: $0, model: model) }.filter { !$0.isNaN }
            if !known.isEmpty { means[id] = known.reduce(0, +) / Double(known.count) }
        }
        return means
    }

    /// The categories of all tables' prompts, and each table's rows in them.
    private func categories(
        _ kind: ScenarioFile.Categories, of tables: [OutcomeTable]
    ) throws -> (names: [String], rows: [[Int]]) {
        switch kind {
        case .none: return (["general"], tables.map { [Int](repeating: 0, count: $0.rowCount) })
        case .column:
            let columns = try tables.map { table in
                guard let column = table.categories else {
                    log.report(
                        nil, "environment.categories",
                        "“column” needs a table with a column “category” (or say none, or clusters)")
                    throw log.failure!
                }
                return column
            }
            let names = Set(columns.joined()).sorted()
            let positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
            return (names, columns.map { $0.compactMap { positions[$0] } })
        case .clusters(let count, let fit, let seed, let line):
            let texts = try tables.map { try prompts(of: $0, "clusters") }
            let fitted = try fit.map { try prompts(of: try read(.init(path: $0, line: line)), "clusters") }
            // Without a file of its own, clusters are fitted on the latest of the tables: the prior's, the warm-up's, the
            // table itself.
            let clusters: PromptClusters
            do {
                clusters = try PromptClusters(fitting: fitted ?? texts[texts.count - 1], count: count, seed: seed)
            } catch {
                log.report(line, "environment.categories.clusters", "\(error)")
                throw log.failure!
            }
            return (clusters.names, texts.map { $0.map(clusters.assign) })
        case .classifier(let path, let line):
            guard let data = FileManager.default.contents(atPath: path) else {
                log.report(line, "environment.categories.classifier", "\(path) cannot be read")
                throw log.failure!
            }
            let model: CategoryModel
            do {
                model = try CategoryModel(decoding: Array(data))
            } catch {
                log.report(line, "environment.categories.classifier", "\(path): \(error)")
                throw log.failure!
            }
            let rows = try tables.map { table in
                try prompts(of: table, "a classifier").map { text in
                    let probabilities = model.probabilities(of: text)
                    return probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
                }
            }
            return (model.labels, rows)
        }
    }

    private func prompts(of table: OutcomeTable, _ what: String) throws -> [String] {
        guard let prompts = table.prompts else {
            log.report(nil, "environment.categories", "\(what) need a table with a column “prompt”")
            throw log.failure!
        }
        return prompts
    }

    /// One JSON array of prompt ids a line.
    private func orders(_ named: ScenarioFile.TableFile, of table: OutcomeTable) throws -> [[Int]] {
        let positions = Dictionary(uniqueKeysWithValues: table.promptIDs.enumerated().map { ($1, $0) })
        let reader = try LineReader(path: named.path)
        var orders: [[Int]] = []
        while let line = try reader.next() {
            guard !line.bytes.isEmpty else { continue }
            guard let ids = try? JSONDecoder().decode([String].self, from: Data(line.bytes)) else {
                throw InputError(
                    file: named.path, line: line.number, field: "order", reason: "is no JSON array of prompt ids")
            }
            let rows = try ids.map { id in
                guard let row = positions[id] else {
                    throw InputError(
                        file: named.path, line: line.number, field: "order",
                        reason: "the table has no prompt “\(shown(id))”")
                }
                return row
            }
            if let first = orders.first, first.count != rows.count {
                throw InputError(
                    file: named.path, line: line.number, field: "order",
                    reason: "has \(rows.count) prompts where the first order has \(first.count)")
            }
            if rows.isEmpty {
                throw InputError(file: named.path, line: line.number, field: "order", reason: "is empty")
            }
            orders.append(rows)
        }
        if orders.isEmpty { throw InputError(file: named.path, field: "order", reason: "the file has no orders") }
        return orders
    }
}
