import Glibc

/// Whose turn it is at an engine: a POSIX mutex, because trying it costs no system call and may be done by its own holder.
///
/// The standard library's `Mutex` asks the kernel where a try fails, and forbids it to the holder; receivers that begin a
/// call from within an event do just that, thousands of times a second.
final class EngineTurn: Sendable {
    nonisolated(unsafe) private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        let result = pthread_mutex_init(mutex, nil)
        precondition(result == 0, "no mutex for the provider transport")
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// - Parameter waiting: called where somebody else is at it, before waiting for the end of that turn.
    func take<Result>(waiting: () -> Void = {}, _ body: () -> Result) -> Result {
        if pthread_mutex_trylock(mutex) != 0 {
            waiting()
            pthread_mutex_lock(mutex)
        }
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    /// `nil`: somebody is at it, perhaps the caller itself.
    func takeIfFree<Result>(_ body: () -> Result) -> Result? {
        guard pthread_mutex_trylock(mutex) == 0 else { return nil }
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
