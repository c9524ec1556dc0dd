import Synchronization

/// Keeps a provider's token fresh, off the path of requests: they take what is there, and wait for nothing.
package final class CredentialKeeper: Sendable {
    private struct State {
        var text: String?
        /// Until when it is good, and when it is tried again: microseconds by a clock that nobody sets.
        var ends: Int64 = .min
        var due: Int64 = .min
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

    /// Keeps a token that is good as it is, and never asks for another.
    package convenience init(token: String) {
        self.init(NoSource())
        state.withLock { state in
            state.text = token
            (state.ends, state.due) = (.max, .max)
        }
    }

    /// The token that is good now; nil: there is none, and its arms cannot be asked.
    ///
    /// - Parameter steady: microseconds by the clock of ``refresh(over:wall:steady:)``.
    package func token(at steady: Int64) -> String? { state.withLock { $0.ends > steady ? $0.text : nil } }

    /// Gets a token where it is time to.
    ///
    /// - Parameters:
    ///   - wall: microseconds since the epoch, for who gives tokens.
    ///   - steady: microseconds since any instant, by a clock that is not set.
    /// - Returns: what stands against it; nil where there was nothing to do, or it was done.
    package func refresh(
        over transport: ProviderTransport, wall: @Sendable () -> Int64, steady: @Sendable () -> Int64
    ) async -> CredentialError? {
        let begins = steady()
        let isDue = state.withLock { state in
            guard !state.isBusy, begins >= state.due else { return false }
            state.isBusy = true
            return true
        }
        guard isDue else { return nil }
        do throws(CredentialError) {
            let asked = wall()
            let token = try await fetch(over: transport, now: asked)
            state.withLock { state in
                state.text = token.text
                state.failures = 0
                let life = max(0, token.expiresAt - asked)
                state.ends = begins + life
                // One that is good for a few minutes only is exchanged halfway.
                state.due = state.ends - min(Self.early, life / 2)
                state.isBusy = false
            }
            return nil
        } catch {
            state.withLock { state in
                state.due = steady() + min(Self.lastPause, Self.firstPause << min(state.failures, 10))
                state.failures += 1
                state.isBusy = false
            }
            return error
        }
    }

    private func fetch(
        over transport: ProviderTransport, now: Int64
    ) async throws(CredentialError) -> CredentialToken {
        let request = try source.request(at: now)
        let answer: UpstreamAnswer
        do {
            answer = try await transport.perform(request)
        } catch {
            throw CredentialError("whoever gives tokens was not reached: \(error.message)")
        }
        return try source.token(in: answer, at: now)
    }
}

/// Of a token that stays.
private struct NoSource: CredentialSource {
    func request(at now: Int64) throws(CredentialError) -> UpstreamRequest {
        throw CredentialError("there is nobody to ask")
    }
}
