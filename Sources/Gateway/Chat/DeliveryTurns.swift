package import NIOCore
import Synchronization

/// Who has turns on an event loop.
package protocol TakesTurns: AnyObject, Sendable {
    /// Deals with what there is, up to about `limit` bytes; on the event loop.
    ///
    /// - Returns: how many bytes were dealt with, and whether there is more to deal with now.
    func takeTurn(upTo limit: Int) -> (bytes: Int, hasMore: Bool)
}

/// Gives the upstream calls of one event loop their turns: one wake-up for whatever all of them have got by then, and no more at a time
/// than lets the loop serve its sockets in between.
///
/// An event loop runs what it has been given until nothing is left, and only then looks at its sockets again: while a provider sends
/// faster than the loop relays, that would be never. So after so many bytes the next turn is put a moment into the future, where the
/// loop does not find it before it has looked.
package final class DeliveryTurns: Sendable {
    private struct State {
        var waiting: [any TakesTurns] = []
        var isComing = false
        /// Whether the loop is to look at its sockets before the next turn.
        var isDue = false

        /// Whether a turn must be arranged, and if so whether after such a look.
        mutating func comes() -> Bool? {
            guard !isComing else { return nil }
            isComing = true
            defer { isDue = false }
            return isDue
        }
    }

    /// Bytes relayed between two looks at the sockets.
    package static let bytesAtOnce = 65_536
    /// What a turn counts for beside its bytes, so that turns with few of them have an end as well.
    private static let bytesOfTurn = 1_024
    /// Long enough for the loop to find nothing to do.
    package static let moment = TimeAmount.microseconds(20)

    private let eventLoop: any EventLoop
    private let state = Mutex(State())
    /// Bytes relayed since the loop last was made to look at its sockets; touched on the event loop only.
    nonisolated(unsafe) private var relayed = 0

    package init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Something is to be taken from an attempt's mailbox. From any thread; the attempt sees to it that it waits here once only.
    package func wake(_ attempt: some TakesTurns) {
        let comes = state.withLock { state -> Bool? in
            state.waiting.append(attempt)
            return state.comes()
        }
        come(comes)
    }

    /// - Parameter afterLook: at the loop's sockets, or now; nil: not at all.
    private func come(_ afterLook: Bool?) {
        guard let afterLook else { return }
        if afterLook {
            eventLoop.scheduleTask(in: Self.moment) { self.run() }
        } else {
            eventLoop.execute { self.run() }
        }
    }

    private func run() {
        let attempts = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        var left: [any TakesTurns] = []
        var next = 0
        while next < attempts.count, relayed < Self.bytesAtOnce {
            let attempt = attempts[next]
            next += 1
            let (bytes, hasMore) = attempt.takeTurn(upTo: Self.bytesAtOnce - relayed)
            relayed += bytes + Self.bytesOfTurn
            if hasMore { left.append(attempt) }
        }
        // Who had no turn goes before who had one.
        left.insert(contentsOf: attempts[next...], at: 0)
        let isDue = relayed >= Self.bytesAtOnce
        if isDue { relayed = 0 }
        let comes = state.withLock { state -> Bool? in
            if isDue { state.isDue = true }
            state.isComing = false
            state.waiting.insert(contentsOf: left, at: 0)
            return state.waiting.isEmpty ? nil : state.comes()
        }
        come(comes)
    }
}

/// The turns of every event loop that has connections.
final class DeliveryTurnsOfLoops: Sendable {
    private let known = Mutex<[ObjectIdentifier: DeliveryTurns]>([:])

    func of(_ eventLoop: any EventLoop) -> DeliveryTurns {
        known.withLock { known in
            if let turns = known[ObjectIdentifier(eventLoop)] { return turns }
            let turns = DeliveryTurns(eventLoop: eventLoop)
            known[ObjectIdentifier(eventLoop)] = turns
            return turns
        }
    }
}
