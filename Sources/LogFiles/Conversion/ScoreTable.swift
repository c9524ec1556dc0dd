import OffPolicy

/// Scores by the id of what they are about: those of a file that is joined to the file of decisions. It is kept in memory, 48 bytes or so
/// a score.
struct ScoreTable {
    /// More are refused.
    static let limit = 20_000_000

    private var values: [DecisionIdentity: Double] = [:]
    private(set) var names: [String: Int] = [:]
    private(set) var dropped: [String: Int] = [:]
    private(set) var used = 0

    var count: Int { values.count }

    subscript(id: String) -> Double? { values[DecisionIdentity(id)] }

    /// Reads a file. Of several scores about the same the last counts.
    ///
    /// - Parameter wanted: the score of that name; nil where the file has only one.
    mutating func read(path: String, _ mapping: LogMapping.Scores, wanted: String?) throws(InputError) {
        let reader = try ForeignReader(path: path, marks: Set(mapping.targets + [mapping.value]))
        var isFirst = true
        while let row = try reader.next() {
            if isFirst, row[mapping.value] == nil, !row.names.contains(mapping.value) {
                throw InputError(
                    file: path, line: row.number, field: mapping.value,
                    reason: "missing; the rows have \(row.names.sorted().prefix(20).joined(separator: ", "))")
            }
            isFirst = false
            let name = row[mapping.name]?.text ?? ""
            if let wanted, name != wanted { continue }
            names[name, default: 0] += 1
            guard let target = mapping.targets.lazy.compactMap({ row[$0]?.text }).first else {
                dropped["scores that say of no decision", default: 0] += 1
                continue
            }
            guard let value = row[mapping.value]?.number else {
                dropped["scores that are no numbers", default: 0] += 1
                continue
            }
            guard values.count < Self.limit else {
                throw InputError(
                    file: path, line: row.number, field: "file", reason: "has more than \(Self.limit) scores")
            }
            values[DecisionIdentity(target)] = value
        }
        if let error = reader.broken.error() { throw error }
        if wanted == nil, names.count > 1 {
            let all = names.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(10)
            throw InputError(
                file: path, field: mapping.name,
                reason: "has several scores; --score names the one that is the reward: "
                    + all.map { "\($0.key) (\($0.value))" }.joined(separator: ", "))
        }
        if let wanted, names.isEmpty {
            throw InputError(file: path, field: mapping.name, reason: "has no score named '\(wanted)'")
        }
    }
}
