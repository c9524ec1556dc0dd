import ArgumentParser
import Foundation
import LogFiles

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

    /// All rows in order; blank lines are left out.
    func rows() throws(InputError) -> [PromptRow] {
        try firstCharacter() == UInt8(ascii: "{") ? try jsonLines() : try table()
    }

    private func firstCharacter() throws(InputError) -> UInt8? {
        let reader = try LineReader(path: path)
        while let line = try reader.next() {
            if let first = line.bytes.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) { return first }
        }
        throw InputError(file: path, field: "file", reason: "there is nothing in it")
    }

    private func jsonLines() throws(InputError) -> [PromptRow] {
        let reader = try LineReader(path: path)
        var rows: [PromptRow] = []
        while let line = try reader.next() {
            if line.isBlank { continue }
            func failure(_ field: String, _ reason: String) -> InputError {
                InputError(file: path, line: line.number, field: field, reason: reason)
            }
            if line.isTooLong { throw failure("line", "longer than \(LineReader.maximumLineBytes) bytes") }
            let parsed = try? JSONSerialization.jsonObject(with: Data(line.bytes))
            guard let object = parsed as? [String: Any] else { throw failure("line", "not a JSON object") }
            guard let value = object[promptName] else { throw failure(promptName, "missing") }
            guard let prompt = value as? String else { throw failure(promptName, "not a string") }
            var label: String?
            for name in labelName.map({ [$0] }) ?? Self.labelNames {
                guard let value = object[name], !(value is NSNull) else { continue }
                guard let text = value as? String else { throw failure(name, "not a string") }
                label = text
                break
            }
            var embedding: [Float]?
            if let embeddingName {
                guard let value = object[embeddingName] else { throw failure(embeddingName, "missing") }
                embedding = Self.vector(value)
                if embedding == nil { throw failure(embeddingName, "not an array of numbers") }
            }
            rows.append(
                PromptRow(
                    line: line.number, prompt: prompt, label: label, source: object[sourceName] as? String,
                    embedding: embedding))
        }
        return rows
    }

    private func table() throws(InputError) -> [PromptRow] {
        let reader = try CSVReader(path: path)
        guard try reader.next() else { throw InputError(file: path, field: "file", reason: "there is nothing in it") }
        var names: [String] = []
        for column in 0..<reader.fieldCount { names.append(try reader.field(column)) }
        guard let promptColumn = names.firstIndex(of: promptName) else {
            throw reader.error("header", "no column '\(promptName)'; the columns are \(names.joined(separator: ", "))")
        }
        if let labelName, !names.contains(labelName) {
            throw reader.error("header", "no column '\(labelName)'; the columns are \(names.joined(separator: ", "))")
        }
        if let embeddingName, !names.contains(embeddingName) {
            throw reader.error(
                "header", "no column '\(embeddingName)'; the columns are \(names.joined(separator: ", "))")
        }
        let embeddingColumn = embeddingName.flatMap(names.firstIndex(of:))
        let labelColumn = (labelName.map { [$0] } ?? Self.labelNames).compactMap(names.firstIndex(of:)).first
        let sourceColumn = names.firstIndex(of: sourceName)
        var rows: [PromptRow] = []
        while try reader.next() {
            guard reader.fieldCount == names.count else {
                throw reader.error("line", "\(reader.fieldCount) fields, the header has \(names.count)")
            }
            func value(_ column: Int?) throws(InputError) -> String? {
                guard let column, !reader.isEmpty(column) else { return nil }
                return try reader.field(column)
            }
            var embedding: [Float]?
            if let embeddingColumn, let embeddingName {
                let text = try value(embeddingColumn) ?? ""
                embedding = (try? JSONSerialization.jsonObject(with: Data(text.utf8))).flatMap(Self.vector)
                if embedding == nil { throw reader.error(embeddingName, "not a JSON array of numbers") }
            }
            rows.append(
                PromptRow(
                    line: reader.line, prompt: try reader.field(promptColumn), label: try value(labelColumn),
                    source: try value(sourceColumn), embedding: embedding))
        }
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
