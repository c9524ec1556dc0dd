import Synchronization

/// How many bytes of a stream lie between the engine's thread and its reader.
///
/// The engine charges what it reads from the provider and stops reading at a limit; the reader discharges what it has taken, and is
/// told to wake the engine once most of it is gone. Bytes and "the engine has stopped" are one word: whichever side comes second sees
/// what the other did, so that a stopped engine is woken exactly once, and never missed.
package struct DeliveryAccount: ~Copyable, Sendable {
    /// The engine stops at this many, where few calls share the budget of all.
    package static let highWaterBytes = 131_072
    /// A stopped engine goes on at this many. The limit of a call never is below.
    package static let lowWaterBytes = 32_768

    /// Twice the bytes, and one more while the engine has stopped.
    private let word = Atomic<Int>(0)

    package init() {}

    package var bytes: Int { word.load(ordering: .relaxed) >> 1 }

    /// The engine has read this many more.
    package func charge(_ bytes: Int) { word.wrappingAdd(bytes << 1, ordering: .relaxed) }

    /// Whether the engine must read no further, because `limit` bytes or more wait; from then on `discharge` has it woken.
    package func stops(at limit: Int) -> Bool {
        var seen = word.load(ordering: .relaxed)
        while seen >> 1 >= limit {
            let (exchanged, original) = word.weakCompareExchange(
                expected: seen, desired: seen | 1, ordering: .acquiringAndReleasing)
            if exchanged { return true }
            seen = original
        }
        return false
    }

    /// The reader has taken this many. Returns whether the engine has stopped and is to be woken now.
    package func discharge(_ bytes: Int) -> Bool {
        let left = word.wrappingSubtract(bytes << 1, ordering: .acquiringAndReleasing).newValue
        guard left & 1 == 1, left >> 1 <= Self.lowWaterBytes else { return false }
        return word.bitwiseAnd(~1, ordering: .acquiringAndReleasing).oldValue & 1 == 1
    }
}

/// A number of bytes of all calls of a transport together.
package final class ByteTally: Sendable {
    private let count = Atomic<Int>(0)

    package var value: Int { count.load(ordering: .relaxed) }

    /// Counts so many more, or less; returns how many there are then.
    @discardableResult
    package func add(_ bytes: Int) -> Int { count.wrappingAdd(bytes, ordering: .relaxed).newValue }
}
