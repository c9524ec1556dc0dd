package import OffPolicy

/// The faults of a file by kind: the first of each and how many there are, so that one run tells all that is to be mended.
package struct FaultTally {
    /// Kinds beyond these are not told.
    private static let limit = 20

    private struct Kind: Hashable {
        let field: String
        let sort: RowFault.Sort
    }

    private let file: String
    private var places: [Kind: Int] = [:]
    private var errors: [InputError] = []
    /// Lines with faults.
    package private(set) var lines = 0
    private var untold = 0

    package init(file: String) { self.file = file }

    package var isEmpty: Bool { lines == 0 }

    /// Notes the faults of a line, or of a row where rows are no lines.
    package mutating func add(_ faults: [RowFault], line: Int, countsRows: Bool = false) {
        lines += 1
        for fault in faults {
            let kind = Kind(field: fault.field, sort: fault.sort)
            if let place = places[kind] {
                errors[place].count += 1
            } else if errors.count < Self.limit {
                places[kind] = errors.count
                errors.append(InputError(file: file, line: line, field: fault.field, reason: fault.reason))
                errors[errors.count - 1].countsRows = countsRows
            } else {
                untold += 1
            }
        }
    }

    /// Adds to what is said of a kind.
    package mutating func remark(_ text: String, field: String, _ sort: RowFault.Sort) {
        guard let place = places[Kind(field: field, sort: sort)] else { return }
        errors[place].reason += "; " + text
    }

    /// Adds to what is said of the faults of a sort, of whatever field.
    package mutating func remarkAll(_ text: String, _ sort: RowFault.Sort) {
        for (kind, place) in places where kind.sort == sort { errors[place].reason += "; " + text }
    }

    /// All of them as one error, the kind with the given fault first (nil: the one seen first); nil where there was none.
    package func error(first: RowFault? = nil) -> InputError? {
        let place = first.flatMap { places[Kind(field: $0.field, sort: $0.sort)] } ?? 0
        guard place < errors.count else { return nil }
        var all = errors
        var error = all.remove(at: place)
        if untold > 0 {
            all.append(InputError(file: file, field: "file", reason: "there are \(untold) faults of other kinds"))
        }
        error.others = all
        return error
    }
}
