import BanditCore
import Testing
import WireFormats

@Suite("Bytes in bytes")
struct ByteSearchTests {
    @Test("what is found is what a plain search finds, in texts of few letters, from any place")
    func plainSearch() {
        var generator = SplitMix64(seed: 7)
        for _ in 0..<20_000 {
            let text = (0..<Int(generator.next() % 24)).map { _ in UInt8(97 + generator.next() % 2) }
            let wanted = (0..<Int(generator.next() % 5)).map { _ in UInt8(97 + generator.next() % 2) }
            let start = Int(generator.next() % UInt64(text.count + 1))
            let found = text.withUnsafeBytes { $0.firstRange(of: wanted, from: start) }
            #expect(found == Self.plain(text, wanted, start))
        }
    }

    private static func plain(_ text: [UInt8], _ wanted: [UInt8], _ start: Int) -> Range<Int>? {
        guard !wanted.isEmpty, text.count - start >= wanted.count else { return nil }
        return (start...text.count - wanted.count).lazy.map { $0..<$0 + wanted.count }
            .first { Array(text[$0]) == wanted }
    }
}
