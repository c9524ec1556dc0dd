/// What is wrong with a file somebody handed in, and where: printed as `FILE:LINE: field: reason`, a line for every kind of fault.
package struct InputError: Error, Hashable, Sendable, CustomStringConvertible {
    package let file: String
    /// The line, from 1, or the row where the file's rows are no lines; nil where the trouble is the file's.
    package let line: Int?
    /// Whether `line` counts rows: those of a JSON array, say.
    package var countsRows = false
    /// The field, column or layer (`gzip`, `line`, `file`) at fault.
    package let field: String
    package var reason: String
    /// Lines with a fault of this kind; this one is the first of them.
    package var count = 1
    /// The other kinds of fault of the file.
    package var others: [InputError] = []

    package init(file: String, line: Int? = nil, field: String, reason: String) {
        self.file = file
        self.line = line
        self.field = field
        self.reason = reason
    }

    /// The faults of several checks of a file as one; nil where none found any.
    init?(joining errors: [InputError?]) {
        let found = errors.compactMap { $0 }
        guard let first = found.first else { return nil }
        self = first
        for other in found.dropFirst() {
            others.append(other)
            others += other.others
            others[others.count - other.others.count - 1].others = []
        }
    }

    package var description: String { ([self] + others).map(\.ownDescription).joined(separator: "\n") }

    private var ownDescription: String {
        let place = line.map { countsRows ? ": row \($0)" : ":\($0)" } ?? ""
        let number = count > 1 ? " (\(count) \(countsRows ? "rows" : "lines") like it)" : ""
        return "\(file)\(place): \(field): \(reason)\(number)"
    }
}
