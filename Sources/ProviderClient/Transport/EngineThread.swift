import CCurl
import Glibc
import Synchronization

/// A thread that runs an `EngineLoop` from its birth to its end.
final class EngineThread: Sendable {
    private struct State {
        var hasEnded = false
        var waiters: [UnsafeContinuation<Void, Never>] = []
    }

    /// What the thread is started with.
    private final class Birth {
        let inbox: EngineInbox
        let options: ProviderTransport.Options
        let ended: @Sendable () -> Void

        init(inbox: EngineInbox, options: ProviderTransport.Options, ended: @escaping @Sendable () -> Void) {
            self.inbox = inbox
            self.options = options
            self.ended = ended
        }
    }

    private final class End: Sendable {
        let state = Mutex(State())
    }

    let inbox = EngineInbox()
    private let end: End

    init(index: Int, options: ProviderTransport.Options) {
        let end = End()
        self.end = end
        let birth = Birth(inbox: inbox, options: options) {
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
        EngineLoop(inbox: birth.inbox, options: birth.options).run()
        birth.ended()
        return nil
    }
}
