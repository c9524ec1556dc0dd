import Foundation
package import OffPolicy

/// Makes a decision log of another system's export: one pass to learn the arms, one to write. Nothing is made up: where the export has no
/// probabilities, the log has none. A conversion that fails leaves no file.
package struct LogConversion {
    package let kind: String
    package var mapping: LogMapping
    package var scale = RewardScale.identity
    /// The score that is the reward, where there are several.
    package var score: String?
    /// A file of rewards by id, and the paths of both in it.
    package var rewards: (path: String, id: String, value: String)?

    package init(kind: String, mapping: LogMapping) {
        self.kind = kind
        self.mapping = mapping
    }

    /// Converts `inputs`, the first the decisions, the others scores, and writes `output` (zipped where the name ends in `.gz`).
    package func run(inputs: [String], output: String) throws(InputError) -> ConversionReport {
        var report = ConversionReport()
        report.output = output
        var scores = ScoreTable()
        for path in inputs.dropFirst() {
            guard let own = mapping.scores else {
                throw InputError(file: path, field: "file", reason: "\(kind) is made of one file (scores: --rewards)")
            }
            try scores.read(path: path, own, wanted: score)
        }
        if let rewards {
            try scores.read(
                path: rewards.path,
                LogMapping.Scores(targets: [rewards.id], name: "\u{0}", value: rewards.value), wanted: nil)
        }
        let arms = try survey(inputs[0])
        report.arms = arms.all
        if !arms.unread.isEmpty {
            report.note("no field is made of \(arms.unread.prefix(12).joined(separator: ", "))")
        }
        try writingWhole(output) { path throws(InputError) in
            try write(inputs[0], to: path, arms, scores, &report)
        }
        finish(&report, scores, hasScores: inputs.count > 1 || rewards != nil)
        return report
    }

    private func finish(_ report: inout ConversionReport, _ scores: ScoreTable, hasScores: Bool) {
        for (reason, count) in scores.dropped.sorted(by: { $0.key < $1.key }) { report.drop(reason, count: count) }
        for note in mapping.notes { report.note(note) }
        if hasScores, report.withReward == 0 {
            report.note("no score is about any of the decisions: are they of the same time?")
        }
        if report.arms.count == 1 {
            report.note("there is one arm: no log of it can say what another would have earned")
        } else if report.withProbability > 0, report.withProbability < report.written {
            report.note(
                "\(report.written - report.withProbability) decisions have no probability; `evaluate` refuses such rows "
                    + "(--skip-invalid leaves them out)")
        } else if report.withProbability == 0 {
            report.note(
                "the export does not say with which probability a model was drawn. If it was drawn at random with fixed shares, "
                    + "`evaluate --propensities shares` (or shares:by=category) takes them from the log; if it was chosen by a rule, "
                    + "no log of it can say what another model would have earned: turn exploration on")
        }
    }

    // MARK: The first pass

    private struct Arms {
        var all: [String] = []
        var byRoute: [String: [String]] = [:]
        /// Members of the first row that no field is made of.
        var unread: [String] = []
    }

    private func unread(_ row: ForeignRow) -> [String] {
        let read = Set(mapping.paths.values.joined().flatMap { [$0, String($0.prefix { $0 != "." })] })
        return row.names.filter { !read.contains($0) && !$0.isEmpty }.sorted()
    }

    /// The arms of the file on each route, and whether the file can be a log at all.
    private func survey(_ path: String) throws(InputError) -> Arms {
        var arms = Arms()
        var seen: [String: Set<String>] = [:]
        var known: Set<String> = []
        let reader = try ForeignReader(path: path, marks: mapping.marks)
        var isFirst = true
        while let row = try reader.next() {
            if isFirst { try checkKind(row, path) }
            if isFirst, kind == "generic" { arms.unread = unread(row) }
            isFirst = false
            if mapping.arms != nil { break }
            guard !isExcluded(row), let arm = mapping.value(.arm, of: row)?.text else { continue }
            let route = mapping.value(.route, of: row)?.text ?? ""
            if seen[route, default: []].insert(arm).inserted {
                guard seen[route]!.count <= 65_535 else {
                    throw InputError(
                        file: path, line: row.number, field: "arm", reason: "more than 65535 different: is it the arm?")
                }
                arms.byRoute[route, default: []].append(arm)
                if known.insert(arm).inserted { arms.all.append(arm) }
            }
        }
        if isFirst {
            if let error = reader.broken.error() { throw error }
            throw InputError(
                file: path, field: "rows", reason: "there are none: no object and no record is in the file")
        }
        if let given = mapping.arms { arms.all = given }
        // In the order of numbers where all are numbers, else of names, so that the log does not depend on who came first.
        arms.all = Self.ordered(arms.all)
        arms.byRoute = arms.byRoute.mapValues(Self.ordered)
        return arms
    }

    private static func ordered(_ names: [String]) -> [String] {
        let numbers = names.compactMap { name in Int(name).map { (number: $0, name: name) } }
        if numbers.count == names.count { return numbers.sorted { $0.number < $1.number }.map(\.name) }
        return names.sorted()
    }

    private func checkKind(_ row: ForeignRow, _ path: String) throws(InputError) {
        let names = Set(row.names)
        if let refusal = ForeignKind.refusal(names) { throw InputError(file: path, field: "file", reason: refusal) }
        let known = kind == "generic" ? nil : ForeignKind.recognised(names).flatMap { $0 == kind ? nil : $0 }
        let armPaths = mapping.paths[.arm] ?? []
        let hasArm =
            isExcluded(row) || mapping.value(.arm, of: row) != nil
            || armPaths.contains { names.contains($0) || names.contains(String($0.prefix { $0 != "." })) }
        if hasArm, known == nil { return }
        if let scores = mapping.scores, names.contains(scores.value), scores.targets.contains(where: names.contains) {
            let reason = "these are scores: the file of the decisions comes first, then this one"
            throw InputError(file: path, field: "file", reason: reason)
        }
        var reason =
            "no \(armPaths.joined(separator: " or ")), which would be the arm; the rows have "
            + names.sorted().prefix(30).joined(separator: ", ")
        if hasArm { reason = "the rows have " + names.sorted().prefix(30).joined(separator: ", ") }
        if let known = known ?? ForeignKind.recognised(names), known != kind {
            reason += "; this looks like --from \(known)"
        }
        if kind == "generic" {
            reason += "; --map arm=NAME says which one it is"
            if let likely = ForeignKind.likelyMapping(names) { reason += ", perhaps \(likely)" }
        }
        throw InputError(file: path, line: row.number, field: "arm", reason: reason)
    }

    private func isExcluded(_ row: ForeignRow) -> Bool { mapping.exclusions.contains { $0.applies(to: row) } }

    // MARK: The second pass

    private func write(
        _ path: String, to output: String, _ arms: Arms, _ scores: ScoreTable, _ report: inout ConversionReport
    ) throws(InputError) {
        let reader = try ForeignReader(path: path, marks: mapping.marks)
        let writer = DecisionLogWriter(try GzipWriter(path: output, isZipped: report.output.hasSuffix(".gz")))
        var faults = FaultTally(file: path)
        var identities = IdentityTable()
        var written = WrittenRewards()
        var options = ConvertedDecision(mapping: mapping, scale: scale, score: score, scores: scores)
        while let row = try reader.next() {
            report.read += 1
            if let exclusion = mapping.exclusions.first(where: { $0.applies(to: row) }) {
                report.drop(exclusion.reason)
                continue
            }
            guard let arm = mapping.value(.arm, of: row)?.text else {
                report.drop("no \((mapping.paths[.arm] ?? []).joined(separator: " or ")): no arm")
                continue
            }
            let route = mapping.value(.route, of: row)?.text
            let eligible = mapping.arms ?? arms.byRoute[route ?? ""] ?? []
            let id = mapping.value(.id, of: row)?.text ?? "row-\(row.number)"
            options.faults.removeAll()
            let decision = options.decision(row, id: id, arm: arm, eligible: eligible)
            written.add(options.writtenReward)
            guard options.faults.isEmpty else {
                faults.add(options.faults, line: row.number, countsRows: row.countsRows)
                continue
            }
            guard identities.insert(DecisionIdentity(id), line: row.number) == nil else {
                report.drop("the same \(mapping.paths[.id]?.first ?? "id") as an earlier row")
                continue
            }
            try writer.write(decision)
            report.written += 1
            if decision.reward != nil { report.withReward += 1 }
            if decision.propensity != nil || decision.probabilities != nil { report.withProbability += 1 }
        }
        try writer.close()
        report.drop("no JSON object", count: reader.unreadableCount)
        if let remedy = written.remedy() { faults.remark(remedy, field: "reward", .range) }
        if let error = InputError(joining: [reader.broken.error(), faults.error()]) { throw error }
        if report.written == 0 {
            let reasons = report.dropped.map { "\($0.count) \($0.reason)" }.joined(separator: "; ")
            throw InputError(file: path, field: "rows", reason: "none is a decision: \(reasons)")
        }
    }
}

/// Hands a name to write to, and gives the file its own when the body is through; else removes it.
func writingWhole(_ output: String, _ body: (String) throws(InputError) -> Void) throws(InputError) {
    let partial = output + ".partial"
    do throws(InputError) { try body(partial) } catch {
        unlink(partial)
        throw error
    }
    guard rename(partial, output) == 0 else {
        let reason = String(cString: strerror(errno))
        unlink(partial)
        throw InputError(file: output, field: "file", reason: reason)
    }
}
