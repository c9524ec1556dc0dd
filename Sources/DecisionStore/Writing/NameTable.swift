/// Names and their numbers, as far as they were met. The empty name is number 0 and is not stored.
struct NameTable: Sendable {
    private var numbers: [String: Int] = ["": 0]
    private var texts: [Int: String] = [0: ""]

    func number(_ text: String) -> Int? { numbers[text] }
    func text(_ number: Int) -> String? { texts[number] }

    mutating func remember(_ text: String, as number: Int) {
        numbers[text] = number
        texts[number] = text
    }

    /// All names of a store.
    static func load(_ connection: Connection) throws(StoreError) -> NameTable {
        var table = NameTable()
        let rows = try connection.cursor("SELECT id, text FROM name")
        while try rows.step() { table.remember(rows.text(1), as: rows.int(0)) }
        return table
    }
}
