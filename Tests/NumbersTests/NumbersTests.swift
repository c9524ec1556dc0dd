import Numbers
import Testing

@Suite("Numbers from outside")
struct NumbersTests {
    static let edges: [Double] = [
        0, -0.0, 0.5, -0.5, 1, -1, 127, 127.9, 128, -128, -128.5, -129, 255, 255.5, 256, 0x1p31, -0x1p31, 0x1p32,
        0x1p53, 0x1p63, -0x1p63, 0x1p63 - 1024, 0x1p64, 0x1p64 - 2048, 4e18, 1e19, -1e19, 1e300, -1e300, .infinity,
        -.infinity, .nan, .greatestFiniteMagnitude, .leastNonzeroMagnitude, .pi,
    ]

    /// What the conversion must give, by arithmetic that cannot overflow.
    private static func expected<Integer: FixedWidthInteger>(_ value: Double, _: Integer.Type) -> Integer {
        if value.isNaN { return 0 }
        return Integer(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
    }

    @Test(
        "a conversion keeps what fits, ends at the ends of the type, and takes no number for nothing", arguments: edges)
    func saturation(value: Double) {
        #expect(Int(saturating: value) == Self.expected(value, Int.self))
        #expect(Int8(saturating: value) == Self.expected(value, Int8.self))
        #expect(Int32(saturating: value) == Self.expected(value, Int32.self))
        #expect(UInt8(saturating: value) == Self.expected(value, UInt8.self))
        #expect(UInt32(saturating: value) == Self.expected(value, UInt32.self))
        #expect(UInt64(saturating: value) == Self.expected(value, UInt64.self))
    }

    @Test("sums, differences and products end at the ends of the type")
    func sums() {
        let edges: [Int64] = [.min, .min + 1, -3, -1, 0, 1, 3, .max - 1, .max]
        for left in edges {
            for right in edges {
                func kept(_ exact: Int128) -> Int64 {
                    Int64(clamping: exact)
                }
                let (a, b) = (Int128(left), Int128(right))
                #expect(left.addingSaturated(right) == kept(a + b))
                #expect(left.subtractingSaturated(right) == kept(a - b))
                #expect(left.multipliedSaturated(by: right) == kept(a * b))
            }
        }
    }

    @Test("a count is not negative and never beyond what is believed")
    func counts() {
        #expect(Count.read(nil) == nil)
        #expect(Count.read(-1) == nil && Count.read(.min) == nil)
        #expect(Count.read(0) == 0 && Count.read(Count.most) == Count.most)
        #expect(Count.read(.max) == Count.most)
        #expect(Count.clamped(.min) == 0 && Count.clamped(.max) == Count.most)
    }
}
