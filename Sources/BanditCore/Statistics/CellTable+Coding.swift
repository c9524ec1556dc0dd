/// Why bytes are no cell table.
package struct CellTableError: Error, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case truncated, unknownVersion, invalidHeader, trailingBytes, checksumMismatch
    }

    package let code: Code
    package let message: String
    package var description: String { message }
}

/// Version 1, little-endian: magic "CT", version, flags, half-life, γ, categories, arms, epoch, then the sums, then an
/// FNV-1a checksum of everything before it.
extension CellTable {
    static let magic: [UInt8] = [0x43, 0x54]
    static let version: UInt8 = 1
    static let largestDimension = 1 << 20

    /// The table as bytes; `init(decoding:)` gives it back bit for bit.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.bytes = Self.magic + [Self.version, (keepsEverything ? 0 : 1) | (epoch == nil ? 0 : 2)]
        writer.write(forgetting.halfLife ?? 0)
        writer.write(implicitExploration)
        writer.write(UInt64(categoryCount))
        writer.write(UInt64(armCount))
        writer.write(UInt64(bitPattern: Int64(epoch ?? 0)))
        for cells in [exact, exactLoss, exactTraffic] {
            for cell in cells { writer.write(cell) }
        }
        for cells in [decayed, decayedLoss, decayedTraffic] {
            for cell in cells { writer.write(cell) }
        }
        writer.write(FNV1a(writer.bytes).value)
        return writer.bytes
    }

    /// The table that `encoded` wrote.
    package init(decoding bytes: [UInt8]) throws(CellTableError) {
        var repaired = 0
        try self.init(decoding: bytes, repairedCells: &repaired)
    }

    /// The table that `encoded` wrote; cells whose sums break an invariant (not finite, a negative count, a reward sum
    /// outside its count) are emptied, so that they fall back to their prior, and counted.
    package init(decoding bytes: [UInt8], repairedCells: inout Int) throws(CellTableError) {
        var reader = ByteReader(bytes: bytes)
        guard try reader.byte() == Self.magic[0], try reader.byte() == Self.magic[1] else {
            throw CellTableError(code: .invalidHeader, message: "these bytes are no cell table")
        }
        let version = try reader.byte()
        guard version == Self.version else {
            throw CellTableError(
                code: .unknownVersion,
                message: "cell table version \(version) is unknown; this build reads \(Self.version)")
        }
        let flags = try reader.byte()
        let halfLife = try reader.double()
        let implicitExploration = try reader.double()
        let categories = try reader.word()
        let arms = try reader.word()
        let epoch = Int(Int64(bitPattern: try reader.word()))
        let keeps = flags & 1 == 0
        guard flags < 4, keeps ? halfLife == 0 : halfLife > 0 && halfLife.isFinite,
            implicitExploration >= 0, implicitExploration.isFinite,
            categories <= UInt64(Self.largestDimension), arms <= UInt64(ArmSet.capacity)
        else {
            throw CellTableError(code: .invalidHeader, message: "the header of the cell table is damaged")
        }
        let (sumsPerTable, size) = (
            Int(categories) * Int(arms) * (Self.signals + 1) + Int(categories),
            keeps ? ExactSums.size : DecayedSums.size
        )
        guard bytes.count >= reader.position + sumsPerTable * size + 8 else {
            throw CellTableError(code: .truncated, message: "the cell table ends after \(bytes.count) bytes")
        }
        guard bytes.count == reader.position + sumsPerTable * size + 8 else {
            throw CellTableError(code: .trailingBytes, message: "bytes follow the end of the cell table")
        }
        var check = ByteReader(bytes: bytes, position: bytes.count - 8)
        guard try check.word() == FNV1a(bytes[..<(bytes.count - 8)]).value else {
            throw CellTableError(code: .checksumMismatch, message: "the checksum of the cell table does not match")
        }
        self.init(
            categories: Int(categories), arms: Int(arms), forgetting: Forgetting(halfLife: keeps ? nil : halfLife),
            implicitExploration: implicitExploration)
        self.epoch = flags & 2 == 0 ? nil : Forgetting.clamped(epoch)
        if keeps {
            for index in exact.indices { exact[index] = try reader.exactSums() }
            for index in exactLoss.indices { exactLoss[index] = try reader.exactSums() }
            for index in exactTraffic.indices { exactTraffic[index] = try reader.exactSums() }
        } else {
            for index in decayed.indices { decayed[index] = try reader.decayedSums() }
            for index in decayedLoss.indices { decayedLoss[index] = try reader.decayedSums() }
            for index in decayedTraffic.indices { decayedTraffic[index] = try reader.decayedSums() }
        }
        repairedCells += repair()
    }

    /// Empties a cell whose sums no observations could make (one was taken back that was never counted, or rounding ate the others):
    /// it has its prior then, as it would once it is read from bytes.
    package mutating func settle(category: Int, arm: Int) {
        if !isSound(category: category, arm: arm) { reset(category: category, arm: arm) }
    }

    /// Empties the cells whose sums break an invariant; returns how many.
    package mutating func repair() -> Int {
        var repaired = 0
        for category in 0..<categoryCount {
            for arm in 0..<armCount where !isSound(category: category, arm: arm) {
                reset(category: category, arm: arm)
                repaired += 1
            }
            let sound = keepsEverything ? exactTraffic[category].count >= 0 : decayedTraffic[category].isSound
            if !sound {
                if keepsEverything {
                    exactTraffic[category] = ExactSums()
                } else {
                    decayedTraffic[category] = DecayedSums()
                }
                repaired += 1
            }
        }
        return repaired
    }

    /// Whether a cell's sums could have come from observations: finite, counts ≥ 0, 0 ≤ Σx² ≤ Σx ≤ n for rewards and
    /// failures, within rounding.
    package func isSound(category: Int, arm: Int) -> Bool {
        let index = cell(category, arm)
        for signal in Signal.allCases {
            let position = index * Self.signals + signal.rawValue
            let unit = signal == .reward || signal == .failure
            if keepsEverything {
                let sums = exact[position]
                if sums.count < 0 || sums.sumSquares < 0 || (sums.count == 0 && !sums.isZero) { return false }
                if unit && (sums.sum < 0 || sums.sum > Int128(sums.count)) { return false }
            } else {
                let sums = decayed[position]
                if !sums.isSound { return false }
                let slack = 1e-6 * (1 + sums.count)
                if unit && (sums.sum < -slack || sums.sum > sums.count + slack) { return false }
            }
        }
        return keepsEverything ? exactLoss[index].count >= 0 && exactLoss[index].sum >= 0 : decayedLoss[index].isSound
    }
}

