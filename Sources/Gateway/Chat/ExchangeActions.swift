/// Actions in the order in which they are to be done.
///
/// Kept by whoever runs an exchange and used for all its events, so that none of them allocates.
package struct ExchangeActions: Sendable {
    /// Actions that can wait at once; an event causes at most six, and the last one alone may cause another event.
    package static let limit = 8

    private var slots = InlineArray<8, ExchangeAction?>(repeating: nil)
    private var first = 0
    package private(set) var count = 0

    package init() {}

    package mutating func append(_ action: ExchangeAction) {
        precondition(count < Self.limit, "an event causes more actions than it may")
        slots[(first + count) & (Self.limit - 1)] = action
        count += 1
    }

    /// Takes the next one out; nil where there is none.
    package mutating func next() -> ExchangeAction? {
        guard count > 0 else { return nil }
        let action = slots[first].take()
        first = (first + 1) & (Self.limit - 1)
        count -= 1
        return action
    }
}
