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
    /// Lines that are no JSON objects and do not begin as one: written between them by loggers.
    private(set) var unreadableCount = 0
    /// Rows that begin as an object and are none that can be read: cut off, or not written as JSON.
    private(set) var broken: FaultTally

    /// - Parameters:
    ///   - marks: members that a row has, one of them at least.
    ///   - containers: names of the member that holds the rows where they stand in an array within an object.
    init(path: String, marks: Set<String>, containers: Set<String>? = nil) throws(InputError) {
        self.path = path
        broken = FaultTally(file: path)
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
                if let value = Self.object(line) {
                    return ForeignRow(object: value, number: line.number, countsRows: records.countsRows)
                }
                if line.isTooLong || line.bytes.first(where: { $0 != 0x20 && $0 != 0x09 }) == 0x7b {
                    broken.add([Self.fault(line)], line: line.number, countsRows: records.countsRows)
                } else {
                    unreadableCount += 1
                }
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

    /// The object of a line. A bare `NaN`, as Python writes what is missing, is null.
    static func object(_ line: LineReader.Line) -> JSONValue? {
        guard !line.isTooLong else { return nil }
        var value = try? JSONValue(parsing: ByteBuffer(bytes: line.bytes))
        if value == nil, let text = withoutNaN(line.bytes) { value = try? JSONValue(parsing: ByteBuffer(bytes: text)) }
        return value?.kind == .object ? value : nil
    }

    /// The text with `null` for each `NaN` outside strings; nil where there is none.
    private static func withoutNaN(_ bytes: some Sequence<UInt8>) -> [UInt8]? {
        var text: [UInt8] = []
        var isString = false
        var isEscaped = false
        var hasFound = false
        for byte in bytes {
            text.append(byte)
            if isString {
                if !isEscaped, byte == 0x22 { isString = false }
                isEscaped = !isEscaped && byte == 0x5c
            } else if byte == 0x22 {
                isString = true
            } else if byte == 0x4e, text.suffix(3).elementsEqual("NaN".utf8) {
                text.replaceSubrange((text.count - 3)..., with: "null".utf8)
                hasFound = true
            }
        }
        return hasFound ? text : nil
    }

    static func fault(_ line: LineReader.Line) -> RowFault {
        if line.isTooLong {
            return RowFault(field: "line", .size, reason: "longer than \(maximumRowBytes >> 20) MiB")
        }
        if String(validating: line.bytes, as: UTF8.self) == nil {
            return RowFault(field: "json", .encoding, reason: "not UTF-8: save the file in that encoding")
        }
        if line.bytes.last(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }) != 0x7d {
            return RowFault(
                field: "json", .missing, reason: "the line ends in the middle of an object: mend the line or delete it")
        }
        return RowFault(
            field: "json", .syntax,
            reason: "not valid JSON (numbers are finite, names and texts stand in \"): mend the line or delete it")
    }
}
