import Foundation

/// The records of a CSV file as RFC 4180 has them: quoted fields may hold commas, doubled quotes and line ends. Semicolons or tabs
/// separate fields where the first line has more of them than commas; then numbers may have a decimal comma (``decimal(_:)``).
///
/// Blank lines between records are left out, a byte order mark at the start too. Errors name the line a record begins at.
package final class CSVReader {
    /// The longest record that is read.
    package static let maximumRecordBytes = 16 << 20
    private static let chunkBytes = 1 << 16

    private enum State { case fieldStart, plain, quoted, quoteInQuoted }

    private let source: ByteSource
    private let chunk = UnsafeMutablePointer<UInt8>.allocate(capacity: CSVReader.chunkBytes)
    private var position = 0
    private var count = 0
    private var isFirst = true
    private var currentLine = 1
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var quoted: [Bool] = []
    /// What is between two fields.
    package private(set) var separator: UInt8 = 0x2c

    /// The line the record read last begins at, from 1.
    package private(set) var line = 0

    package init(path: String) throws(InputError) { source = try ByteSource(path: path) }

    deinit { chunk.deallocate() }

    package var file: String { source.file }
    package var fieldCount: Int { ends.count }

    /// Field `index` of the record read last.
    package func field(_ index: Int) throws(InputError) -> String {
        let range = (index == 0 ? 0 : ends[index - 1])..<ends[index]
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw error("column \(index + 1)", "not valid UTF-8")
        }
        return text
    }

    /// A number as this file writes it; nil where the text is none, or not finite.
    package func decimal(_ text: String) -> Double? {
        let pointed = separator == 0x2c ? text : text.replacing(",", with: ".")
        guard let value = Double(pointed), value.isFinite else { return nil }
        return value
    }

    /// That a field is no number, and what to do.
    package func noNumber(_ text: String) -> String {
        let isDecimalComma = separator == 0x2c && text.contains(",") && Double(text.replacing(",", with: ".")) != nil
        return "\"\(text)\" is not a finite number"
            + (isDecimalComma ? " (a decimal comma is read only where semicolons or tabs separate the fields)" : "")
    }

    /// The names of a header line; nil where it is no text.
    static func columns(ofHeader line: UnsafeBufferPointer<UInt8>) -> [String]? {
        guard let text = String(validating: line, as: UTF8.self) else { return nil }
        let separator = Character(Unicode.Scalar(Self.separator(of: line)))
        return text.split(separator: separator, omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: CharacterSet(charactersIn: "\" \r"))
        }
    }

    /// The separator a line has most of, outside of quotes; a comma where it has none.
    private static func separator(of line: some Sequence<UInt8>) -> UInt8 {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in line {
            if byte == 0x0a, !isQuoted { break }
            if byte == 0x22 { isQuoted.toggle() }
            if !isQuoted, byte == 0x2c || byte == 0x3b || byte == 0x09 { counts[byte, default: 0] += 1 }
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0x2c
    }

    /// Whether field `index` has no characters.
    package func isEmpty(_ index: Int) -> Bool { (index == 0 ? 0 : ends[index - 1]) == ends[index] }

    /// An error at the record read last.
    package func error(_ field: String, _ reason: String) -> InputError {
        InputError(file: file, line: line, field: field, reason: reason)
    }

    /// Whether the file begins as JSON does; for before the first record is read.
    func beginsAsJSON() throws(InputError) -> Bool {
        if isFirst { try skipByteOrderMark() }
        return position < count && (chunk[position] == 0x7b || chunk[position] == 0x5b)
    }

    /// Reads the next record; false at the end.
    package func next() throws(InputError) -> Bool {
        if isFirst { try skipByteOrderMark() }
        repeat { guard try readRecord() else { return false } } while ends.count == 1 && bytes.isEmpty && !quoted[0]
        return true
    }

    private func readRecord() throws(InputError) -> Bool {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        quoted.removeAll(keepingCapacity: true)
        line = currentLine
        var state = State.fieldStart
        var isQuoted = false
        func endField() {
            ends.append(bytes.count)
            quoted.append(isQuoted)
            isQuoted = false
            state = .fieldStart
        }
        while true {
            guard let byte = try nextByte() else {
                if state == .quoted { throw error("column \(ends.count + 1)", "the quote is never closed") }
                if state == .fieldStart, ends.isEmpty { return false }
                endField()
                return true
            }
            if byte == 0x0a { currentLine += 1 }
            switch (state, byte) {
            case (.quoted, 0x22): state = .quoteInQuoted
            case (.quoted, _): bytes.append(byte)
            case (.quoteInQuoted, 0x22):
                bytes.append(byte)
                state = .quoted
            case (_, separator): endField()
            case (_, 0x0a):
                if bytes.last == 0x0d, state == .plain, bytes.count > (ends.last ?? 0) { bytes.removeLast() }
                endField()
                return true
            case (.fieldStart, 0x22):
                isQuoted = true
                state = .quoted
            case (.plain, 0x22): throw error("column \(ends.count + 1)", "a quote inside a field that is not quoted")
            case (.quoteInQuoted, 0x0d): break  // the CR of a CRLF; another character behind it is caught below
            case (.quoteInQuoted, _): throw error("column \(ends.count + 1)", "characters after the closing quote")
            default:
                bytes.append(byte)
                state = .plain
            }
            if bytes.count > CSVReader.maximumRecordBytes {
                throw error("line", "the record is longer than \(CSVReader.maximumRecordBytes) bytes")
            }
        }
    }

    private func nextByte() throws(InputError) -> UInt8? {
        if position == count {
            count = try source.read(into: chunk, capacity: CSVReader.chunkBytes, line: currentLine)
            position = 0
            if count == 0 { return nil }
        }
        position += 1
        return chunk[position - 1]
    }

    private func skipByteOrderMark() throws(InputError) {
        isFirst = false
        while count < CSVReader.chunkBytes {
            let more = try source.read(into: chunk + count, capacity: CSVReader.chunkBytes - count, line: 1)
            if more == 0 { break }
            count += more
        }
        if count >= 3, chunk[0] == 0xef, chunk[1] == 0xbb, chunk[2] == 0xbf { position = 3 }
        let start = UnsafeBufferPointer(start: chunk + position, count: count - position)
        separator = Self.separator(of: start)
        // A first line of Excel's that does nothing but name the separator.
        if start.starts(with: Array("sep=".utf8)), start.count > 5, start[5] == 0x0d || start[5] == 0x0a {
            separator = start[4]
            position += start[5] == 0x0d ? 7 : 6
            currentLine += 1
        }
    }
}