extension ExactSums {
    static let size = 40
}

extension DecayedSums {
    static let size = 32

    var isSound: Bool {
        guard held >= 0, count.isFinite, sum.isFinite, sumSquares.isFinite else { return false }
        return count >= -1e-6 * (1 + Double(held)) && (held > 0 || isZero)
    }
}

struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func write(_ word: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }

    mutating func write(_ value: Double) { write(value.bitPattern) }

    mutating func write(_ value: Int128) {
        write(UInt64(truncatingIfNeeded: value))
        write(UInt64(truncatingIfNeeded: value >> 64))
    }

    mutating func write(_ sums: ExactSums) {
        write(UInt64(bitPattern: sums.count))
        write(sums.sum)
        write(sums.sumSquares)
    }

    mutating func write(_ sums: DecayedSums) {
        write(UInt64(bitPattern: sums.held))
        write(sums.count)
        write(sums.sum)
        write(sums.sumSquares)
    }
}

struct ByteReader {
    let bytes: [UInt8]
    var position = 0

    mutating func byte() throws(CellTableError) -> UInt8 {
        guard position < bytes.count else {
            throw CellTableError(code: .truncated, message: "the cell table ends after \(bytes.count) bytes")
        }
        position += 1
        return bytes[position - 1]
    }

    mutating func word() throws(CellTableError) -> UInt64 {
        guard position + 8 <= bytes.count else {
            throw CellTableError(code: .truncated, message: "the cell table ends after \(bytes.count) bytes")
        }
        var word: UInt64 = 0
        for offset in 0..<8 { word |= UInt64(bytes[position + offset]) << UInt64(8 * offset) }
        position += 8
        return word
    }

    mutating func double() throws(CellTableError) -> Double { Double(bitPattern: try word()) }

    mutating func wide() throws(CellTableError) -> Int128 {
        let low = try word()
        let high = Int64(bitPattern: try word())
        return Int128(high) << 64 | Int128(low)
    }

    mutating func exactSums() throws(CellTableError) -> ExactSums {
        ExactSums(count: Int64(bitPattern: try word()), sum: try wide(), sumSquares: try wide())
    }

    mutating func decayedSums() throws(CellTableError) -> DecayedSums {
        DecayedSums(
            held: Int64(bitPattern: try word()), count: try double(), sum: try double(), sumSquares: try double())
    }
}
