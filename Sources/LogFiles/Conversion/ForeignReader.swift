import NIOCore
import OffPolicy
import WireFormats

/// The rows of an export, one after another: JSON in any shape that ``JSONRecords`` reads, or CSV. Memory does not grow with the file.
final class ForeignReader {
    /// The longest row; exports hold whole conversations.
    static let maximumRowBytes = 16 << 20

    private enum Input {
        case records(JSONRecords)
        case table(CSVReader, names: [String])
    }

    let path: String
    private let input: Input
    /// Rows that are no JSON objects: written between them by loggers, or cut off.
    private(set) var unreadableCount = 0

    /// - Parameters:
    ///   - marks: members that a row has, one of them at least.
    ///   - containers: names of the member that holds the rows where they stand in an array within an object.
    init(path: String, marks: Set<String>, containers: Set<String>? = nil) throws(InputError) {
        self.path = path
        let table = try CSVReader(path: path)
        if try table.beginsAsJSON() {
            input = .records(
                try JSONRecords(path: path, limit: Self.maximumRowBytes, marks: marks, containers: containers))
            return
        }
        guard try table.next() else { throw InputError(file: path, field: "file", reason: "there is nothing in it") }
        var names: [String] = []
        for column in 0..<table.fieldCount { names.append(try table.field(column)) }
        input = .table(table, names: names)
    }

    /// The columns of a table in their order; nil for JSON.
    var names: [String]? {
        if case .table(_, let names) = input { return names }
        return nil
    }

    /// The next row; nil at the end.
    func next() throws(InputError) -> ForeignRow? {
        switch input {
        case .records(let records):
            while let line = try records.next() {
                if !line.isTooLong, let value = try? JSONValue(parsing: ByteBuffer(bytes: line.bytes)),
                    value.kind == .object
                {
                    return ForeignRow(object: value, number: line.number, countsRows: records.countsRows)
                }
                unreadableCount += 1
            }
            return nil
        case .table(let table, let names):
            guard try table.next() else { return nil }
            guard table.fieldCount == names.count else {
                throw table.error("record", "\(table.fieldCount) fields where the header has \(names.count)")
            }
            var record: [String: String] = [:]
            for column in names.indices where !table.isEmpty(column) { record[names[column]] = try table.field(column) }
            if table.separator != 0x2c {
                record = record.mapValues { Double($0) == nil ? table.decimal($0).map { "\($0)" } ?? $0 : $0 }
            }
            return ForeignRow(record: record, number: table.line)
        }
    }
}
