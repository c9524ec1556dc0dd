/// FNV-1a, 64 bits (Fowler, Noll, Vo): the same on every machine and in every version. It tells versions and damage apart, and says
/// nothing against malice.
package struct FNV1a: Sendable {
    private static let prime: UInt64 = 0x100_0000_01B3
    /// What an empty text hashes to.
    package static let start: UInt64 = 0xCBF2_9CE4_8422_2325
    package private(set) var value: UInt64

    package init(from value: UInt64 = start) { self.value = value }

    package init(_ bytes: some Sequence<UInt8>, from start: UInt64 = start) {
        self.init(from: start)
        add(bytes)
    }

    package mutating func add(_ byte: UInt8) { step(UInt64(byte)) }

    package mutating func add(_ bytes: some Sequence<UInt8>) { for byte in bytes { add(byte) } }

    /// Takes a whole number in where the function takes a byte.
    package mutating func step(_ number: UInt64) { value = (value ^ number) &* Self.prime }

    /// Eight bytes, the least significant first.
    package mutating func add(_ number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// 16 hexadecimal digits.
    package var digits: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
