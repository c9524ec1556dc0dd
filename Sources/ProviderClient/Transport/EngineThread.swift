import CCurl
import Glibc
import Synchronization

/// A thread that runs an `EngineLoop`.
final class EngineThread: Sendable {
    private struct State {
        var hasEnded = false
        var waiters: [UnsafeContinuation<Void, Never>] = []
    }

    /// What the thread is started with.
    private final class Birth {
        let loop: EngineLoop
        let ended: @Sendable () -> Void

        init(loop: EngineLoop, ended: @escaping @Sendable () -> Void) {
            self.loop = loop
            self.ended = ended
        }
    }

    private final class End: Sendable {
        let state = Mutex(State())
    }

    let loop: EngineLoop
    private let end: End

    init(index: Int, options: ProviderTransport.Options) {
        let end = End()
        self.end = end
        let loop = EngineLoop(options: options)
        self.loop = loop
        let birth = Birth(loop: loop) {
            let waiters = end.state.withLock { state in
                state.hasEnded = true
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }
        var thread = pthread_t()
        let result = pthread_create(&thread, nil, Self.main, Unmanaged.passRetained(birth).toOpaque())
        precondition(result == 0, "no thread for the provider transport")
        bandit_name_thread(thread, "provider-\(index)")
        pthread_detach(thread)
    }

    func waitUntilEnded() async {
        await withUnsafeContinuation { continuation in
            let hasEnded = end.state.withLock { state in
                if !state.hasEnded { state.waiters.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        let birth = Unmanaged<Birth>.fromOpaque(context!).takeRetainedValue()
        // A peer that is gone is an error of a write, not a signal that ends the process.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        birth.loop.run()
        birth.ended()
        return nil
    }
}
