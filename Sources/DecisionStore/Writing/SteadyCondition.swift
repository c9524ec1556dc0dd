import Glibc

/// A lock with a condition to wait for, whose deadlines go by the monotonic clock.
///
/// Foundation's goes by the wall clock: set back by a day, it would let a waiting thread sleep a day longer.
package final class SteadyCondition: @unchecked Sendable {
    // The system's own objects must not move, and are used from any thread.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// Until when to wait.
    package struct Deadline {
        fileprivate var time: timespec

        /// - Parameter seconds: from now; at most a year.
        package init(secondsFromNow seconds: Double) {
            time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            let (length, second) = (max(0, min(seconds, 31_536_000)), 1_000_000_000)
            let nanoseconds = time.tv_nsec + Int(saturating: length * 1e9)
            time.tv_sec += nanoseconds / second
            time.tv_nsec = nanoseconds % second
        }
    }

    package init() {
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    package func lock() { pthread_mutex_lock(mutex) }
    package func unlock() { pthread_mutex_unlock(mutex) }
    package func signal() { pthread_cond_signal(condition) }
    package func broadcast() { pthread_cond_broadcast(condition) }

    /// Lets go of the lock until woken, and takes it again.
    package func wait() { pthread_cond_wait(condition, mutex) }

    /// Lets go of the lock until woken or the deadline, and takes it again.
    ///
    /// - Returns: false where the deadline is over.
    package func wait(until deadline: Deadline) -> Bool {
        var time = deadline.time
        return pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
    }
}
