import Foundation
package import OffPolicy

/// Makes an outcome table of a benchmark's results. Tables are as large in memory as they are; a conversion that fails leaves no file.
package struct TableConversion {
    package let kind: String
    package var mapping: TableMapping
    package var scale = RewardScale.identity
    /// The metric that is the score, where there are several.
    package var score: String?

    package init(kind: String, mapping: TableMapping) {
        self.kind = kind
        self.mapping = mapping
    }

    /// Converts files: of kinds whose rows do not name the model, `MODEL=PATH` or a path that names it.
    package func run(inputs: [String], output: String) throws(InputError) -> ConversionReport {
        var report = ConversionReport()
        report.output = output
        var draft = TableDraft()
        for input in inputs {
            let (model, path) = Self.named(input)
            try read(path, model: model, into: &draft, &report)
        }
        guard draft.cellCount > 0 else {
            let reasons = report.dropped.map { "\($0.count) \($0.reason)" }.joined(separator: "; ")
            throw InputError(file: inputs[0], field: "rows", reason: "none has a score: \(reasons)")
        }
        if let clash = draft.clash {
            throw InputError(file: inputs[0], field: "model", reason: "two models become the arm id \(clash)")
        }
        try writingWhole(output) { path throws(InputError) in
            let writer = try GzipWriter(path: path, isZipped: output.hasSuffix(".gz"))
            try draft.write(to: writer)
            try writer.close()
        }
        report.written = draft.prompts.count
        report.withReward = draft.completePrompts
        report.arms = draft.models
        for note in mapping.notes { report.note(note) }
        if draft.cellCount == draft.prompts.count, draft.models.count > 1 {
            report.note(
                "every prompt has the score of one model only: that is the log of one router without probabilities, not a table of what "
                    + "all would have earned. No policy can be simulated on it")
        } else if draft.completePrompts < draft.prompts.count {
            report.note(
                "\(draft.prompts.count - draft.completePrompts) prompts lack the score of some model; cells that are not known are empty"
            )
        }
        return report
    }

    /// `MODEL=PATH`, where the part before the sign is no folder and the whole no file.
    private static func named(_ input: String) -> (model: String?, path: String) {
        guard let sign = input.firstIndex(of: "="), !input[..<sign].contains("/"),
            !FileManager.default.fileExists(atPath: input)
        else { return (nil, input) }
        return (String(input[..<sign]), String(input[input.index(after: sign)...]))
    }

    /// What a path says of the model: `…model=NAME,…` of a run's folder, else what follows the task in `samples_TASK_MODEL`, else the
    /// file's or its folder's name.
    static func model(ofPath path: String) -> String {
        let url = URL(filePath: path)
        let folder = url.deletingLastPathComponent().lastPathComponent
        var stem = url.lastPathComponent
        for suffix in [".gz", ".jsonl", ".json", ".csv"] where stem.hasSuffix(suffix) { stem.removeLast(suffix.count) }
        if let match = path.firstMatch(of: /model=([^,\/]+)/) { return String(match.output.1) }
        if stem.hasPrefix("samples_") {
            // The harness writes samples_TASK_TIME into a folder that is named for the model.
            let rest = stem.dropFirst("samples_".count)
            if rest.contains(/_\d{4}-\d\d-\d\dT/), folder != "/", !folder.isEmpty { return folder }
            return rest.split(separator: "_").last.map(String.init) ?? stem
        }
        return ["per_instance_stats", "stats", "results"].contains(stem) && folder != "/" ? folder : stem
    }

    // MARK: Reading

    private func read(
        _ path: String, model: String?, into draft: inout TableDraft, _ report: inout ConversionReport
    ) throws(InputError) {
        let reader = try ForeignReader(path: path, marks: mapping.marks, containers: mapping.containers)
        var faults = FaultTally(file: path)
        var written = WrittenRewards()
        var columns: Columns?
        var variant: String?
        let ownModel = mapping.isModelTheFile ? model ?? Self.model(ofPath: path) : nil
        while let row = try reader.next() {
            report.read += 1
            if columns == nil {
                columns = try Columns(row, self, path, names: reader.names)
            }
            if let exclusion = mapping.exclusions.first(where: { $0.applies(to: row) }) {
                report.drop(exclusion.reason)
                continue
            }
            if let path = mapping.variant, mapping.isModelTheFile, let value = row[path]?.text {
                variant = variant ?? value
                if value != variant {
                    report.drop("\(path) is \(value), and \(variant!) is taken")
                    continue
                }
            }
            let prompt = TableDraft.Prompt(
                id: mapping.value(.id, of: row)?.text ?? mapping.value(.prompt, of: row)?.text.map(Self.key)
                    ?? "row-\(row.number)",
                category: mapping.value(.category, of: row)?.text, text: mapping.value(.prompt, of: row)?.text)
            var rowFaults: [RowFault] = []
            for cell in columns!.cells(row, ownModel) {
                written.add(cell.score ?? .nan)
                guard let score = cell.score else {
                    report.drop("no score (\(cell.field))")
                    continue
                }
                do throws(RowFault) {
                    var outcome = cell.outcome
                    outcome.score = try scale.reward(score)
                    for value in [outcome.costUSD, outcome.latencyMS, outcome.promptTokens, outcome.completionTokens] {
                        if let value { try RowRules.check(notNegative: value, field: "cost, tokens or latency") }
                    }
                    if !draft.add(prompt, model: cell.model, outcome) {
                        report.drop("another result of the same prompt and model")
                    }
                } catch {
                    rowFaults.append(RowFault(field: cell.field, error.sort, reason: error.reason))
                }
            }
            guard draft.cellCount <= TableDraft.cellLimit else {
                throw InputError(
                    file: path, line: row.number, field: "file", reason: "more than \(TableDraft.cellLimit) results")
            }
            if !rowFaults.isEmpty { faults.add(rowFaults, line: row.number, countsRows: row.countsRows) }
        }
        report.drop("no JSON object", count: reader.unreadableCount)
        if let remedy = written.remedy() { faults.remarkAll(remedy, .range) }
        if let error = InputError(joining: [reader.broken.error(), faults.error()]) { throw error }
        if columns == nil { throw InputError(file: path, field: "rows", reason: "there are none") }
    }

    /// A prompt's own text is its id where it has none; long ones are told apart by a hash.
    private static func key(_ text: String) -> String {
        guard text.utf8.count > 60 || text.contains("\n") else { return text }
        let identity = DecisionIdentity(text)
        return "prompt-" + String(identity.low, radix: 16)
    }

    /// Which columns hold results, found out at the first row.
    private struct Columns {
        struct Found {
            let model: String
            let field: String
            let score: Double?
            var outcome: TableDraft.Cell
        }

        let conversion: TableConversion
        var models: [String] = []
        /// Members that are metrics, for rows that name theirs.
        var metric: String?

        init(_ row: ForeignRow, _ conversion: TableConversion, _ path: String, names ordered: [String]?)
            throws(InputError)
        {
            self.conversion = conversion
            let all = Set(row.names)
            func missing(_ what: String) -> InputError {
                let present = (ordered ?? all.sorted()).prefix(30).joined(separator: ", ")
                var reason = "\(what); the rows have \(present)"
                if let known = ForeignKind.recognised(all), known != conversion.kind {
                    reason += "; this looks like --from \(known)"
                }
                return InputError(file: path, line: row.number, field: "score", reason: reason)
            }
            if let refusal = ForeignKind.refusal(all) { throw InputError(file: path, field: "file", reason: refusal) }
            let names = ordered ?? row.names
            switch conversion.mapping.shape {
            case .columnsWithCosts:
                let suffix = "|total_cost"
                models = names.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
                if models.isEmpty { throw missing("no column MODEL|total_cost") }
            case .columnsBut(let others):
                models = names.filter { !others.contains($0) }
                if models.isEmpty { throw missing("no column of a model") }
            case .table:
                models = names.filter { $0.hasPrefix("score|") }.map { String($0.dropFirst("score|".count)) }
                if models.isEmpty,
                    conversion.mapping.value(.model, of: row) == nil || conversion.mapping.value(.score, of: row) == nil
                {
                    throw missing(
                        "neither columns score|MODEL nor a column with the model and one with its score (--map model=NAME --map score=NAME)"
                    )
                }
            case .long:
                if let statistics = conversion.mapping.statistics {
                    metric = try Self.statistic(row, statistics, conversion.score, missing)
                } else if conversion.mapping.isModelTheFile {
                    let metrics = row["metrics"]?.elements?.compactMap(\.text) ?? ["acc", "exact_match", "acc_norm"]
                    metric = conversion.score ?? metrics.first { row[$0]?.number != nil }
                    guard let metric, row[metric]?.number != nil else {
                        throw missing("no metric \(conversion.score ?? metrics.joined(separator: " or "))")
                    }
                } else if conversion.mapping.value(.model, of: row) == nil
                    || conversion.mapping.value(.score, of: row) == nil
                {
                    let wanted = [conversion.mapping.paths[.model], conversion.mapping.paths[.score]].compactMap {
                        $0?.first
                    }
                    throw missing("no \(wanted.joined(separator: " and "))")
                }
            }
        }

        private static func statistic(
            _ row: ForeignRow, _ path: (list: String, name: String, value: String), _ wanted: String?,
            _ missing: (String) -> InputError
        ) throws(InputError) -> String {
            let names = (row[path.list]?.elements ?? []).compactMap { element -> String? in
                guard case .json(let value) = element else { return nil }
                return ForeignRow(object: value, number: 0, countsRows: false)[path.name]?.text
            }
            let known = ["exact_match", "quasi_exact_match", "prefix_exact_match", "f1_score"]
            guard let name = wanted ?? known.first(where: names.contains), names.contains(name) else {
                throw missing(
                    "no statistic \(wanted ?? known[0]) among \(names.prefix(30).joined(separator: ", ")) (--score names one)"
                )
            }
            return name
        }

        func cells(_ row: ForeignRow, _ ownModel: String?) -> [Found] {
            let mapping = conversion.mapping
            if !models.isEmpty {
                return models.map { model in
                    var outcome = TableDraft.Cell()
                    var field = model
                    switch mapping.shape {
                    case .columnsWithCosts: outcome.costUSD = row[model + "|total_cost"]?.number
                    case .table:
                        field = "score|" + model
                        outcome.costUSD = row["cost|" + model]?.number
                        outcome.promptTokens = row["ptok|" + model]?.number
                        outcome.completionTokens = row["ctok|" + model]?.number
                        outcome.latencyMS = row["lat|" + model]?.number
                    default: break
                    }
                    return Found(model: model, field: field, score: row[field]?.number, outcome: outcome)
                }
            }
            let outcome = TableDraft.Cell(
                costUSD: mapping.value(.cost, of: row)?.number, promptTokens: mapping.value(.ptok, of: row)?.number,
                completionTokens: mapping.value(.ctok, of: row)?.number,
                latencyMS: mapping.value(.lat, of: row)?.number
                    ?? mapping.value(.latencySeconds, of: row)?.number.map { $0 * 1000 })
            guard let model = ownModel ?? mapping.value(.model, of: row)?.text else { return [] }
            return [Found(model: model, field: metric ?? "score", score: score(row), outcome: outcome)]
        }

        private func score(_ row: ForeignRow) -> Double? {
            guard let metric else { return conversion.mapping.value(.score, of: row)?.number }
            guard let path = conversion.mapping.statistics else { return row[metric]?.number }
            for element in row[path.list]?.elements ?? [] {
                guard case .json(let value) = element else { continue }
                let statistic = ForeignRow(object: value, number: 0, countsRows: false)
                if statistic[path.name]?.text == metric { return statistic[path.value]?.number }
            }
            return nil
        }
    }
}
