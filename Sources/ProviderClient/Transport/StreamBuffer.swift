import NIOCore
import Synchronization

/// What lies between the engine's thread and a stream's reader.
final class StreamBuffer: UpstreamReceiver {
    private enum Ending {
        case end(UpstreamTimings)
        case failed(UpstreamError)
    }

    /// What the one waiting reader waits for.
    private enum Waiter {
        case head(UnsafeContinuation<Result<UpstreamHead, UpstreamError>, Never>)
        case bytes(UnsafeContinuation<Result<ByteBuffer?, UpstreamError>, Never>)
    }

    private struct State {
        var call: UpstreamCall?
        var head: UpstreamHead?
        var bytes = ByteBuffer()
        var ending: Ending?
        var waiter: Waiter?
        var isCancelled = false
    }

    private let state = Mutex(State())

    func attach(_ call: UpstreamCall) {
        let mustCancel = state.withLock { state in
            state.call = call
            return state.isCancelled
        }
        if mustCancel { call.cancel() }
    }

    // MARK: - The engine's side

    func received(_ event: UpstreamEvent) {
        let answer = state.withLock { state -> (() -> Void)? in
            switch event {
            case .head(let head): state.head = head
            case .body(var bytes):
                if state.bytes.readableBytes == 0 { state.bytes = bytes } else { state.bytes.writeBuffer(&bytes) }
            case .end(let timings): state.ending = .end(timings)
            case .failed(let error): state.ending = .failed(error)
            case .complete: preconditionFailure("a stream was asked for")
            }
            return Self.answerWaiter(&state)
        }
        answer?()
    }

    // MARK: - The reader's side

    var timings: UpstreamTimings? {
        state.withLock { state in
            guard case .end(let timings) = state.ending else { return nil }
            return timings
        }
    }

    func head() async throws(UpstreamError) -> UpstreamHead {
        try await wait { .head($0) }.get()
    }

    func next() async throws(UpstreamError) -> ByteBuffer? {
        try await wait { .bytes($0) }.get()
    }

    func cancel() {
        let (call, answer) = state.withLock { state -> (UpstreamCall?, (() -> Void)?) in
            guard state.ending == nil else { return (nil, nil) }
            state.isCancelled = true
            state.bytes = ByteBuffer()
            state.ending = .failed(UpstreamError(.cancelled, "the call was cancelled"))
            return (state.call, Self.answerWaiter(&state))
        }
        call?.cancel()
        answer?()
    }

    private func wait<Value: Sendable>(
        _ waiter: (UnsafeContinuation<Value, Never>) -> Waiter
    ) async -> Value {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let answer = state.withLock { state in
                    precondition(state.waiter == nil, "a stream has one reader")
                    state.waiter = waiter(continuation)
                    return Self.answerWaiter(&state)
                }
                answer?()
            }
        } onCancel: {
            cancel()
        }
    }

    /// What resumes the waiting reader, if there is something for it; to be run outside the lock.
    private static func answerWaiter(_ state: inout State) -> (() -> Void)? {
        switch state.waiter {
        case nil: return nil
        case .head(let continuation):
            if let head = state.head, state.bytes.readableBytes > 0 || state.ending != nil {
                state.waiter = nil
                return { continuation.resume(returning: .success(head)) }
            }
            guard case .failed(let error) = state.ending else { return nil }
            state.waiter = nil
            return { continuation.resume(returning: .failure(error)) }
        case .bytes(let continuation):
            if state.bytes.readableBytes > 0 {
                let bytes = state.bytes
                state.bytes = ByteBuffer()
                state.waiter = nil
                return { [call = state.call] in
                    call?.took(bytes.readableBytes)
                    continuation.resume(returning: .success(bytes))
                }
            }
            switch state.ending {
            case nil: return nil
            case .end:
                state.waiter = nil
                return { continuation.resume(returning: .success(nil)) }
            case .failed(let error):
                state.waiter = nil
                return { continuation.resume(returning: .failure(error)) }
            }
        }
    }
}
