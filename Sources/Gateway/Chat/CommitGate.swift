import Synchronization

/// Lets an answer out only once its decision is in the log, with a hand-over between threads only where one waits for the other.
///
/// Two parties come, each once, in either order: the store's writer (`opened`) and the event loop (`waits`). Whoever comes second
/// goes on: the writer then has to wake the event loop, the event loop just carries on.
final class CommitGate: Sendable {
    private static let openBit: UInt8 = 1
    private static let waitingBit: UInt8 = 2
    private let bits = Atomic<UInt8>(0)

    /// The decision was written. Returns whether the event loop waits for it and must be woken.
    func open() -> Bool {
        bits.bitwiseOr(Self.openBit, ordering: .acquiringAndReleasing).oldValue & Self.waitingBit != 0
    }

    /// An answer is ready. Returns whether it must wait for `open`.
    func waits() -> Bool {
        bits.bitwiseOr(Self.waitingBit, ordering: .acquiringAndReleasing).oldValue & Self.openBit == 0
    }

    var isOpen: Bool { bits.load(ordering: .acquiring) & Self.openBit != 0 }
}
