/// One of several parts that a log is judged in, each perhaps on another machine.
package struct LogPart: Sendable, Equatable {
    package let index: Int
    package let count: Int

    package init(index: Int, count: Int) {
        precondition(count >= 1 && (0..<count).contains(index), "one of the parts")
        self.index = index
        self.count = count
    }

    /// Whether rows whose session's or, without one, whose own name has this hash are of the part: the rows of a session are together.
    func contains(_ hash: UInt64) -> Bool {
        // Multiplied, so that names whose hashes agree in some bits are dealt out evenly still.
        ((hash &* 0x9e37_79b9_7f4a_7c15) >> 32) % UInt64(count) == UInt64(index)
    }
}
