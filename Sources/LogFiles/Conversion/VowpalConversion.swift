import Foundation
import NIOCore
package import OffPolicy
import WireFormats

/// Makes a decision log of Vowpal Wabbit's contextual bandit data: JSON lines of `--dsjson`, or text of `--cb_adf`. A cost is a reward with
/// the sign turned, so costs from −1 to 0 are rewards from 1 to 0; other scales must be named.
package struct VowpalConversion {
    package var scale = RewardScale(lowest: -1, highest: 0, isLessBetter: true)

    package init() {}

    package func run(input: String, output: String) throws(InputError) -> ConversionReport {
        var report = ConversionReport()
        report.output = output
        let lines = try LineReader(path: input, limit: ForeignReader.maximumRowBytes)
        var faults = FaultTally(file: input)
        var written = WrittenRewards()
        var identities = IdentityTable()
        var arms: Set<String> = []
        try writingWhole(output) { path throws(InputError) in
            let writer = DecisionLogWriter(try GzipWriter(path: path, isZipped: output.hasSuffix(".gz")))
            func add(_ row: Row, line: Int) throws(InputError) {
                do throws(RowFault) {
                    var decision = try row.decision(scale)
                    guard identities.insert(DecisionIdentity(decision.id), line: line) == nil else {
                        return report.drop("the same EventId as an earlier line")
                    }
                    decision.kind = .fresh
                    arms.formUnion(decision.arms)
                    try writeOrThrow(writer, decision)
                    report.written += 1
                    if decision.reward != nil { report.withReward += 1 }
                } catch {
                    faults.add([error], line: line)
                }
                written.add(row.cost ?? .nan)
            }
            var block = TextBlock()
            while let line = try lines.next() {
                if line.isBlank {
                    if let row = block.finish(&report) { try add(row, line: line.number) }
                    continue
                }
                let text = String(decoding: line.bytes, as: UTF8.self)
                if text.hasPrefix("{") {
                    report.read += 1
                    guard let root = ForeignReader.object(line) else {
                        faults.add([ForeignReader.fault(line)], line: line.number)
                        continue
                    }
                    if let row = Self.dsjson(root, line: line.number, &report) { try add(row, line: line.number) }
                } else if TextBlock.isLine(text) {
                    block.add(text, line: line.number)
                } else {
                    report.read += 1
                    report.drop("no example of dsjson or cb_adf")
                }
            }
            if let row = block.finish(&report) { try add(row, line: lines.lineNumber) }
            try writer.close()
            if let remedy = written.remedy() { faults.remark(remedy, field: "reward", .range) }
            if let error = faults.error() { throw error }
            if report.written == 0 {
                try Self.refuseOther(input)
                let reasons = report.dropped.map { "\($0.count) \($0.reason)" }.joined(separator: "; ")
                throw InputError(file: input, field: "rows", reason: "none is a decision: \(reasons)")
            }
        }
        report.arms = arms.sorted()
        report.note("a reward is a cost with the sign turned; costs are " + (written.range ?? "not there"))
        return report
    }

    /// Says what a file without any example is, where its first row tells.
    private static func refuseOther(_ path: String) throws(InputError) {
        guard let reader = try? ForeignReader(path: path, marks: []), let row = try? reader.next() else { return }
        let names = Set(row.names)
        if let refusal = ForeignKind.refusal(names) { throw InputError(file: path, field: "file", reason: refusal) }
        if let kind = ForeignKind.recognised(names), kind != "vw" {
            throw InputError(file: path, field: "rows", reason: "none is a decision; this looks like --from \(kind)")
        }
    }

    /// A failure to write is no fault of the row.
    private func writeOrThrow(_ writer: DecisionLogWriter, _ decision: LoggedDecision) throws(RowFault) {
        do throws(InputError) { try writer.write(decision) } catch {
            throw RowFault(field: error.field, .size, reason: error.reason)
        }
    }

    /// An example before it is checked.
    private struct Row {
        var id: String
        var time: String?
        var arms: [String]
        var arm: Int
        var probabilities: [Double]?
        var propensity: Double?
        var cost: Double?

        func decision(_ scale: RewardScale) throws(RowFault) -> LoggedDecision {
            guard arms.indices.contains(arm) else {
                throw RowFault(
                    field: "_label_Action", .range, reason: "\(arm + 1) is none of the \(arms.count) actions")
            }
            guard Set(arms).count == arms.count else {
                throw RowFault(field: "_multi", .duplicate, reason: "two actions have the same tag")
            }
            if let probabilities, probabilities.count != arms.count {
                throw RowFault(field: "p", .length, reason: "\(probabilities.count) numbers for \(arms.count) actions")
            }
            if let propensity, propensity <= 0 || propensity > 1 {
                throw RowFault(field: "_label_probability", .range, reason: "\(propensity) is outside (0, 1]")
            }
            var decision = LoggedDecision(
                id: id, arms: arms, arm: arms[arm], probabilities: probabilities, propensity: propensity, reward: nil)
            if let time {
                guard let value = LoggedTime(time.utf8) else {
                    throw RowFault(field: "Timestamp", .time, reason: "\"\(time)\" is not a time")
                }
                decision.timeMicroseconds = value.microseconds
            }
            if let cost { decision.reward = try scale.reward(cost) }
            return decision
        }
    }

    private static func dsjson(_ root: JSONValue, line: Int, _ report: inout ConversionReport) -> Row? {
        let row = ForeignRow(object: root, number: line, countsRows: false)
        guard let actions = row["c._multi"]?.elements, let order = row["a"]?.elements?.compactMap(\.number) else {
            report.drop("no context with actions (a late reward, or another line of the logger)")
            return nil
        }
        if row["_skipLearn"]?.number == 1 {
            report.drop("_skipLearn: the example was not activated, its action never shown")
            return nil
        }
        guard let drawn = row["_label_Action"]?.number ?? order.first else {
            report.drop("no action was drawn")
            return nil
        }
        let tags = actions.enumerated().map { index, action -> String in
            guard case .json(let value) = action else { return "\(index + 1)" }
            let action = ForeignRow(object: value, number: 0, countsRows: false)
            return action["_tag"]?.text ?? action["i.id"]?.text ?? "\(index + 1)"
        }
        let places = order.compactMap { Int(exactly: $0) }
        guard !tags.isEmpty, places.count == tags.count, Set(places) == Set(1...tags.count) else {
            report.drop("a does not list every action once")
            return nil
        }
        return Row(
            id: row["EventId"]?.text ?? "line-\(line)", time: row["Timestamp"]?.text,
            arms: places.map { tags[$0 - 1] }, arm: Int(exactly: drawn).flatMap(places.firstIndex(of:)) ?? -1,
            probabilities: row["p"]?.elements?.compactMap(\.number), propensity: row["_label_probability"]?.number,
            cost: row["_label_cost"]?.number)
    }

    /// The lines of one example of `--cb_adf`: `shared |…`, then a line an action, the drawn one with `action:cost:probability`.
    private struct TextBlock {
        private var arms: [String] = []
        private var arm: Int?
        private var cost: Double?
        private var propensity: Double?
        private var first = 0

        static func isLine(_ text: String) -> Bool {
            text.hasPrefix("shared |") || text.hasPrefix("|")
                || text.prefixMatch(of: /[0-9]+:-?[0-9.eE+-]+:[0-9.eE+-]+ *'?[^|]*\|/) != nil
        }

        mutating func add(_ text: String, line: Int) {
            if first == 0 { first = line }
            if text.hasPrefix("shared") { return }
            let parts = text.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
            let label = parts[0].split { $0 == " " || $0 == ":" }
            if label.count >= 3 {
                arm = arms.count
                cost = Double(label[1])
                propensity = Double(label[2])
            }
            // The features after the namespace are all that names an action.
            let features = parts.count > 1 ? parts[1].split(separator: " ").dropFirst().joined(separator: " ") : ""
            arms.append(features.isEmpty ? "\(arms.count + 1)" : String(features))
        }

        mutating func finish(_ report: inout ConversionReport) -> Row? {
            defer { self = TextBlock() }
            guard !arms.isEmpty else { return nil }
            report.read += 1
            guard let arm else {
                report.drop("no action has a label: what was drawn is not known")
                return nil
            }
            return Row(id: "line-\(first)", arms: arms, arm: arm, propensity: propensity, cost: cost)
        }
    }
}
