import Foundation
import Gateway
import Testing

@Suite("memory that was freed")
struct SpareMemoryTests {
    private static let megabyte = 1 << 20

    @Test("is given back when much of it lies unused for a while, and not again for what could not be")
    func due() {
        var memory = SpareMemory()
        func look(_ megabytes: Int) -> Bool { memory.isDue(spareBytes: megabytes * Self.megabyte) }
        #expect(!look(20) && !look(32))
        #expect(!look(100), "it may be used again at once")
        #expect(!look(10))
        #expect(!look(100))
        #expect(look(120))
        memory.gaveBack(leaving: 50 * Self.megabyte)
        #expect(!look(60) && !look(80) && !look(80))
        #expect(!look(90))
        #expect(look(90))
        memory.gaveBack(leaving: 60 * Self.megabyte)
        // What could not be given back became used again.
        #expect(!look(5) && !look(40))
        #expect(look(40))
    }

    @Test("is what the process holds and nothing in it uses")
    func measured() {
        // Blocks between which others stay, as connections that go leave them.
        var blocks = (0..<40_000).map { _ in UnsafeMutableRawPointer.allocate(byteCount: 4_000, alignment: 16) }
        for block in blocks { memset(block, 1, 4_000) }
        let before = SpareMemory.bytes()
        for index in blocks.indices where index % 50 != 0 { blocks[index].deallocate() }
        let freed = SpareMemory.bytes() - before
        for index in blocks.indices where index % 50 == 0 { blocks[index].deallocate() }
        blocks = []
        // Other tests run beside this one.
        #expect(freed > 100 * Self.megabyte && freed < 220 * Self.megabyte, "\(freed)")
    }
}
