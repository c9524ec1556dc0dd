import CCurl
import Glibc
import Synchronization

/// What other threads ask of an engine.
enum EngineCommand: Sendable {
    case start(UpstreamCall)
    case cancel(UpstreamCall)
    case resume(UpstreamCall)
    case shutdown
}

/// The only door into an engine's thread: a queue, and an eventfd that is written at most once for each time it sleeps.
final class EngineInbox: Sendable {
    private struct State {
        var commands: [EngineCommand] = []
        var isAsleep = false
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Readable (edge-triggered) when the engine should look at its queue.
    let wakeDescriptor: Int32

    init() {
        wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        precondition(wakeDescriptor >= 0, "eventfd: no descriptor left")
    }

    deinit { Glibc.close(wakeDescriptor) }

    /// Queues a command and wakes the engine where it sleeps. `false`: the engine is gone, nothing was queued.
    @discardableResult
    func post(_ command: EngineCommand) -> Bool {
        let (accepted, mustWake) = state.withLock { state -> (Bool, Bool) in
            guard !state.isClosed else { return (false, false) }
            state.commands.append(command)
            let mustWake = state.isAsleep
            state.isAsleep = false
            return (true, mustWake)
        }
        if mustWake { eventfd_write(wakeDescriptor, 1) }
        return accepted
    }

    /// Wakes the engine where it sleeps, without a command.
    func wake() {
        let mustWake = state.withLock { state in
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if mustWake { eventfd_write(wakeDescriptor, 1) }
    }

    /// Announces that the engine no longer waits and will look at its queue.
    func wokeUp() { state.withLock { $0.isAsleep = false } }

    /// Swaps the queued commands for the (empty) array passed in, so that two arrays are used for ever.
    func take(into commands: inout [EngineCommand]) {
        state.withLock { state in
            state.isAsleep = false
            swap(&state.commands, &commands)
        }
    }

    /// Announces that the engine is about to wait; `false` when there is work instead.
    func fallAsleep() -> Bool {
        state.withLock { state in
            guard state.commands.isEmpty else { return false }
            state.isAsleep = true
            return true
        }
    }

    /// Refuses commands from now on and returns those still queued.
    func close() -> [EngineCommand] {
        state.withLock { state in
            state.isClosed = true
            let left = state.commands
            state.commands = []
            return left
        }
    }
}
