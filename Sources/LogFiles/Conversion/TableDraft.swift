import OffPolicy

/// An outcome table as it is put together from rows in any order, a prompt and a model each.
struct TableDraft {
    /// Prompts times models; more are refused.
    static let cellLimit = 50_000_000

    struct Cell {
        var score: Double?
        var costUSD: Double?
        var promptTokens: Double?
        var completionTokens: Double?
        var latencyMS: Double?

        static let columns: [(name: String, value: @Sendable (Cell) -> Double?)] = [
            ("score", { $0.score }), ("cost", { $0.costUSD }), ("ptok", { $0.promptTokens }),
            ("ctok", { $0.completionTokens }), ("lat", { $0.latencyMS }),
        ]
    }

    struct Prompt {
        var id: String
        var category: String?
        var text: String?
    }

    private(set) var prompts: [Prompt] = []
    private(set) var models: [String] = []
    private var places: [String: Int] = [:]
    private var modelPlaces: [String: Int] = [:]
    /// `[prompt][model]`, as far as they came.
    private var cells: [[Int: Cell]] = []
    private(set) var cellCount = 0

    /// The place of a model; its name is made an arm id where it is none.
    mutating func model(_ name: String) -> Int {
        if let place = modelPlaces[name] { return place }
        modelPlaces[name] = models.count
        models.append(Self.armID(name))
        return models.count - 1
    }

    /// Letters an arm id cannot have become `-`.
    static func armID(_ name: String) -> String {
        var id = String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { OutcomeTableReader.isArmID("a" + String($0)) ? $0 : "-" }))
        while let first = id.first, !OutcomeTableReader.isArmID(String(first)) { id.removeFirst() }
        return id.isEmpty ? "model" : id
    }

    /// Adds a cell; false where that prompt has one of that model already.
    mutating func add(_ prompt: Prompt, model: String, _ cell: Cell) -> Bool {
        let place: Int
        if let known = places[prompt.id] {
            place = known
        } else {
            place = prompts.count
            places[prompt.id] = place
            prompts.append(prompt)
            cells.append([:])
        }
        let column = self.model(model)
        guard cells[place][column] == nil else { return false }
        cells[place][column] = cell
        cellCount += 1
        return true
    }

    /// Two models whose names became the same id; nil where there are none.
    var clash: String? {
        var seen: Set<String> = []
        return models.first { !seen.insert($0).inserted }
    }

    /// Prompts that all models have a score for.
    var completePrompts: Int { cells.count { $0.count == models.count } }

    /// Writes the table, with the columns that any cell has a value for.
    func write(to writer: GzipWriter) throws(InputError) {
        let quantities = Cell.columns.indices.filter { column in
            column == 0 || cells.contains { $0.values.contains { Cell.columns[column].value($0) != nil } }
        }
        let hasCategory = prompts.contains { $0.category != nil }
        let hasText = prompts.contains { $0.text != nil }
        var header = ["prompt_id"]
        if hasCategory { header.append("category") }
        if hasText { header.append("prompt") }
        for quantity in quantities { header += models.map { "\(Cell.columns[quantity].name)|\($0)" } }
        try writer.write(Self.line(header))
        for (place, prompt) in prompts.enumerated() {
            var fields = [prompt.id]
            if hasCategory { fields.append(prompt.category ?? "") }
            if hasText { fields.append(prompt.text ?? "") }
            for quantity in quantities {
                for model in models.indices {
                    fields.append(cells[place][model].flatMap(Cell.columns[quantity].value).map { "\($0)" } ?? "")
                }
            }
            try writer.write(Self.line(fields))
        }
    }

    /// A record of CSV (RFC 4180).
    static func line(_ fields: [String]) -> String {
        fields.map { field in
            guard field.utf8.contains(where: { $0 == 0x2c || $0 == 0x22 || $0 == 0x0a || $0 == 0x0d }) else {
                return field
            }
            return "\"" + field.replacing("\"", with: "\"\"") + "\""
        }.joined(separator: ",") + "\n"
    }
}
