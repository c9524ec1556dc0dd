import BanditCore
import Foundation
import NIOCore
import ProviderClient
import ServiceLifecycle
import SimulatedProvider
import Synchronization
import WireFormats

/// A stream of simulated users: each asks, reads the answer, and says by `POST /v1/feedback` whether it was any good.
///
/// They go through the router's front door, as any client would; what they know that it does not is how good each model truly is.
struct DemoUsers: Service {
    let baseURL: String
    let provider: SimulatedProvider
    /// Requests a second, all users together.
    let rate: Double
    /// Users end after so many requests; nil: never.
    let requests: Int?
    let seed: UInt64
    let tally: DemoTally
    /// Users at the same time: enough to keep the rate while each waits for its answers (a fifth of a second, mostly).
    private var users: Int { Int(saturating: min(512, max(12, rate))) }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            let transport = ProviderTransport()
            await withTaskGroup(of: Void.self) { group in
                for user in 0..<users {
                    group.addTask { await live(user, transport) }
                }
            }
            await transport.shutdown()
        }
    }

    private func live(_ user: Int, _ transport: ProviderTransport) async {
        var generator = Xoshiro256StarStar(seed: seed, stream: UInt64(user))
        let clock = ContinuousClock()
        var next = clock.now
        while !Task.isCancelled, tally.begin(upTo: requests) {
            // Users come at random, with exponential pauses between their questions; the time an answer takes is part of the pause.
            next += .seconds(min(generator.exponential() * Double(users) / rate, 60))
            // One that had to wait long does not make up for it in a burst.
            next = max(next, clock.now - .seconds(1))
            do { try await Task.sleep(until: next, clock: clock) } catch { return }
            await ask(&generator, transport)
        }
    }

    private func ask(_ generator: inout Xoshiro256StarStar, _ transport: ProviderTransport) async {
        let (category, prompt) = DemoPrompts.next(&generator)
        let body = try? JSONSerialization.data(
            withJSONObject: ["model": "auto", "messages": [["role": "user", "content": prompt]]])
        let mood = generator.uniform()
        guard let body,
            let answer = try? await transport.perform(request("/chat/completions", body)),
            answer.head.status == 200,
            let json = try? JSONDocument(parsing: answer.body), let completion = json.member("id")?.string,
            let model = json.member("model")?.string
        else { return missed() }
        let satisfied = mood < provider.quality(of: model, category: category)
        let feedback = try? JSONSerialization.data(
            withJSONObject: ["completion_id": completion, "value": satisfied])
        guard let feedback, let reply = try? await transport.perform(request("/feedback", feedback)),
            reply.head.status == 200, let receipt = try? JSONDocument(parsing: reply.body),
            let arm = receipt.member("arm")?.string
        else { return missed() }
        tally.served(arm: arm, category: category)
    }

    /// What Ctrl-C cut off did not fail.
    private func missed() {
        if !Task.isCancelled { tally.failed() }
    }

    private func request(_ path: String, _ body: Data) -> UpstreamRequest {
        UpstreamRequest(
            url: baseURL + path, headers: [("Content-Type", "application/json")], body: ByteBuffer(bytes: body),
            timeouts: UpstreamTimeouts(connect: .seconds(2), total: .seconds(30)))
    }
}

/// What the demo counts of its users.
final class DemoTally: Sendable {
    struct Counts: Sendable {
        var begun = 0
        var served = 0
        var failed = 0
        /// Arms of the last requests of each category, newest last.
        var recent: [String: [String]] = [:]
        var byCategory: [String: Int] = [:]
    }

    /// Requests a category over which shares are shown.
    static let window = 200

    private let counts = Mutex(Counts())

    var current: Counts { counts.withLock { $0 } }

    func begin(upTo limit: Int?) -> Bool {
        counts.withLock { counts in
            if let limit, counts.begun >= limit { return false }
            counts.begun += 1
            return true
        }
    }

    func served(arm: String, category: String) {
        counts.withLock { counts in
            counts.served += 1
            counts.byCategory[category, default: 0] += 1
            var recent = counts.recent[category] ?? []
            if recent.count >= Self.window { recent.removeFirst() }
            recent.append(arm)
            counts.recent[category] = recent
        }
    }

    func failed() { counts.withLock { $0.failed += 1 } }
}
