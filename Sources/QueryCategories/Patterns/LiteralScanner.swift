/// Finds which of up to 64 sets of byte strings have a member in a text, ignoring the case of ASCII letters, in one pass
/// (Aho and Corasick 1975, doi:10.1145/360825.360855).
struct LiteralScanner: Sendable {
    static let setLimit = 64

    private let classOfByte: [UInt8]
    private let classCount: Int
    /// `[state][class]`: the next state times `classCount`. States at whose end a string ends come last.
    private let table: [Int32]
    private let firstHit: Int32
    /// By state from the first that ends a string on: the sets that have that string.
    private let hits: [UInt64]

    /// Nil where the strings are too many or too different for a small table.
    ///
    /// - Precondition: at most `setLimit` sets, no string empty.
    init?(_ sets: [[[UInt8]]]) {
        precondition(sets.count <= Self.setLimit, "a bit for every set")
        // Bytes that are in no string share class 0.
        var classOfByte = [UInt8](repeating: 0, count: 256)
        var classCount = 1
        for byte in Set(sets.joined().joined()).sorted() {
            guard classCount < 256 else { return nil }
            classOfByte[Int(byte)] = UInt8(classCount)
            classCount += 1
        }
        for byte in UInt8(ascii: "A")...UInt8(ascii: "Z") {
            classOfByte[Int(byte)] = classOfByte[Int(Self.folded(byte))]
        }

        var children = [[Int]](repeating: [Int](repeating: -1, count: classCount), count: 1)
        var masks: [UInt64] = [0]
        for (number, strings) in sets.enumerated() {
            for string in strings {
                precondition(!string.isEmpty, "an empty string is in every text")
                var state = 0
                for byte in string {
                    let symbol = Int(classOfByte[Int(byte)])
                    if children[state][symbol] < 0 {
                        children[state][symbol] = children.count
                        children.append([Int](repeating: -1, count: classCount))
                        masks.append(0)
                    }
                    state = children[state][symbol]
                }
                masks[state] |= 1 << UInt64(number)
            }
        }
        guard children.count * classCount <= PatternAutomaton.tableLimit else { return nil }

        // Breadth first: where a string goes no further, the longest of its endings that begins a string goes on.
        var suffix = [Int](repeating: 0, count: children.count)
        var pending: [Int] = []
        for symbol in 0..<classCount {
            let child = children[0][symbol]
            if child < 0 { children[0][symbol] = 0 } else { pending.append(child) }
        }
        var done = 0
        while done < pending.count {
            let state = pending[done]
            done += 1
            masks[state] |= masks[suffix[state]]
            for symbol in 0..<classCount {
                let child = children[state][symbol]
                let other = children[suffix[state]][symbol]
                if child < 0 {
                    children[state][symbol] = other
                } else {
                    suffix[child] = other
                    pending.append(child)
                }
            }
        }

        let order = children.indices.filter { masks[$0] == 0 } + children.indices.filter { masks[$0] != 0 }
        var numberOf = [Int](repeating: 0, count: order.count)
        for (number, state) in order.enumerated() { numberOf[state] = number }
        table = order.flatMap { state in children[state].map { Int32(numberOf[$0] * classCount) } }
        let silent = masks.count { $0 == 0 }
        firstHit = Int32(silent * classCount)
        hits = order[silent...].map { masks[$0] }
        self.classOfByte = classOfByte
        self.classCount = classCount
    }

    /// A bit for every set with a member in the text.
    func sets(in bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var found: UInt64 = 0
        table.withUnsafeBufferPointer { table in
            classOfByte.withUnsafeBufferPointer { classes in
                var state: Int32 = 0
                for byte in bytes {
                    state = table[Int(state) + Int(classes[Int(byte)])]
                    if state >= firstHit { found |= hits[Int(state - firstHit) / classCount] }
                }
            }
        }
        return found
    }

    @inline(__always)
    static func folded(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
