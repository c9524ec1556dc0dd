/// A 128-bit hash of a decision id: tells duplicates, and seeds the draws that concern the decision.
package struct DecisionIdentity: Hashable, Sendable {
    package let low: UInt64
    package let high: UInt64

    package init(_ id: UnsafeBufferPointer<UInt8>) {
        var low: UInt64 = 0x9e37_79b9_7f4a_7c15 ^ UInt64(id.count)
        var high: UInt64 = 0xc2b2_ae3d_27d4_eb4f &+ UInt64(id.count)
        var index = 0
        while index < id.count {
            var word: UInt64 = 0
            let end = min(index + 8, id.count)
            if end - index == 8 {
                word = UnsafeRawPointer(id.baseAddress! + index).loadUnaligned(as: UInt64.self)
            } else {
                for byte in index..<end { word |= UInt64(id[byte]) << UInt64(8 * (byte - index)) }
            }
            low = Self.fold(low ^ word, 0xa076_1d64_78bd_642f)
            high = Self.fold(high ^ word, 0xe703_7ed1_a0b4_28db) &+ low
            index = end
        }
        self.low = Self.fold(low ^ high, 0x8ebc_6af0_9c88_c6e3)
        self.high = Self.fold(high, 0x5899_65cc_7537_4cc3) ^ low
    }

    package init(_ id: String) {
        var id = id
        self = id.withUTF8 { DecisionIdentity($0) }
    }

    /// Multiply to twice the width, fold the halves together (as wyhash does).
    @inline(__always)
    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low ^ (left &<< 32 | left &>> 32)
    }
}

/// Which decision stood on which line.
package struct IdentityTable: Sendable {
    // Open addressing in three flat arrays, at most half full: a million rows take 42 MB.
    private var lows: [UInt64] = []
    private var highs: [UInt64] = []
    private var lines: [UInt32] = []
    private var count = 0

    package init() { grow(to: 1 << 10) }

    /// Notes that `identity` is on `line` (≥ 1); the line it was on before, if any, and then nothing changes.
    package mutating func insert(_ identity: DecisionIdentity, line: Int) -> Int? {
        if 2 * (count + 1) > lines.count { grow(to: 2 * lines.count) }
        let slot = find(identity)
        if lines[slot] != 0 { return Int(lines[slot]) }
        lows[slot] = identity.low
        highs[slot] = identity.high
        lines[slot] = UInt32(truncatingIfNeeded: line)
        count += 1
        return nil
    }

    private func find(_ identity: DecisionIdentity) -> Int {
        let mask = lines.count - 1
        var slot = Int(truncatingIfNeeded: identity.low) & mask
        while lines[slot] != 0, lows[slot] != identity.low || highs[slot] != identity.high { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow(to capacity: Int) {
        let before = (lows, highs, lines)
        lows = [UInt64](repeating: 0, count: capacity)
        highs = lows
        lines = [UInt32](repeating: 0, count: capacity)
        let mask = capacity - 1
        for old in before.2.indices where before.2[old] != 0 {
            var slot = Int(truncatingIfNeeded: before.0[old]) & mask
            while lines[slot] != 0 { slot = (slot + 1) & mask }
            lows[slot] = before.0[old]
            highs[slot] = before.1[old]
            lines[slot] = before.2[old]
        }
    }
}
