import DecisionStore
package import NIOCore
import ProviderClient
package import RoutingEngine
import Synchronization
import WireFormats

/// Notices that the same key and session ask the same again soon after an answer: the answer was no good.
///
/// It remembers hashes, of which nothing can be told, under a seed that every process has of its own; nothing of a request's text is
/// kept. Only answers that were whole before the repetition came count: several requests at once are no repetition.
package final class RegenerationWatch: Sendable {
    /// Who asked what.
    package struct Request: Hashable, Sendable {
        fileprivate let hash: Int
    }

    private struct Answer {
        var decision: DecisionID
        var time: Timestamp
    }

    private struct State {
        var answers: [Request: Answer] = [:]
        /// In the order in which they came, for forgetting the oldest; some may be gone by then.
        var order: [Request] = []
        var next = 0
    }

    private let state = Mutex(State())
    /// Answers that are remembered.
    package static let capacity = 16_384

    private let clock: @Sendable () -> Timestamp

    /// - Parameter clock: a steady one, microseconds.
    package init(clock: @escaping @Sendable () -> Timestamp = SteadyClock.now) { self.clock = clock }

    /// What a request is known by: its messages with the caller, the session and the model asked for.
    package static func request(
        messages: ByteBuffer, model: String, keyID: String?, session: String?
    ) -> Request {
        var hasher = Hasher()
        hasher.combine(keyID)
        hasher.combine(session)
        hasher.combine(model)
        messages.withUnsafeReadableBytes { hasher.combine(bytes: $0) }
        return Request(hash: hasher.finalize())
    }

    /// The answer that a request is a repetition of; nil where there is none within the window. It is told only once.
    package func repeated(_ request: Request, within window: Timestamp) -> DecisionID? {
        let now = clock()
        return state.withLock { state in
            guard let answer = state.answers.removeValue(forKey: request), now - answer.time <= window else {
                return nil
            }
            return answer.decision
        }
    }

    /// Remembers that a request was answered.
    package func answered(_ request: Request, by decision: DecisionID) {
        let now = clock()
        state.withLock { state in
            state.answers[request] = Answer(decision: decision, time: now)
            if state.order.count < Self.capacity {
                state.order.append(request)
                return
            }
            let oldest = state.order[state.next]
            if oldest != request { state.answers[oldest] = nil }
            state.order[state.next] = request
            state.next = (state.next + 1) % Self.capacity
        }
    }
}

extension RouterRuntime {
    /// Looks whether a request repeats one that was just answered, and says so of that answer.
    ///
    /// - Returns: what the request is to be remembered by once it is answered; nil where repetitions are of no interest.
    func noteRepetition(
        _ chat: ChatHead, keyID: String?, within window: Timestamp?, at now: Timestamp
    ) -> RegenerationWatch.Request? {
        guard let window, chat.turns.messages.readableBytes > 0 else { return nil }
        let request = RegenerationWatch.request(
            messages: chat.turns.messages, model: chat.model, keyID: keyID, session: chat.session?.id)
        if let earlier = regenerations.repeated(request, within: window) {
            store.note(
                FeedbackSubmission(
                    target: .decision(earlier), metric: FeedbackMetric.kept.id, value: .boolean(false),
                    source: .system), received: now)
        }
        return request
    }
}
