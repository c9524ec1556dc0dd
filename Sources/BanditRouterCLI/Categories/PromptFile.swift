import ArgumentParser
import Foundation
import LogFiles
import OffPolicy

/// A prompt of a file, with the label and the source it may carry.
struct PromptRow: Equatable {
    let line: Int
    let prompt: String
    let label: String?
    let source: String?
    var embedding: [Float]?
}

/// Prompts from a JSONL or CSV file, either gzipped or not.
///
/// JSONL has an object a line with the prompt as a string; CSV has a header. Which it is, the first character tells.
struct PromptFile {
    static let labelNames = ["label", "category", "intent"]

    let path: String
    var promptName = "prompt"
    /// Nil: the first of `labelNames` that is there.
    var labelName: String?
    var sourceName = "source"
    /// The key or column with an array of numbers; nil: none is read.
    var embeddingName: String?

    /// All rows in order; blank lines are left out. An error tells every kind of fault of the file.
    func rows() throws(InputError) -> [PromptRow] {
        switch try firstCharacter() {
        case UInt8(ascii: "{"), UInt8(ascii: "["): try objects()
        default: try table()
        }
    }

    private func firstCharacter() throws(InputError) -> UInt8? {
        let reader = try LineReader(path: path)
        while let line = try reader.next() {
            if let first = line.bytes.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) { return first }
        }
        throw InputError(file: path, field: "file", reason: "there is nothing in it")
    }

    private func objects() throws(InputError) -> [PromptRow] {
        let reader = try JSONRecords(path: path, marks: [promptName])
        var faults = FaultTally(file: path)
        var rows: [PromptRow] = []
        while let line = try reader.next() {
            do throws(RowFault) { rows.append(try row(line)) } catch {
                faults.add([error], line: line.number, countsRows: reader.countsRows)
            }
        }
        if let error = faults.error() { throw error }
        return rows
    }

    private func row(_ line: LineReader.Line) throws(RowFault) -> PromptRow {
        if line.isTooLong {
            throw RowFault(field: "line", .size, reason: "longer than \(LineReader.maximumLineBytes) bytes")
        }
        let parsed = try? JSONSerialization.jsonObject(with: Data(line.bytes))
        guard let object = parsed as? [String: Any] else {
            throw RowFault(field: "line", .syntax, reason: "not a JSON object")
        }
        guard let value = object[promptName] else {
            let keys = object.keys.sorted().prefix(20).joined(separator: ", ")
            throw RowFault(
                field: promptName, .missing,
                reason: "missing; the keys are \(keys), and --prompt names the one with the prompt")
        }
        guard let prompt = value as? String else { throw Self.mustBe("a string", value, promptName) }
        var label: String?
        for name in labelName.map({ [$0] }) ?? Self.labelNames {
            guard let value = object[name], !(value is NSNull) else { continue }
            guard let text = Self.name(value) else { throw Self.mustBe("a string", value, name) }
            label = text
            break
        }
        var embedding: [Float]?
        if let embeddingName {
            guard let value = object[embeddingName] else {
                throw RowFault(field: embeddingName, .missing, reason: "missing")
            }
            embedding = Self.vector(value)
            if embedding == nil { throw Self.mustBe("an array of numbers", value, embeddingName) }
        }
        return PromptRow(
            line: line.number, prompt: prompt, label: label, source: object[sourceName].flatMap(Self.name),
            embedding: embedding)
    }

    /// A string, or a whole number, which stands for its digits.
    private static func name(_ value: Any) -> String? {
        if let text = value as? String { return text }
        guard let number = value as? NSNumber, isWhole(number) else { return nil }
        return "\(number.int64Value)"
    }

    private static func isWhole(_ number: NSNumber) -> Bool {
        let isBoolean = number === NSNumber(value: true) || number === NSNumber(value: false)
        return !isBoolean && Double(number.int64Value) == number.doubleValue
    }

    private static func mustBe(_ wanted: String, _ value: Any, _ field: String) -> RowFault {
        let data = (try? JSONSerialization.data(withJSONObject: value, options: .fragmentsAllowed)) ?? Data()
        let found: String
        switch value {
        case is [Any]: found = "a list"
        case is [String: Any]: found = "an object"
        case is String: found = "the string \(CategoryOutput.excerpt(String(decoding: data, as: UTF8.self)))"
        case is NSNull: found = "null"
        default:
            let text = String(decoding: data, as: UTF8.self)
            found = text == "true" || text == "false" ? text : "the number \(text)"
        }
        return RowFault(field: field, .type, reason: "must be \(wanted), is \(found)")
    }

    private func table() throws(InputError) -> [PromptRow] {
        let reader = try CSVReader(path: path)
        guard try reader.next() else { throw InputError(file: path, field: "file", reason: "there is nothing in it") }
        var names: [String] = []
        for column in 0..<reader.fieldCount { names.append(try reader.field(column)) }
        func column(_ name: String, _ flag: String) throws(InputError) -> Int {
            if let column = names.firstIndex(of: name) { return column }
            throw reader.error(
                "header",
                "no column '\(name)'; the columns are \(names.joined(separator: ", ")), and \(flag) names the right one"
            )
        }
        let promptColumn = try column(promptName, "--prompt")
        var labelColumn: Int?
        if let labelName {
            labelColumn = try column(labelName, "--label")
        } else {
            labelColumn = Self.labelNames.compactMap(names.firstIndex(of:)).first
        }
        let embeddingColumn = try embeddingName.map { name throws(InputError) in try column(name, "--embeddings") }
        let sourceColumn = names.firstIndex(of: sourceName)
        var rows: [PromptRow] = []
        var faults = FaultTally(file: path)
        while try reader.next() {
            guard reader.fieldCount == names.count else {
                let reason = "\(reader.fieldCount) fields, the header has \(names.count)"
                faults.add([RowFault(field: "line", .length, reason: reason)], line: reader.line)
                continue
            }
            func value(_ column: Int?) throws(InputError) -> String? {
                guard let column, !reader.isEmpty(column) else { return nil }
                return try reader.field(column)
            }
            var embedding: [Float]?
            if let embeddingColumn, let embeddingName {
                let text = try value(embeddingColumn) ?? ""
                embedding = (try? JSONSerialization.jsonObject(with: Data(text.utf8))).flatMap(Self.vector)
                if embedding == nil {
                    let fault = RowFault(field: embeddingName, .type, reason: "not a JSON array of numbers")
                    faults.add([fault], line: reader.line)
                }
            }
            rows.append(
                PromptRow(
                    line: reader.line, prompt: try reader.field(promptColumn), label: try value(labelColumn),
                    source: try value(sourceColumn), embedding: embedding))
        }
        if let error = faults.error() { throw error }
        return rows
    }

    /// The numbers of a JSON array; nil for anything else.
    private static func vector(_ value: Any) -> [Float]? {
        guard let list = value as? [NSNumber] else { return nil }
        return list.map(\.floatValue)
    }
}

/// What the commands on categories share: messages, exit codes, small formats.
enum CategoryOutput {
    /// Says what is wrong on stderr; exit 3.
    static func badInput(_ message: String) -> ExitCode {
        FileHandle.standardError.write(Data("\(message)\n".utf8))
        return ExitCode(3)
    }

    static func percent(_ part: Double) -> String { String(format: "%.1f %%", part * 100) }

    /// A JSON string, quoted.
    static func json(_ text: String) -> String {
        let data = try? JSONSerialization.data(
            withJSONObject: text, options: [.fragmentsAllowed, .withoutEscapingSlashes])
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }

    /// One line of at most `limit` characters.
    static func excerpt(_ text: String, limit: Int = 70) -> String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= limit ? line : line.prefix(limit - 1) + "…"
    }
}
