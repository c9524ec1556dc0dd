import NIOCore
package import ProviderClient

/// What the provider engine has told of a call and the event loop has not taken yet.
///
/// How many bytes lie here is the call's account's to bound (``UpstreamCall/took(_:)``); how many pieces they are in is bounded here.
/// Pure: it says whom to wake and leaves that to its owner.
package struct DeliveryMailbox {
    private enum Turn {
        /// Nothing is here, nobody is coming.
        case none
        /// Somebody is coming to take what is here.
        case coming
        /// Somebody was here, and will not take bytes before `proceed`.
        case refused
    }

    private var events = CircularBuffer<UpstreamEvent>(initialCapacity: 2)
    private var turn = Turn.none
    /// The last event is here or was taken: nothing comes that has to be stopped, so what is here is taken whatever the client does.
    private var hasEnded = false

    package init() {}

    /// Pieces shorter than this are joined with the next one: many tiny ones would cost more memory than their bytes.
    package static let joinedBytes = 16_384

    package var count: Int { events.count }

    /// Lays an event down. Returns whether somebody is to be woken for it: once for all that comes until then.
    package mutating func put(_ event: UpstreamEvent) -> Bool {
        switch event {
        case .body(let bytes): add(bytes)
        case .head: events.append(event)
        case .end, .failed, .complete:
            events.append(event)
            hasEnded = true
        }
        guard turn == .none || turn == .refused && hasEnded else { return false }
        turn = .coming
        return true
    }

    private mutating func add(_ bytes: ByteBuffer) {
        guard case .body(var before) = events.last, before.readableBytes < Self.joinedBytes else {
            return events.append(.body(bytes))
        }
        // Out of the queue first: written to while it is there as well, all of it would be copied.
        events.removeLast()
        before.writeImmutableBuffer(bytes)
        events.append(.body(before))
    }

    /// The next event, for whoever was woken; nil: nothing is to be taken, and he need not come again before he is woken.
    ///
    /// - Parameter mayTake: whether bytes may be taken where more of them may come.
    package mutating func take(whileOpen mayTake: Bool) -> UpstreamEvent? {
        guard !events.isEmpty else {
            turn = .none
            return nil
        }
        guard mayTake || hasEnded else {
            turn = .refused
            return nil
        }
        return events.removeFirst()
    }

    /// Bytes may be taken again. Returns whether somebody is to be woken for what is here.
    package mutating func proceed() -> Bool {
        guard turn == .refused else { return false }
        turn = .coming
        return true
    }
}
