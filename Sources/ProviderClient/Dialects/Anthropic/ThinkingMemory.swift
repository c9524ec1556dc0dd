import NIOCore
import Synchronization

/// What models thought before they called a tool, sealed by the provider, by the id of the call.
///
/// Anthropic wants it back with the tool's answer, unchanged; most clients of OpenAI's API drop what they do not know. Values are carried,
/// never read; they are in memory only, and the oldest go where there are too many.
final class ThinkingMemory: Sendable {
    private struct State {
        var values: [String: ByteBuffer] = [:]
        /// Keys in the order they came, from `first` on.
        var order: [String] = []
        var first = 0
        var bytes = 0
    }

    private let state = Mutex(State())
    private let maxCalls: Int
    private let maxBytes: Int

    /// - Parameters:
    ///   - maxCalls: calls remembered at most.
    ///   - maxBytes: of all their thinking together.
    init(maxCalls: Int = 20_000, maxBytes: Int = 64 << 20) {
        self.maxCalls = maxCalls
        self.maxBytes = maxBytes
    }

    /// - Parameter blocks: JSON objects, joined by commas.
    func remember(_ blocks: ByteBuffer, before call: String, of model: String) {
        let key = Self.key(call, model)
        // A slice would keep the whole answer it is from.
        let copy = ByteBuffer(bytes: blocks.readableBytesView)
        guard copy.readableBytes <= maxBytes else { return }
        state.withLock { state in
            if let old = state.values.updateValue(copy, forKey: key) {
                state.bytes -= old.readableBytes
            } else {
                state.order.append(key)
            }
            state.bytes += copy.readableBytes
            while state.values.count > maxCalls || state.bytes > maxBytes, state.first < state.order.count {
                state.bytes -= state.values.removeValue(forKey: state.order[state.first])?.readableBytes ?? 0
                state.first += 1
            }
            if state.first > maxCalls {
                state.order.removeFirst(state.first)
                state.first = 0
            }
        }
    }

    func thinking(before call: String, of model: String) -> ByteBuffer? {
        state.withLock { $0.values[Self.key(call, model)] }
    }

    /// A seal is good for the model that made it.
    private static func key(_ call: String, _ model: String) -> String { "\(model)\u{0}\(call)" }
}
