/// FNV-1a, 64 bits (Fowler, Noll, Vo): versions and damage, not malice.
struct FNV1a {
    private static let prime: UInt64 = 0x100_0000_01B3
    /// What an empty text hashes to.
    static let start: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var value: UInt64

    init(from value: UInt64 = start) { self.value = value }

    init(_ bytes: some Sequence<UInt8>) {
        self.init()
        add(bytes)
    }

    mutating func add(_ byte: UInt8) { step(UInt64(byte)) }

    mutating func add(_ bytes: some Sequence<UInt8>) { for byte in bytes { add(byte) } }

    /// Takes a whole number in where the function takes a byte.
    mutating func step(_ number: UInt64) { value = (value ^ number) &* Self.prime }

    /// Eight bytes, the least significant first.
    mutating func add(_ number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { add(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// 16 hexadecimal digits.
    var digits: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
