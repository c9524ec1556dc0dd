import OffPolicy

/// The objects of a JSON file one after another, however they stand in it: one a line (then a broken line is that line's fault alone),
/// printed over several lines, in an array, or in an array within an object (`{"data": [ … ]}`), as programs save what they were sent.
///
/// Which it is, the beginning of the file tells. Memory does not grow with the file.
package final class JSONRecords {
    /// Objects within an object that an array of rows is looked for in.
    private static let maximumDepth = 3

    private enum Shape { case lines, values, array, wrapped(at: Int) }

    private let lines: LineReader
    /// Members that only rows have: an object with one of them is a row, not the wrapping of rows.
    private let marks: Set<String>
    /// Members whose array holds the rows of a wrapping object; nil: the first array of objects is taken.
    private let containers: Set<String>?
    private var shape: Shape?
    private var rows = 0
    /// `[` and `{` around the rows that are not closed yet.
    private var openBrackets = 0
    private var openBraces = 0
    private var record: UnsafeMutablePointer<UInt8>
    private var capacity = 1 << 12

    package init(
        path: String, limit: Int = LineReader.maximumLineBytes, marks: Set<String>, containers: Set<String>? = nil
    ) throws(InputError) {
        lines = try LineReader(path: path, limit: limit)
        self.marks = marks
        self.containers = containers
        record = .allocate(capacity: capacity)
    }

    deinit { record.deallocate() }

    package var file: String { lines.file }
    package var progress: Double? { lines.progress }
    /// Whether ``LineReader/Line/number`` counts rows, since the file's lines are none.
    package private(set) var countsRows = false

    /// The next object's text, checked for its brackets only; nil at the end. Lines that hold something else are handed out as they are.
    package func next() throws(InputError) -> LineReader.Line? {
        if shape == nil { try begin() }
        guard countsRows else {
            while let line = try lines.next() {
                if !line.isBlank { return line }
            }
            return nil
        }
        return try nextRow()
    }

    private func begin() throws(InputError) {
        let found = shape(of: try lines.peek())
        shape = found
        switch found {
        case .lines: return
        case .values, .array: break
        case .wrapped(let start):
            // The first braces are read over, the array's bracket is next.
            for _ in 0..<start { scanWrapping(try lines.nextByte() ?? 0) }
        }
        countsRows = true
    }

    // MARK: Rows that are no lines

    private func nextRow() throws(InputError) -> LineReader.Line? {
        while let byte = try lines.nextByte() {
            switch byte {
            case 0x20, 0x09, 0x0a, 0x0d, 0x2c: continue
            case 0x5b: openBrackets += 1
            case 0x5d where openBrackets > 0:
                openBrackets -= 1
                if openBrackets == 0, openBraces > 0 { try readOverWrapping() }
            case 0x7b: return try readRow()
            default:
                throw fault(
                    "row \(rows + 1)", "an object is expected here, not \"\(Character(Unicode.Scalar(byte)))\"")
            }
        }
        if openBrackets > 0 { throw fault("file", "ends in the middle of an array: it was cut off") }
        return nil
    }

    private func readRow() throws(InputError) -> LineReader.Line {
        rows += 1
        var count = 0
        var depth = 0
        var isString = false
        var isEscaped = false
        var byte: UInt8 = 0x7b
        reading: while true {
            if count < lines.limit {
                if count == capacity { grow() }
                record[count] = byte
            }
            count += 1
            if isString {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5c {
                    isEscaped = true
                } else if byte == 0x22 {
                    isString = false
                }
            } else if byte == 0x22 {
                isString = true
            } else if byte == 0x7b || byte == 0x5b {
                depth += 1
            } else if byte == 0x7d || byte == 0x5d {
                depth -= 1
                if depth == 0 { break reading }
            }
            guard let more = try lines.nextByte() else {
                throw fault("row \(rows)", "the file ends in the middle of it: it was cut off")
            }
            byte = more
        }
        let isTooLong = count > lines.limit
        return LineReader.Line(
            number: rows, bytes: UnsafeBufferPointer(start: record, count: isTooLong ? 0 : count), isTooLong: isTooLong)
    }

    private func grow() {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: 2 * capacity)
        larger.update(from: record, count: capacity)
        record.deallocate()
        record = larger
        capacity *= 2
    }

    private var isInString = false
    private var isEscape = false

    /// Counts the braces of what is around the rows.
    private func scanWrapping(_ byte: UInt8) {
        if isInString {
            if isEscape {
                isEscape = false
            } else if byte == 0x5c {
                isEscape = true
            } else if byte == 0x22 {
                isInString = false
            }
        } else if byte == 0x22 {
            isInString = true
        } else if byte == 0x7b {
            openBraces += 1
        } else if byte == 0x7d {
            openBraces -= 1
        }
    }

    /// What follows the array within its object; a second object of the kind would be rows left out.
    private func readOverWrapping() throws(InputError) {
        while openBraces > 0 {
            guard let byte = try lines.nextByte() else {
                throw fault("file", "ends in the middle of an object: it was cut off")
            }
            scanWrapping(byte)
        }
        while let byte = try lines.nextByte() {
            guard byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d else {
                throw fault(
                    "file",
                    "more follows the object that holds the rows (several pages of an export?): "
                        + "`jq -c '.[] | arrays | .[]' FILE` makes lines of the rows of all")
            }
        }
    }

    private func fault(_ field: String, _ reason: String) -> InputError {
        InputError(file: file, line: lines.lineNumber + 1, field: field, reason: reason)
    }

    // MARK: Which shape it is

    private func shape(of start: UnsafeBufferPointer<UInt8>) -> Shape {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d }
        guard let first = start.firstIndex(where: { !isSpace($0) }) else { return .lines }
        if start[first] == 0x5b {
            let second = start[(first + 1)...].first { !isSpace($0) }
            return second == 0x7b || second == 0x5d ? .array : .lines
        }
        guard start[first] == 0x7b else { return .lines }
        let lineEnd = start[first...].firstIndex(of: 0x0a) ?? start.count
        let walk = walk(start, from: first)
        let wrapped = walk.isRow ? nil : walk.array
        guard let end = Self.end(of: start, from: first) else {
            // Longer than what was looked at, printed over several lines, or broken.
            if let wrapped { return .wrapped(at: wrapped) }
            let last = start[first..<lineEnd].last { !isSpace($0) } ?? 0
            return lineEnd < start.count && [0x7b, 0x5b, 0x2c, 0x3a].contains(last) ? .values : .lines
        }
        let next = start[end...].firstIndex { !isSpace($0) }
        if next == nil || end > lineEnd, let wrapped { return .wrapped(at: wrapped) }
        if end > lineEnd { return .values }
        guard let next else { return .lines }
        // Objects behind one another on a line.
        return next < lineEnd && (start[next] == 0x7b || start[next] == 0x2c) ? .values : .lines
    }

    /// Where the object that begins there ends; nil where it does not.
    private static func end(of bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var depth = 0
        var isString = false
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if isString {
                if byte == 0x5c { index += 1 }
                if byte == 0x22 { isString = false }
            } else if byte == 0x22 {
                isString = true
            } else if byte == 0x7b || byte == 0x5b {
                depth += 1
            } else if byte == 0x7d || byte == 0x5d {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }

    /// Whether the object has a mark of rows, and where the array begins that may hold the rows.
    private func walk(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (isRow: Bool, array: Int?) {
        var cursor = JSONCursor(bytes)
        cursor.rewind(to: start)
        var isRow = false
        var array: Int?
        try? search(&cursor, depth: 0, isRow: &isRow, array: &array)
        return (isRow, array)
    }

    private func search(_ cursor: inout JSONCursor, depth: Int, isRow: inout Bool, array: inout Int?) throws(RowFault) {
        try cursor.take(0x7b, "")
        if cursor.takeIf(0x7d) { return }
        repeat {
            let key = try cursor.string(try cursor.takeText(""), "")
            try cursor.take(0x3a, "")
            if depth == 0, marks.contains(key) { isRow = true }
            let next = cursor.peek()
            if next == 0x5b, array == nil, containers?.contains(key) != false {
                var inside = cursor
                try inside.take(0x5b, "")
                if inside.peek() == 0x7b { array = cursor.position }
            }
            if next == 0x7b, array == nil, depth < Self.maximumDepth {
                try search(&cursor, depth: depth + 1, isRow: &isRow, array: &array)
            } else {
                try cursor.skipValue("")
            }
        } while cursor.takeIf(0x2c)
        try cursor.take(0x7d, "")
    }
}
