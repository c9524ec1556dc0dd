import NIOCore
import Synchronization

/// The last calls, and what is scripted for the next ones.
final class CallLog: Sendable {
    private struct State {
        var calls: [RecordedCall] = []
        /// The index of the first call that is kept.
        var first = 0
        var plans: [String: [FaultPlan]] = [:]
        /// How many calls each model has had.
        var turns: [String: UInt64] = [:]
        var watchers:
            [(condition: @Sendable (RecordedCall) -> Bool, continuation: CheckedContinuation<RecordedCall, Never>)] = []
    }

    private let state = Mutex(State())

    /// Older calls are forgotten.
    static let maxCalls = 10_000

    var calls: [RecordedCall] { state.withLock { $0.calls } }

    func record(
        path: String, headers: [(name: String, value: String)], body: ByteBuffer, model: String, isStream: Bool
    ) -> Int {
        let (call, resumed) = state.withLock { state in
            let call = RecordedCall(
                index: state.first + state.calls.count, path: path, headers: headers, body: body, model: model,
                isStream: isStream)
            state.calls.append(call)
            if state.calls.count > Self.maxCalls {
                state.calls.removeFirst(Self.maxCalls / 10)
                state.first += Self.maxCalls / 10
            }
            return (call, Self.takeWatchers(&state, of: call))
        }
        for continuation in resumed { continuation.resume(returning: call) }
        return call.index
    }

    /// Only a call that is still running changes.
    func end(_ index: Int, as end: RecordedCall.State) {
        let changed = state.withLock { state -> (RecordedCall, [CheckedContinuation<RecordedCall, Never>])? in
            let position = index - state.first
            guard state.calls.indices.contains(position), state.calls[position].state == .running else { return nil }
            state.calls[position].state = end
            return (state.calls[position], Self.takeWatchers(&state, of: state.calls[position]))
        }
        for continuation in changed?.1 ?? [] { continuation.resume(returning: changed!.0) }
    }

    /// The first call, past or to come, that the condition holds for.
    func call(where condition: @escaping @Sendable (RecordedCall) -> Bool) async -> RecordedCall {
        await withCheckedContinuation { continuation in
            let found = state.withLock { state -> RecordedCall? in
                if let found = state.calls.first(where: condition) { return found }
                state.watchers.append((condition, continuation))
                return nil
            }
            if let found { continuation.resume(returning: found) }
        }
    }

    func removeAll() {
        state.withLock { state in
            state.first += state.calls.count
            state.calls = []
        }
    }

    private static func takeWatchers(
        _ state: inout State, of call: RecordedCall
    ) -> [CheckedContinuation<RecordedCall, Never>] {
        guard !state.watchers.isEmpty else { return [] }
        let taken = state.watchers.filter { $0.condition(call) }.map(\.continuation)
        if !taken.isEmpty { state.watchers.removeAll { $0.condition(call) } }
        return taken
    }

    // MARK: - Scripts

    func script(_ plans: [FaultPlan], for model: String) {
        state.withLock { $0.plans[model, default: []] += plans }
    }

    func clearScripts() { state.withLock { $0.plans = [:] } }

    /// What holds for the model's next call, and how many calls it has had before.
    func next(for model: String) -> (plan: FaultPlan?, turn: UInt64) {
        state.withLock { state in
            let turn = state.turns[model, default: 0]
            state.turns[model] = turn + 1
            guard var plan = state.plans[model]?.first else { return (nil, turn) }
            switch plan.times ?? 1 {
            case 0: break
            case 1: state.plans[model]?.removeFirst()
            case let times:
                plan.times = times - 1
                state.plans[model]?[0] = plan
            }
            return (plan, turn)
        }
    }
}
