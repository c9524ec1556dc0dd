import Synchronization

/// Keeps a provider's token fresh, off the path of requests: they take what is there, and wait for nothing.
package final class CredentialKeeper: Sendable {
    private struct State {
        var token: CredentialToken?
        /// When it is tried again, microseconds since the epoch.
        var due: Int64 = 0
        /// Tries that failed, one after the other.
        var failures = 0
        var isBusy = false
    }

    private let source: any CredentialSource
    private let state = Mutex(State())

    /// A token is exchanged so long before it ends, microseconds.
    private static let early: Int64 = 5 * 60 * 1_000_000
    /// Between tries that fail: doubled from the first to the last, microseconds.
    private static let (firstPause, lastPause) = (1_000_000 as Int64, 60_000_000 as Int64)

    package init(_ source: any CredentialSource) { self.source = source }

    /// The token that is good now; nil: there is none, and its arms cannot be asked.
    package func token(at now: Int64) -> String? {
        state.withLock { $0.token.flatMap { $0.expiresAt > now ? $0.text : nil } }
    }

    /// Gets a token where it is time to.
    ///
    /// - Returns: what stands against it; nil where there was nothing to do, or it was done.
    package func refresh(over transport: ProviderTransport, now: @Sendable () -> Int64) async -> CredentialError? {
        let begins = now()
        let isDue = state.withLock { state in
            guard !state.isBusy, begins >= state.due else { return false }
            state.isBusy = true
            return true
        }
        guard isDue else { return nil }
        do throws(CredentialError) {
            let token = try await fetch(over: transport, now: now)
            state.withLock { state in
                state.token = token
                state.failures = 0
                // One that is good for a few minutes only is exchanged halfway.
                let life = max(0, token.expiresAt - begins)
                state.due = token.expiresAt - min(Self.early, life / 2)
                state.isBusy = false
            }
            return nil
        } catch {
            state.withLock { state in
                state.due = now() + min(Self.lastPause, Self.firstPause << min(state.failures, 10))
                state.failures += 1
                state.isBusy = false
            }
            return error
        }
    }

    private func fetch(
        over transport: ProviderTransport, now: @Sendable () -> Int64
    ) async throws(CredentialError) -> CredentialToken {
        let request = try source.request(at: now())
        let answer: UpstreamAnswer
        do {
            answer = try await transport.perform(request)
        } catch {
            throw CredentialError("whoever gives tokens was not reached: \(error.message)")
        }
        return try source.token(in: answer, at: now())
    }
}
