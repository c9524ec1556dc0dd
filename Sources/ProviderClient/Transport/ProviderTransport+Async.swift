package import NIOCore
import Synchronization

/// A whole answer.
package struct UpstreamAnswer: Sendable {
    package let head: UpstreamHead
    package let body: ByteBuffer
    package let timings: UpstreamTimings

    package init(head: UpstreamHead, body: ByteBuffer, timings: UpstreamTimings) {
        self.head = head
        self.body = body
        self.timings = timings
    }
}

extension ProviderTransport {
    /// The whole answer to a request, whatever its status. Cancelling the task cancels the call.
    ///
    /// One hand-over between threads: the engine resumes the awaiting task with head, body and end together.
    package func perform(_ request: UpstreamRequest) async throws(UpstreamError) -> UpstreamAnswer {
        var request = request
        request.wantsStream = false
        let receiver = AnswerReceiver()
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                receiver.begin(continuation) { start(request, receiver: receiver) }
            }
        } onCancel: {
            receiver.cancel()
        }
        return try result.get()
    }

    /// The answer as it comes: returns when the head and the first bytes are there (or the end of an empty answer).
    package func stream(_ request: UpstreamRequest) async throws(UpstreamError) -> UpstreamStream {
        var request = request
        request.wantsStream = true
        let buffer = StreamBuffer()
        buffer.attach(start(request, receiver: buffer))
        return UpstreamStream(head: try await buffer.head(), buffer: buffer)
    }
}

/// Resumes one awaiting task with one whole answer.
private final class AnswerReceiver: UpstreamReceiver {
    typealias Outcome = Result<UpstreamAnswer, UpstreamError>

    private enum State {
        case idle
        case cancelledEarly
        case waiting(UnsafeContinuation<Outcome, Never>, UpstreamCall?)
        case done
    }

    private let state = Mutex(State.idle)

    func begin(_ continuation: UnsafeContinuation<Outcome, Never>, start: () -> UpstreamCall) {
        let isCancelled = state.withLock { state in
            if case .cancelledEarly = state { return true }
            state = .waiting(continuation, nil)
            return false
        }
        guard !isCancelled else {
            return continuation.resume(returning: .failure(UpstreamError(.cancelled, "the call was cancelled")))
        }
        // The answer may come before `start` returns, and so may the cancellation.
        let call = start()
        let mustCancel = state.withLock { state in
            switch state {
            case .waiting(let continuation, _):
                state = .waiting(continuation, call)
                return false
            case .cancelledEarly: return true
            case .idle, .done: return false
            }
        }
        if mustCancel { call.cancel() }
    }

    func cancel() {
        let (call, continuation) = state.withLock { state -> (UpstreamCall?, UnsafeContinuation<Outcome, Never>?) in
            switch state {
            case .idle, .cancelledEarly:
                state = .cancelledEarly
                return (nil, nil)
            case .waiting(let continuation, nil):
                state = .cancelledEarly
                return (nil, continuation)
            case .waiting(_, let call): return (call, nil)
            case .done: return (nil, nil)
            }
        }
        call?.cancel()
        continuation?.resume(returning: .failure(UpstreamError(.cancelled, "the call was cancelled")))
    }

    func received(_ event: UpstreamEvent) {
        let outcome: Outcome
        switch event {
        case .complete(let head, let body, let timings):
            outcome = .success(UpstreamAnswer(head: head, body: body, timings: timings))
        case .failed(let error): outcome = .failure(error)
        case .head, .body, .end: return
        }
        let continuation = state.withLock { state -> UnsafeContinuation<Outcome, Never>? in
            guard case .waiting(let continuation, _) = state else { return nil }
            state = .done
            return continuation
        }
        continuation?.resume(returning: outcome)
    }
}
