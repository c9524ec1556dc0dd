package import OffPolicy

/// A decision log in a file: JSON lines, zipped or not (DESIGN §9, DESIGN-evaluation §2).
package struct JSONLinesLog: DecisionLogSource {
    /// Lines between two reports of progress.
    private static let reportEvery = 1 << 14

    package let path: String
    package var name: String { path }

    package init(path: String) { self.path = path }

    package func read(
        into builder: inout DecisionLogBuilder, skipInvalid: Int, progress: ((Double) -> Void)?
    ) throws(InputError) {
        let reader = try LineReader(path: path)
        var parser = DecisionLineParser()
        var skipped = 0
        while let line = try reader.next() {
            if line.number % Self.reportEvery == 0, let progress, let share = reader.progress { progress(share) }
            if line.isBlank { continue }
            do throws(RowFault) {
                try parser.parse(line, into: &builder)
            } catch {
                guard skipped < skipInvalid else {
                    throw InputError(file: path, line: line.number, field: error.field, reason: error.reason)
                }
                skipped += 1
                builder.countSkipped()
            }
        }
    }
}
