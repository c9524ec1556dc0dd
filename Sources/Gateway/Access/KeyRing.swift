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
    package static let keyless = Caller(keyID: nil, group: "", scopes: Set(KeyScope.allCases), limits: KeyLimits())

    package func may(_ scope: KeyScope) -> Bool { scopes.contains(scope) || scopes.contains(.admin) }

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
    /// Goes up when the keys change: what a connection remembers of a key is then looked up anew.
    private let generation = Atomic(0)
    private let keyless = Atomic(true)

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
        state.withLock {
            $0 = State(callers: callers, hadKeys: set.everHadKeys || $0.hadKeys || !set.keys.isEmpty)
            keyless.store(!$0.hadKeys, ordering: .releasing)
            generation.add(1, ordering: .releasing)
        }
    }

    /// The limits of every key in force, by id.
    var limits: [String: KeyLimits] {
        state.withLock { state in
            var limits: [String: KeyLimits] = [:]
            for (caller, _) in state.callers.values { if let id = caller.keyID { limits[id] = caller.limits } }
            return limits
        }
    }

    package var isKeyless: Bool { keyless.load(ordering: .acquiring) }

    /// Finds out who asks.
    ///
    /// The key is looked up by its HMAC: how long that takes says nothing of the key, since nobody without the secret can steer
    /// the hash that is compared.
    ///
    /// - Parameter authorization: value of the `Authorization` header.
    package func identify(authorization: String?, now: Timestamp) throws(GatewayError) -> Caller {
        if isKeyless { return .keyless }
        let found = try look(up: authorization)
        guard found.expiresAt.map({ $0 > now }) ?? true else { throw GatewayError.invalidKey }
        return found.caller
    }

    /// As ``identify(authorization:now:)``, for a connection that remembers the key it was asked with last.
    ///
    /// Requests of one connection nearly always carry the same key: it is compared with the last one, in a time that does not depend
    /// on where they differ, and hashed only where it is another. A key that was revoked or changed is not remembered.
    package func identify(
        authorization: String?, now: Timestamp, memory: inout KeyMemory
    ) throws(GatewayError) -> Caller {
        if isKeyless { return .keyless }
        let generation = generation.load(ordering: .acquiring)
        guard let authorization else { throw GatewayError.missingKey }
        if memory.generation != generation || !memory.holds(authorization) {
            let found = try look(up: authorization)
            memory = KeyMemory(
                generation: generation, authorization: authorization, caller: found.caller, expiresAt: found.expiresAt)
        }
        guard memory.expiresAt.map({ $0 > now }) ?? true else { throw GatewayError.invalidKey }
        return memory.caller
    }

    /// As ``identify(authorization:now:memory:)``, where a request may carry several keys: the first that is known counts.
    ///
    /// - Returns: who asks, and the key that told it; nil without keys.
    package func identify(
        anyOf authorizations: [String], now: Timestamp, memory: inout KeyMemory
    ) throws(GatewayError) -> (caller: Caller, by: String?) {
        if isKeyless { return (.keyless, nil) }
        var refusal = GatewayError.missingKey
        for authorization in authorizations {
            do throws(GatewayError) {
                return (try identify(authorization: authorization, now: now, memory: &memory), authorization)
            } catch {
                // What was a key is told before what was none.
                if refusal.code != GatewayError.invalidKey.code { refusal = error }
            }
        }
        throw refusal
    }

    private func look(
        up authorization: String?
    ) throws(GatewayError) -> (caller: Caller, expiresAt: Timestamp?) {
        guard let authorization else { throw GatewayError.missingKey }
        let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard let scheme = parts.first, scheme.lowercased() == "bearer", parts.count == 2 else {
            throw GatewayError.missingKey
        }
        let text = parts[1].drop { $0 == " " }
        guard text.utf8.count <= 512 else { throw GatewayError.invalidKey }
        let hash = hashing.hash(text.utf8)
        guard let found = state.withLock({ $0.callers[hash] }) else { throw GatewayError.invalidKey }
        return found
    }

    package func authorize(authorization: String?, scope: KeyScope?, now: Timestamp) throws(GatewayError) -> Caller {
        let caller = try identify(authorization: authorization, now: now)
        if let scope, !caller.may(scope) { throw GatewayError.insufficientScope(scope) }
        return caller
    }
}

/// The last good key of a connection.
package struct KeyMemory {
    fileprivate var generation = -1
    fileprivate var authorization = ""
    fileprivate var caller = Caller.keyless
    fileprivate var expiresAt: Timestamp?

    package init() {}

    fileprivate init(generation: Int, authorization: String, caller: Caller, expiresAt: Timestamp?) {
        self.generation = generation
        self.authorization = authorization
        self.caller = caller
        self.expiresAt = expiresAt
    }

    /// Takes the same time wherever the two differ: a connection may carry requests of several clients, behind another proxy.
    fileprivate func holds(_ other: String) -> Bool {
        var mine = authorization
        var theirs = other
        return mine.withUTF8 { mine in
            theirs.withUTF8 { theirs in
                guard mine.count == theirs.count else { return false }
                var difference: UInt8 = 0
                for index in mine.indices { difference |= mine[index] ^ theirs[index] }
                return difference == 0
            }
        }
    }
}
