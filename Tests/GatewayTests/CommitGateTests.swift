import Foundation
import Gateway
import Synchronization
import Testing

/// What lets an answer out once its decision is written.
@Suite("commit gate")
struct CommitGateTests {
    /// What comes with an answer: the event loop, or the answer alone.
    enum Comer: CaseIterable {
        case waits, parks

        func come(to gate: CommitGate) -> Bool { self == .waits ? gate.waits() : gate.parks() }
    }

    @Test("whoever comes second goes on", arguments: Comer.allCases)
    func orders(comer: Comer) {
        let answerFirst = CommitGate()
        #expect(comer.come(to: answerFirst) && !answerFirst.isOpen)
        #expect(answerFirst.open() && answerFirst.isOpen)
        let decisionFirst = CommitGate()
        #expect(!decisionFirst.open())
        #expect(!comer.come(to: decisionFirst))
    }

    @Test("at the same moment exactly one of the two goes on", arguments: Comer.allCases)
    func race(comer: Comer) async {
        for _ in 0..<2000 {
            let gate = CommitGate()
            async let wakes = Task.detached { gate.open() }.value
            async let stays = Task.detached { comer.come(to: gate) }.value
            let (hasWoken, hasStayed) = await (wakes, stays)
            #expect(hasWoken == hasStayed)
        }
    }
}
