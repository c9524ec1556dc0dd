import Gateway
import Testing

@Suite("shelf of cached answers")
struct AnswerShelfTests {
    @Test("the least recently used goes first, by number and by bytes; expired ones are gone")
    func bounds() {
        var shelf = AnswerShelf<String, Int>(maxEntries: 3, maxBytes: 100)
        for (position, key) in ["a", "b", "c"].enumerated() { shelf.keep(position, for: key, bytes: 30, until: 50) }
        #expect(shelf.value("a", now: 1) == 0)
        shelf.keep(3, for: "d", bytes: 30, until: 50)
        #expect(shelf.value("b", now: 1) == nil && shelf.value("a", now: 1) == 0 && shelf.count == 3)
        shelf.keep(4, for: "e", bytes: 80, until: 50)
        #expect(shelf.count == 1 && shelf.bytes == 80 && shelf.value("e", now: 49) == 4)
        #expect(shelf.value("e", now: 50) == nil && shelf.count == 0 && shelf.bytes == 0)
        shelf.keep(5, for: "f", bytes: 101, until: 50)
        #expect(shelf.value("f", now: 1) == nil)
        shelf.keep(6, for: "g", bytes: 1, until: 50)
        shelf.keep(7, for: "g", bytes: 2, until: 50)
        #expect(shelf.value("g", now: 1) == 7 && shelf.bytes == 2)
        shelf.limit(entries: 0, bytes: 100)
        #expect(shelf.count == 0 && shelf.bytes == 0)
    }

    @Test("agrees with a list kept in order, over 100,000 steps at random")
    func model() {
        var generator = SystemlessGenerator(state: 11)
        var shelf = AnswerShelf<Int, Int>(maxEntries: 8, maxBytes: 60)
        // Newest first.
        var list: [(key: Int, value: Int, bytes: Int, until: Int64)] = []
        for step in 0..<100_000 {
            let key = Int(generator.next() % 20)
            let now = Int64(step)
            if generator.next() % 2 == 0 {
                let (bytes, until) = (Int(generator.next() % 25), now + Int64(generator.next() % 40))
                shelf.keep(step, for: key, bytes: bytes, until: until)
                list.removeAll { $0.key == key }
                list.insert((key, step, bytes, until), at: 0)
                while list.count > 8 || list.reduce(0, { $0 + $1.bytes }) > 60 { list.removeLast() }
            } else {
                let found = shelf.value(key, now: now)
                var expected: Int?
                if let index = list.firstIndex(where: { $0.key == key }) {
                    let entry = list.remove(at: index)
                    if entry.until > now {
                        expected = entry.value
                        list.insert(entry, at: 0)
                    }
                }
                #expect(found == expected)
            }
            #expect(shelf.count == list.count)
            if shelf.count != list.count { return }
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct SystemlessGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
