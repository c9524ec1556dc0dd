import Synchronization

/// Lets an answer out only once its decision is in the log, with a hand-over between threads only where one waits for the other.
///
/// Two parties come, each once, in either order: the store's writer (`open`) and the answer, with the event loop (`waits`) or, where it
/// is whole, by itself (`parks`). Whoever comes second goes on: the writer then has to wake the event loop, the event loop just
/// carries on.
package final class CommitGate: Sendable {
    private static let openBit: UInt8 = 1
    private static let waitingBit: UInt8 = 2
    private static let parkedBit: UInt8 = 4
    private let bits = Atomic<UInt8>(0)

    package init() {}

    /// The decision was written. Returns whether the event loop waits for it and must be woken.
    package func open() -> Bool {
        bits.bitwiseOr(Self.openBit, ordering: .acquiringAndReleasing).oldValue & (Self.waitingBit | Self.parkedBit)
            != 0
    }

    /// An answer is ready. Returns whether it must wait for `open`.
    package func waits() -> Bool {
        bits.bitwiseOr(Self.waitingBit, ordering: .acquiringAndReleasing).oldValue & Self.openBit == 0
    }

    /// A whole answer has been laid down, of which the event loop need not hear before `open`: it would be woken twice. Returns whether it
    /// stays there until then.
    package func parks() -> Bool {
        bits.bitwiseOr(Self.parkedBit, ordering: .acquiringAndReleasing).oldValue & Self.openBit == 0
    }

    package var isOpen: Bool { bits.load(ordering: .acquiring) & Self.openBit != 0 }
}
