import DecisionStore
import NIOCore
import RoutingEngine

/// Nothing of an answer leaves before the log has what feedback on it will be credited by.
extension ChatExchange {
    /// Runs the action as soon as the decision is in the log; what waits for that already goes first.
    func whenCommitted(_ action: @escaping () -> Void) {
        if let earlier = waitingForCommit {
            waitingForCommit = {
                earlier()
                action()
            }
        } else if gate.isOpen {
            action()
        } else {
            waitingForCommit = action
            if !gate.waits() { committed() }
        }
    }

    /// Where another arm serves than the one drawn, nothing of its answer leaves before the log says so: whenever the router is killed, the
    /// reward goes to the arm that served.
    func announce(_ attempt: UpstreamAttempt, completionID: String?) {
        let arm = attempt.arm.definition.id
        guard !isAnnounced, let decision = choice?.decision, decision.arm != arm else { return }
        isAnnounced = true
        // It is written after the decision, so that one gate is enough; nothing waits at the first by now.
        gate = CommitGate()
        service.runtime.store.serving(decision.id, arm: arm, completionID: completionID) { [gate, eventLoop] _ in
            if gate.open() { eventLoop.execute { self.committed() } }
        }
    }

    /// Looks at a whole answer that waited for the decision to be written, where there is one.
    func receiveParked(from attempt: UpstreamAttempt) {
        if let event = attempt.takeParked() { received(event, from: attempt) }
    }

    func committed() {
        // What it comes to may wait for another gate, which then is not this one.
        if let current, let event = current.takeParked() { return received(event, from: current) }
        guard let action = waitingForCommit else { return }
        waitingForCommit = nil
        guard !isOver else { return }
        action()
        current?.proceed()
    }
}
