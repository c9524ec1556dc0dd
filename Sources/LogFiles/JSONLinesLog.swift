package import OffPolicy

/// A decision log in a file: JSON, an object a line or as ``JSONRecords`` has them, zipped or not (DESIGN §9, DESIGN-evaluation §2).
package struct JSONLinesLog: DecisionLogSource {
    /// Lines between two reports of progress.
    private static let reportEvery = 1 << 14
    /// Members of a row, at least one of which every row has.
    private static let marks: Set = ["decision_id", "arms", "arm", "propensity", "probabilities", "reward"]

    /// What can be done with a log that does not say how likely its draws were.
    private static let withoutPropensities =
        "if the arm was drawn at random with fixed shares, `--propensities shares` (or shares:by=category) takes them from the log; "
        + "if a rule chose it, no log of it can say what another arm would have earned: turn exploration on "
        + "(`exploration: { floor: 0.05 }`) and log anew"

    package let path: String
    package var name: String { path }

    package init(path: String) { self.path = path }

    package func read(
        into builder: inout DecisionLogBuilder, skipInvalid: Int, progress: ((Double) -> Void)?
    ) throws(InputError) {
        let records = try JSONRecords(path: path, marks: Self.marks)
        var parser = DecisionLineParser()
        var faults = FaultTally(file: path)
        // The fault that is one too many; what is left is read for its faults alone.
        var last: RowFault?
        do throws(InputError) {
            while let line = try records.next() {
                if line.number % Self.reportEvery == 0, let progress, let share = records.progress { progress(share) }
                if parser.parse(line, into: &builder) { continue }
                if faults.isEmpty, !records.countsRows { try Self.checkIsNoTable(line, path) }
                faults.add(parser.faults, line: line.number, countsRows: records.countsRows)
                if faults.lines <= skipInvalid { builder.countSkipped() } else { last = last ?? parser.faults[0] }
            }
        } catch {
            guard let seen = faults.error() else { throw error }
            var all = error
            all.others = [seen] + seen.others
            throw all
        }
        guard let last else { return }
        if let remedy = parser.writtenRewards.remedy() { faults.remark(remedy, field: "reward", .range) }
        faults.remark(Self.withoutPropensities, field: "propensity", .missing)
        throw faults.error(first: last)!
    }

    /// A file whose first line is no object may be a table.
    private static func checkIsNoTable(_ line: LineReader.Line, _ path: String) throws(InputError) {
        guard line.number == 1, !line.isTooLong, let first = line.bytes.first, first != 0x7b, first != 0x5b,
            let columns = CSVReader.columns(ofHeader: line.bytes), columns.count > 1
        else { return }
        throw InputError(
            file: path, line: 1, field: "file",
            reason:
                "is a table with the columns \(columns.joined(separator: ", ")); a decision log is JSON, an object a line: "
                + "`bandit-router convert --from generic FILE LOG.jsonl` makes one of it")
    }
}
