import Foundation
import OffPolicy
package import PolicySimulator

/// Reads an outcome table (DESIGN §9): CSV, zipped or not.
package enum OutcomeTableReader {
    /// A matrix a column belongs to, told by what is before the first `|` of its name.
    private enum Quantity: String, CaseIterable {
        case score, cost, ptok, ctok, lat
    }

    /// Reads `path`. Leading columns but `prompt_id` may be missing, other columns are ignored, an empty cell is unknown.
    package static func read(path: String) throws(InputError) -> OutcomeTable {
        let csv = try CSVReader(path: path)
        guard try !csv.beginsAsJSON() else {
            throw InputError(
                file: path, line: 1, field: "file",
                reason: "is JSON; an outcome table is CSV with a header: prompt_id,score|MODEL,…")
        }
        guard try csv.next() else {
            throw InputError(file: path, line: 1, field: "header", reason: "the file is empty")
        }
        let header = try Header(csv)
        var rows = Rows(header)
        var faults = FaultTally(file: path)
        while try csv.next() {
            try rows.add(csv, header)
            if !rows.faults.isEmpty { faults.add(rows.faults, line: csv.line) }
        }
        if !faults.isEmpty {
            if let remedy = rows.writtenScores.remedy(command: "bandit-router convert --from table") {
                for model in header.models { faults.remark(remedy, field: "score|\(model)", .range) }
            }
            throw faults.error()!
        }
        guard !rows.promptIDs.isEmpty else {
            throw InputError(file: path, line: 1, field: "rows", reason: "the table has a header but no rows")
        }
        return rows.table(header)
    }

    /// Which column holds what.
    private struct Header {
        var columnCount = 0
        var leading: [String: Int] = [:]
        var models: [String] = []
        /// `columns[quantity][model]`: the column, or nil.
        var columns: [Quantity: [Int?]] = [:]
        var names: [String] = []
        /// `quantity|model` of an unknown quantity, and leading columns in other letters.
        var ignored: [String] = []
        private static let leadingNames = ["prompt_id", "category", "subcategory", "prompt", "prompt_chars"]

        init(_ csv: CSVReader) throws(InputError) {
            columnCount = csv.fieldCount
            var found: [Quantity: [String: Int]] = [:]
            for column in 0..<columnCount {
                let name = try csv.field(column)
                names.append(name)
                guard let bar = name.firstIndex(of: "|") else {
                    guard leading.updateValue(column, forKey: name) == nil || name.isEmpty else {
                        throw csv.error(name, "the column appears twice")
                    }
                    if !Self.leadingNames.contains(name), Self.leadingNames.contains(name.lowercased()) {
                        ignored.append(name)
                    }
                    continue
                }
                guard let quantity = Quantity(rawValue: String(name[..<bar])) else {
                    ignored.append(name)
                    continue
                }
                let model = String(name[name.index(after: bar)...])
                guard OutcomeTableReader.isArmID(model) else {
                    throw csv.error(name, "\"\(model)\" is not an arm id: [A-Za-z0-9][A-Za-z0-9._:@/+-]*")
                }
                guard found[quantity, default: [:]].updateValue(column, forKey: model) == nil else {
                    throw csv.error(name, "the column appears twice")
                }
                if quantity == .score { models.append(model) }
            }
            let present = "; the columns are \(names.prefix(30).joined(separator: ", "))"
            guard leading["prompt_id"] != nil else {
                throw csv.error("prompt_id", "the column is missing" + present)
            }
            guard !models.isEmpty else {
                throw csv.error("score|MODEL", "the table has no score column" + present)
            }
            for (quantity, byModel) in found {
                if let orphan = byModel.keys.filter({ !models.contains($0) }).min() {
                    throw csv.error("\(quantity.rawValue)|\(orphan)", "the model has no score|\(orphan) column")
                }
                columns[quantity] = models.map { byModel[$0] }
            }
        }
    }

    private struct Rows {
        var promptIDs: [String] = []
        var lineOfID: [String: Int] = [:]
        var texts: [String: [String]] = [:]
        var characters: [Int?] = []
        var matrices: [Quantity: [Double]] = [:]

        init(_ header: Header) {
            for quantity in header.columns.keys { matrices[quantity] = [] }
        }

        /// What is wrong with the record added last.
        private(set) var faults: [RowFault] = []
        private(set) var writtenScores = WrittenRewards()

        mutating func add(_ csv: CSVReader, _ header: Header) throws(InputError) {
            faults.removeAll(keepingCapacity: true)
            guard csv.fieldCount == header.columnCount else {
                return note(
                    "record", .length, "\(csv.fieldCount) fields where the header has \(header.columnCount)")
            }
            let id = try csv.field(header.leading["prompt_id"]!)
            if id.isEmpty {
                note("prompt_id", .missing, "empty")
            } else if let before = lineOfID.updateValue(csv.line, forKey: id) {
                note("prompt_id", .duplicate, "\"\(id)\" is on line \(before) already")
            }
            promptIDs.append(id)
            for name in ["category", "subcategory", "prompt"] {
                if let column = header.leading[name] { texts[name, default: []].append(try csv.field(column)) }
            }
            if let column = header.leading["prompt_chars"] {
                let text = try csv.field(column)
                let value = Int(text)
                if !text.isEmpty, value.map({ $0 >= 0 }) != true {
                    note("prompt_chars", .type, "\"\(text)\" is not a whole number ≥ 0")
                }
                characters.append(value)
            }
            for (quantity, columns) in header.columns {
                for column in columns {
                    matrices[quantity]!.append(try value(csv, column, quantity, header))
                }
            }
        }

        private mutating func note(_ field: String, _ sort: RowFault.Sort, _ reason: String) {
            faults.append(RowFault(field: field, sort, reason: reason))
        }

        /// NaN where the cell is empty or, with a fault noted, no good.
        private mutating func value(
            _ csv: CSVReader, _ column: Int?, _ quantity: Quantity, _ header: Header
        ) throws(InputError) -> Double {
            guard let column, !csv.isEmpty(column) else { return .nan }
            let text = try csv.field(column)
            guard let value = csv.decimal(text) else {
                note(header.names[column], .type, csv.noNumber(text))
                return .nan
            }
            if quantity == .score { writtenScores.add(value) }
            guard value >= 0, quantity != .score || value <= 1 else {
                note(
                    header.names[column], .range,
                    "\(text) is outside \(quantity == .score ? "[0, 1]" : "[0, ∞)")")
                return .nan
            }
            return value
        }

        consuming func table(_ header: Header) -> OutcomeTable {
            var table = OutcomeTable(
                promptIDs: promptIDs, categories: texts["category"], subcategories: texts["subcategory"],
                promptCharacters: header.leading["prompt_chars"] == nil ? nil : characters, prompts: texts["prompt"],
                models: header.models, scores: matrices[.score]!, costsUSD: matrices[.cost],
                promptTokens: matrices[.ptok], completionTokens: matrices[.ctok], latencyMS: matrices[.lat])
            table.ignoredColumns = header.ignored
            return table
        }
    }

    /// `[A-Za-z0-9][A-Za-z0-9._:@/+-]*` (DESIGN §9).
    package static func isArmID(_ text: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        }
        guard let first = text.utf8.first, isAlphanumeric(first) else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0) || "._:@/+-".utf8.contains($0) }
    }
}
