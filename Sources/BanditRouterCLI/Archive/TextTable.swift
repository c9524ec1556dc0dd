/// Columns for people.
enum TextTable {
    /// Rows of equal length, the columns two spaces apart; what looks like a number stands on the right.
    static func aligned(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.enumerated().map { index, row in
            row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                let isNumeric = rows.dropFirst().allSatisfy { Self.isNumeric($0[column]) }
                return isNumeric ? space + text : text + space
            }.joined(separator: "  ")
        }
        return lines.map { line in
            var line = line
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    private static func isNumeric(_ text: String) -> Bool {
        text == "–" || text.allSatisfy { $0.isNumber || "+-.…–e% ".contains($0) }
    }
}
