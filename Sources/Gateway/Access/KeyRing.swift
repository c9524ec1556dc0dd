package import DecisionStore
package import RoutingEngine
import Synchronization

/// Who asks, once a request's key was found good.
package struct Caller: Sendable, Equatable {
    /// nil in keyless mode.
    package let keyID: String?
    /// Empty in keyless mode.
    package let group: String
    package let scopes: Set<KeyScope>
    package let limits: KeyLimits

    /// Everybody, where no keys are configured.
    static let keyless = Caller(keyID: nil, group: "", scopes: Set(KeyScope.allCases), limits: KeyLimits())

    func may(_ scope: KeyScope) -> Bool { scopes.contains(scope) || scopes.contains(.admin) }

    package var author: FeedbackAuthor {
        FeedbackAuthor(keyID: keyID, group: group, isAdministrator: scopes.contains(.admin))
    }
}

/// The keys in force, in memory; the store has the last word and tells of changes.
package final class KeyRing: Sendable {
    private struct State {
        var callers: [[UInt8]: (caller: Caller, expiresAt: Timestamp?)] = [:]
        /// Once there was a key, keyless mode is over, also when the last one is deleted.
        var hadKeys = false
    }

    private let state = Mutex(State())
    private let hashing: KeyHashing

    package init(hashing: KeyHashing) {
        self.hashing = hashing
    }

    /// Replaces the keys in force with those of the store.
    package func replace(with set: KeySet) {
        var callers: [[UInt8]: (Caller, Timestamp?)] = [:]
        for key in set.keys {
            let limits = KeyLimits(
                requestsPerMinute: key.requestsPerMinute, tokensPerMinute: key.tokensPerMinute,
                concurrent: key.concurrent, costPerDay: key.costPerDay)
            let caller = Caller(
                keyID: key.id, group: key.group, scopes: Set(key.scopes.compactMap(KeyScope.init)), limits: limits)
            callers[key.hash] = (caller, key.expires)
        }
        state.withLock { $0 = State(callers: callers, hadKeys: set.everHadKeys || $0.hadKeys || !set.keys.isEmpty) }
    }

    package var isKeyless: Bool { state.withLock { !$0.hadKeys } }

    /// Finds out who asks.
    ///
    /// The key is looked up by its HMAC: how long that takes says nothing of the key, since nobody without the secret can steer
    /// the hash that is compared.
    ///
    /// - Parameter authorization: value of the `Authorization` header.
    func identify(authorization: String?, now: Timestamp) throws(GatewayError) -> Caller {
        if isKeyless { return .keyless }
        guard let authorization else { throw GatewayError.missingKey }
        let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard let scheme = parts.first, scheme.lowercased() == "bearer", parts.count == 2 else {
            throw GatewayError.missingKey
        }
        let text = parts[1].drop { $0 == " " }
        guard text.utf8.count <= 512 else { throw GatewayError.invalidKey }
        let hash = hashing.hash(text.utf8)
        let found = state.withLock { $0.callers[hash] }
        guard let found, found.expiresAt.map({ $0 > now }) ?? true else { throw GatewayError.invalidKey }
        return found.caller
    }

    func authorize(authorization: String?, scope: KeyScope?, now: Timestamp) throws(GatewayError) -> Caller {
        let caller = try identify(authorization: authorization, now: now)
        if let scope, !caller.may(scope) { throw GatewayError.insufficientScope(scope) }
        return caller
    }
}
