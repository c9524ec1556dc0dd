import BanditCore

/// Why stored bytes are no learner state.
package enum LearnerStateError: Error, Equatable, Sendable {
    case truncated
    case unknownFormat(UInt8)
    case notText
    case damagedCells(route: String)
}

extension LearnerState {
    private static var format: UInt8 { 2 }

    /// The state as bytes, every bit of every sum included.
    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = [Self.format]
        bytes.append(integer: version)
        bytes.append(integer: Int64(halfLives.count))
        for (name, halfLife) in halfLives.sorted(by: { $0.key < $1.key }) {
            bytes.append(text: name)
            bytes.append(integer: halfLife)
        }
        bytes.append(integer: Int64(routes.count))
        for route in routes {
            bytes.append(text: route.name)
            for names in [route.categories, route.arms] {
                bytes.append(integer: Int64(names.count))
                for name in names { bytes.append(text: name) }
            }
            for number in route.spend.numbers { bytes.append(integer: number) }
            let cells = route.cells.encoded()
            bytes.append(integer: Int64(cells.count))
            bytes += cells
        }
        return bytes
    }

    /// Reads what ``encoded()`` wrote.
    package init(decoding bytes: [UInt8]) throws(LearnerStateError) {
        var repaired = 0
        try self.init(decoding: bytes, repairedCells: &repaired)
    }

    /// The same; cells whose sums no observations could make are emptied, so that they have their prior, and counted.
    package init(decoding bytes: [UInt8], repairedCells: inout Int) throws(LearnerStateError) {
        var reader = StateReader(bytes: bytes)
        let format = try reader.byte()
        guard format == Self.format else { throw .unknownFormat(format) }
        let version = try reader.integer()
        var halfLives: [String: Timestamp] = [:]
        for _ in 0..<(try reader.count()) {
            let name = try reader.text()
            halfLives[name] = try reader.integer()
        }
        self.init(halfLives: halfLives)
        var routes: [Route] = []
        for _ in 0..<(try reader.count()) {
            let name = try reader.text()
            var names: [[String]] = []
            for _ in 0..<2 {
                var list: [String] = []
                for _ in 0..<(try reader.count()) { list.append(try reader.text()) }
                names.append(list)
            }
            var numbers: [Int64] = []
            for _ in 0..<SpendAccount.numberCount { numbers.append(try reader.integer()) }
            let cellBytes = try reader.bytes(try reader.count())
            let cells: CellTable
            do { cells = try CellTable(decoding: cellBytes, repairedCells: &repairedCells) } catch {
                throw .damagedCells(route: name)
            }
            guard cells.categoryCount == names[0].count, cells.armCount == names[1].count else {
                throw .damagedCells(route: name)
            }
            routes.append(
                Route(
                    name: name, categories: names[0], arms: names[1], cells: cells,
                    spend: SpendAccount(numbers: numbers)))
        }
        restore(routes: routes, version: version)
    }
}

/// Reads little-endian integers and counted texts, and never past the end.
private struct StateReader {
    let bytes: [UInt8]
    var position = 0

    mutating func byte() throws(LearnerStateError) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        position += 1
        return bytes[position - 1]
    }

    mutating func integer() throws(LearnerStateError) -> Int64 {
        guard bytes.count - position >= 8 else { throw .truncated }
        var value: UInt64 = 0
        for offset in 0..<8 { value |= UInt64(bytes[position + offset]) << UInt64(8 * offset) }
        position += 8
        return Int64(bitPattern: value)
    }

    /// A length: never more than the bytes that are left, so that a damaged one cannot ask for memory.
    mutating func count() throws(LearnerStateError) -> Int {
        let value = try integer()
        guard value >= 0, value <= Int64(bytes.count - position) else { throw .truncated }
        return Int(value)
    }

    mutating func bytes(_ count: Int) throws(LearnerStateError) -> [UInt8] {
        guard count <= bytes.count - position else { throw .truncated }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    mutating func text() throws(LearnerStateError) -> String {
        guard let text = String(validating: try bytes(try count()), as: UTF8.self) else { throw .notText }
        return text
    }
}

extension [UInt8] {
    fileprivate mutating func append(integer: Int64) {
        Swift.withUnsafeBytes(of: integer.littleEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func append(text: String) {
        append(integer: Int64(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}
