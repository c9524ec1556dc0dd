import NIOCore
import Synchronization
import WireFormats

/// Whose sealed values are, and what was sealed with which call.
///
/// Values that clients carry in their own dialect do not say whose they are: a keyed digest of each is remembered with its realm. For
/// clients that drop what they do not know, what was sealed before a call is kept by the call's id. In memory only; the oldest go first.
package final class SealTable: Sendable {
    private struct State {
        var realms: [UInt64: UInt32] = [:]
        var order: [UInt64] = []
        var next = 0
        var names: [String: UInt32] = [:]
        var realmNames: [String] = []
        var calls: [String: [Reasoning]] = [:]
        var callOrder: [String] = []
        var firstCall = 0
        var callBytes = 0
    }

    private let state = Mutex(State())
    private let maxValues: Int
    private let maxCalls: Int
    private let maxCallBytes: Int
    private let maxRealms = 10_000
    private let seed: UInt64

    /// - Parameters:
    ///   - maxValues: digests remembered at most.
    ///   - maxCalls: calls whose sealed values are kept at most.
    ///   - maxCallBytes: of all these together.
    ///   - seed: of the digests.
    package init(
        maxValues: Int = 200_000, maxCalls: Int = 20_000, maxCallBytes: Int = 64 << 20,
        seed: UInt64 = .random(in: .min ... .max)
    ) {
        self.maxValues = maxValues
        self.maxCalls = maxCalls
        self.maxCallBytes = maxCallBytes
        self.seed = seed
    }

    private func digest(_ value: UnsafeRawBufferPointer) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(seed)
        hasher.combine(bytes: value)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    private func digest(_ value: String) -> UInt64 {
        var value = value
        return value.withUTF8 { digest(UnsafeRawBufferPointer($0)) }
    }

    /// Remembers that an arm of this realm made the value.
    package func remember(_ value: String, of realm: String) {
        let digest = digest(value)
        state.withLock { state in
            guard let number = number(of: realm, &state) else { return }
            guard state.realms.updateValue(number, forKey: digest) == nil else { return }
            if state.order.count < maxValues {
                state.order.append(digest)
            } else {
                state.realms[state.order[state.next]] = nil
                state.order[state.next] = digest
                state.next = (state.next + 1) % maxValues
            }
        }
    }

    private func number(of realm: String, _ state: inout State) -> UInt32? {
        if let number = state.names[realm] { return number }
        guard state.realmNames.count < maxRealms else { return nil }
        let number = UInt32(truncatingIfNeeded: state.realmNames.count)
        state.names[realm] = number
        state.realmNames.append(realm)
        return number
    }

    /// The realm that made a value; nil: not known (any more).
    package func realm(of value: String) -> String? {
        let digest = digest(value)
        return state.withLock { state in
            state.realms[digest].map { state.realmNames[Int($0)] }
        }
    }

    /// Keeps what was sealed before a call, for clients that will not carry it.
    package func remember(_ reasoning: [Reasoning], before call: String, of realm: String) {
        let kept = reasoning.filter { $0.seal != nil }
        guard !kept.isEmpty else { return }
        // Slices would keep the whole answers they are from.
        let copies = kept.map {
            Reasoning(text: EscapedText(escaped: ByteBuffer(bytes: $0.text.bytes.readableBytesView)), seal: $0.seal)
        }
        let bytes = Self.size(copies)
        guard bytes <= maxCallBytes else { return }
        let key = Self.key(call, realm)
        state.withLock { state in
            if let old = state.calls.updateValue(copies, forKey: key) {
                state.callBytes -= Self.size(old)
            } else {
                state.callOrder.append(key)
            }
            state.callBytes += bytes
            while state.calls.count > maxCalls || state.callBytes > maxCallBytes,
                state.firstCall < state.callOrder.count
            {
                let oldest = state.callOrder[state.firstCall]
                state.callBytes -= state.calls.removeValue(forKey: oldest).map(Self.size) ?? 0
                state.firstCall += 1
            }
            if state.firstCall > maxCalls {
                state.callOrder.removeFirst(state.firstCall)
                state.firstCall = 0
            }
        }
    }

    /// What was sealed before a call, where an arm of this realm made it.
    package func reasoning(before call: String, of realm: String) -> [Reasoning] {
        state.withLock { $0.calls[Self.key(call, realm)] ?? [] }
    }

    private static func size(_ reasoning: [Reasoning]) -> Int {
        reasoning.reduce(0) { $0 + $1.text.byteCount + ($1.seal?.value.utf8.count ?? 0) }
    }

    private static func key(_ call: String, _ realm: String) -> String { "\(realm)\u{0}\(call)" }
}
