import DecisionStore
import Digests
import Foundation
import Gateway
import HTTPTypes
import RoutingEngine
import Synchronization
import TestSupport
import Testing

@Suite("limits of keys")
struct LimiterTests {
    private static let day: Timestamp = 86_400_000_000
    private let now: Timestamp = 20_000 * LimiterTests.day + 5

    private func caller(_ limits: KeyLimits) throws -> Caller {
        let hashing = KeyHashing(secret: SystemRandom.bytes(32))
        let (text, key) = hashing.make(
            name: "k", scopes: [.chat], group: nil, limits: limits, createdAt: 0, expiresAt: nil)
        let ring = KeyRing(hashing: hashing)
        ring.replace(with: KeySet(keys: [key], everHadKeys: true))
        return try ring.identify(authorization: "Bearer \(text)", now: 0)
    }

    private func code(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return (error as? GatewayError)?.code
        }
    }

    /// A steady clock that tests move.
    private final class Steady: Sendable {
        private let time = Mutex<Timestamp>(0)
        func set(_ new: Timestamp) { time.withLock { $0 = new } }
        @Sendable func now() -> Timestamp { time.withLock { $0 } }
    }

    @Test("requests a minute: refused requests take nothing from other limits")
    func requests() throws {
        let clock = Steady()
        let limiter = KeyLimiter(steady: clock.now)
        let caller = try caller(KeyLimits(requestsPerMinute: 2, concurrent: 5))
        for _ in 0..<2 { _ = try limiter.admit(caller, worstCase: nil, now: now) }
        for _ in 0..<9 {
            #expect(code { _ = try limiter.admit(caller, worstCase: nil, now: now) } == "rate_limit_exceeded")
        }
        for step in 1...3 {
            clock.set(Timestamp(step) * 30_000_000)
            _ = try limiter.admit(caller, worstCase: nil, now: now)
        }
        clock.set(600_000_000)
        #expect(code { _ = try limiter.admit(caller, worstCase: nil, now: now) } == "concurrency_limit_exceeded")
    }

    @Test("a wall clock that is set, back or forth, fills no bucket and empties none")
    func wallClockSteps() throws {
        let clock = Steady()
        let limiter = KeyLimiter(steady: clock.now)
        let caller = try caller(KeyLimits(requestsPerMinute: 2, tokensPerMinute: 100))
        limiter.limitAll(to: KeyLimits(requestsPerMinute: 4), now: now)
        let held = try limiter.admit(caller, worstCase: nil, now: now)
        _ = try limiter.admit(caller, worstCase: nil, now: now)
        let steps: [Timestamp] = [3_600_000_000, Self.day, 91 * Self.day, -Self.day, -91 * Self.day, .max - now]
        for step in steps {
            #expect(code { _ = try limiter.admit(caller, worstCase: nil, now: now + step) } == "rate_limit_exceeded")
            #expect(!limiter.hasRoom(caller, now: now + step))
        }
        clock.set(30_000_000)
        _ = try limiter.admit(caller, worstCase: nil, now: now - Self.day)
        limiter.settle(held, tokens: 150, cost: nil)
        clock.set(59_000_000)
        #expect(!limiter.hasRoom(caller, now: now + Self.day), "the minute's tokens are used")
        clock.set(61_000_000)
        #expect(limiter.hasRoom(caller, now: now - Self.day))
    }

    @Test(
        "a day of money does not begin twice where the clock steps back over midnight, and does where it was days ahead"
    )
    func daySteps() throws {
        let limiter = KeyLimiter(steady: { 0 })
        let caller = try caller(KeyLimits(costPerDay: 100))
        func spend(_ cost: NanoDollars, at time: Timestamp) throws {
            limiter.settle(try limiter.admit(caller, worstCase: cost, now: time), tokens: nil, cost: cost)
        }
        let midnight = now / Self.day * Self.day
        try spend(60, at: midnight + 1)
        try spend(30, at: midnight - 1)
        #expect(code { try spend(11, at: midnight - 1) } == "budget_exceeded")
        #expect(code { try spend(11, at: midnight + 2) } == "budget_exceeded")
        try spend(10, at: midnight + 3)
        try spend(100, at: midnight + 5 * Self.day)
        try spend(100, at: midnight + 4)
        #expect(code { try spend(1, at: midnight + 4) } == "budget_exceeded")
    }

    @Test("concurrent: a slot comes back when it is settled")
    func concurrent() throws {
        let limiter = KeyLimiter(steady: { 0 })
        let caller = try caller(KeyLimits(concurrent: 1))
        let admission = try limiter.admit(caller, worstCase: nil, now: now)
        #expect(code { _ = try limiter.admit(caller, worstCase: nil, now: now) } == "concurrency_limit_exceeded")
        limiter.settle(admission, tokens: nil, cost: nil)
        #expect(code { _ = try limiter.admit(caller, worstCase: nil, now: now) } == nil)
    }

    @Test("what the router spends on a request before it is let in counts; a caller at a limit has no room")
    func charges() throws {
        let limiter = KeyLimiter(steady: { 0 })
        let caller = try caller(KeyLimits(tokensPerMinute: 60, costPerDay: 100))
        #expect(limiter.hasRoom(caller, now: now) && limiter.hasRoom(.keyless, now: now))
        limiter.charge(caller, tokens: 10, cost: 60, now: now)
        #expect(limiter.hasRoom(caller, now: now))
        #expect(code { _ = try limiter.admit(caller, worstCase: 41, now: now) } == "budget_exceeded")
        #expect(code { _ = try limiter.admit(caller, worstCase: 40, now: now) } == nil)
        limiter.charge(caller, tokens: nil, cost: 1, now: now)
        #expect(!limiter.hasRoom(caller, now: now), "the day's money is spent")
        #expect(limiter.hasRoom(caller, now: now + Self.day), "there is another day")
        limiter.charge(caller, tokens: 100, cost: nil, now: now + Self.day)
        #expect(!limiter.hasRoom(caller, now: now + Self.day), "the minute's tokens are used")
        limiter.limitAll(to: KeyLimits(costPerDay: 5), now: now + Self.day)
        limiter.charge(.keyless, tokens: 1, cost: 6, now: now + Self.day)
        #expect(!limiter.hasRoom(.keyless, now: now + Self.day))
    }

    @Test("dollars a day: the worst case is held, what the log has is charged, nothing where it has none")
    func dollars() throws {
        let limiter = KeyLimiter(steady: { 0 })
        let caller = try caller(KeyLimits(costPerDay: 100))
        let first = try limiter.admit(caller, worstCase: 60, now: now)
        #expect(code { _ = try limiter.admit(caller, worstCase: 60, now: now) } == "budget_exceeded")
        limiter.settle(first, tokens: nil, cost: 10)
        let second = try limiter.admit(caller, worstCase: 60, now: now)
        limiter.settle(second, tokens: nil, cost: nil)
        #expect(code { _ = try limiter.admit(caller, worstCase: 91, now: now) } == "budget_exceeded")
        #expect(code { _ = try limiter.admit(caller, worstCase: 90, now: now) } == nil)
        #expect(code { _ = try limiter.admit(caller, worstCase: .max, now: now) } == "budget_exceeded")
        #expect(code { _ = try limiter.admit(caller, worstCase: 10, now: now + Self.day) } == nil)
    }

    @Test(
        "limits of the router hold for all callers together, beside those of keys; what one refuses takes nothing of the other"
    )
    func global() throws {
        let limiter = KeyLimiter(steady: { 0 })
        limiter.limitAll(to: KeyLimits(requestsPerMinute: 3, concurrent: 2), now: now)
        let one = try caller(KeyLimits(requestsPerMinute: 1))
        let first = try limiter.admit(one, worstCase: nil, now: now)
        for _ in 0..<5 {
            #expect(code { _ = try limiter.admit(one, worstCase: nil, now: now) } == "rate_limit_exceeded")
        }
        _ = try limiter.admit(.keyless, worstCase: nil, now: now)
        #expect(code { _ = try limiter.admit(.keyless, worstCase: nil, now: now) } == "concurrency_limit_exceeded")
        limiter.settle(first, tokens: nil, cost: nil)
        _ = try limiter.admit(.keyless, worstCase: nil, now: now)
        #expect(code { _ = try limiter.admit(.keyless, worstCase: nil, now: now) } == "concurrency_limit_exceeded")
        limiter.limitAll(to: KeyLimits(), now: now)
        for _ in 0..<9 { _ = try limiter.admit(.keyless, worstCase: nil, now: now) }
    }

    @Test(
        "dollars a day of the router: requests at the same time cannot exceed it together, and a restart forgets nothing"
    )
    func globalDollars() throws {
        let limiter = KeyLimiter(steady: { 0 })
        limiter.resume(LimitHistory(spent: ["": 40]), limits: [:], recent: now, now: now)
        limiter.limitAll(to: KeyLimits(costPerDay: 100), now: now)
        let held = try limiter.admit(.keyless, worstCase: 50, now: now)
        #expect(code { _ = try limiter.admit(.keyless, worstCase: 11, now: now) } == "budget_exceeded")
        limiter.settle(held, tokens: nil, cost: 20)
        #expect(code { _ = try limiter.admit(.keyless, worstCase: 41, now: now) } == "budget_exceeded")
        #expect(code { _ = try limiter.admit(.keyless, worstCase: 40, now: now) } == nil)
    }

    @Test("many threads at once: no more is let in than the limits say, and all that was held comes back")
    func concurrentAdmissions() async throws {
        let limiter = KeyLimiter(steady: { 0 })
        limiter.limitAll(to: KeyLimits(concurrent: 8, costPerDay: 1000), now: now)
        let caller = try caller(KeyLimits(concurrent: 5))
        let now = now
        let spent = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var spent = 0
                    for _ in 0..<2000 {
                        guard let admission = try? limiter.admit(caller, worstCase: 7, now: now) else { continue }
                        limiter.settle(admission, tokens: 1, cost: 5)
                        spent += 5
                    }
                    return spent
                }
            }
            return await group.reduce(0, +)
        }
        // The last request that fits holds 7 when at least 993 is left to spend.
        #expect(spent <= 1000 && spent > 1000 - 7 * 5 - 7)
        #expect(code { _ = try limiter.admit(caller, worstCase: 7, now: now) } == "budget_exceeded")
        var slots = 0
        while (try? limiter.admit(caller, worstCase: 0, now: now)) != nil { slots += 1 }
        #expect(slots == 5)
    }

    @Test("what is left is told in OpenAI's words, of the limit that will refuse first")
    func status() throws {
        let limiter = KeyLimiter(steady: { 0 })
        limiter.limitAll(to: KeyLimits(requestsPerMinute: 2), now: now)
        let caller = try caller(KeyLimits(requestsPerMinute: 60, tokensPerMinute: 6000))
        let admission = try limiter.admit(caller, worstCase: nil, now: now)
        let fields = Dictionary(uniqueKeysWithValues: try #require(admission.status).fields.map { ($0.name, $0.value) })
        #expect(
            fields == [
                "x-ratelimit-limit-requests": "2", "x-ratelimit-remaining-requests": "1",
                "x-ratelimit-reset-requests": "30s", "x-ratelimit-limit-tokens": "6000",
                "x-ratelimit-remaining-tokens": "6000", "x-ratelimit-reset-tokens": "0s",
            ])
        limiter.settle(admission, tokens: 7500, cost: nil)
        do {
            _ = try limiter.admit(caller, worstCase: nil, now: now)
            Issue.record("no tokens were left")
        } catch {
            #expect(error.rateLimit?.tokens == .init(limit: 6000, remaining: 0, resetSeconds: 75))
            let head = ErrorResponse.head(error, requestID: "r").headerFields
            #expect(head.first { $0.name.canonicalName == "x-ratelimit-reset-tokens" }?.value == "1m15s")
        }
    }

    @Test(
        "durations as Go writes them",
        arguments: [
            (0, "0s"), (0.0004, "1ms"), (0.25, "250ms"), (1, "1s"), (1.5, "1.5s"), (59.9999, "1m0s"), (90, "1m30s"),
            (3661.05, "1h1m1.05s"), (.infinity, "277777h46m40s"),
        ])
    func duration(seconds: Double, text: String) {
        #expect(RateLimitStatus.duration(seconds) == text)
    }

    @Test("what was spent before the start counts on its day, not on the next")
    func resumed() throws {
        let caller = try caller(KeyLimits(costPerDay: 100))
        let id = try #require(caller.keyID)
        for (later, expected) in [(0, "budget_exceeded"), (Self.day, nil)] {
            let limiter = KeyLimiter(steady: { 0 })
            limiter.resume(LimitHistory(spent: [id: 90]), limits: [:], recent: now, now: now)
            #expect(code { _ = try limiter.admit(caller, worstCase: 20, now: now + later) } == expected)
        }
    }

    @Test("after a restart a bucket holds what it held before: requests and tokens, of a key and of all")
    func resumedBuckets() throws {
        let minute: Timestamp = 60_000_000
        let limits = KeyLimits(requestsPerMinute: 6, tokensPerMinute: 600)
        let caller = try caller(limits)
        let id = try #require(caller.keyID)
        let start = now - 10 * minute
        // The steady clock of another process shows another time.
        let clock = Steady()
        clock.set(start)
        let (live, next) = (KeyLimiter(steady: clock.now), KeyLimiter { 7_000_000 })
        for limiter in [live, next] { limiter.limitAll(to: KeyLimits(tokensPerMinute: 6000), now: start) }
        var history = LimitHistory()
        // Requests of 400 tokens, one every 20 s, each of which takes 5 s.
        for step in 0..<5 {
            let asked = now - minute - 40_000_000 + Timestamp(step) * 20_000_000
            clock.set(asked)
            guard let admission = try? live.admit(caller, worstCase: nil, now: asked) else { continue }
            clock.set(asked + 5_000_000)
            live.settle(admission, tokens: 400, cost: nil)
            history.uses.append(
                .init(keyID: id, time: asked, endedAt: asked + 5_000_000, tokens: 400))
        }
        clock.set(now)
        live.charge(caller, tokens: 50, cost: nil, now: now)
        history.uses.insert(.init(keyID: id, time: now, isRequest: false, endedAt: now, tokens: 50), at: 0)
        next.resume(history, limits: [id: limits], recent: start, now: now)
        func left(_ limiter: KeyLimiter) -> RateLimitStatus? {
            do {
                return try limiter.admit(caller, worstCase: nil, now: now).status
            } catch {
                return error.rateLimit
            }
        }
        let (before, after) = (left(live), left(next))
        #expect(history.uses.count > 3 && before?.tokens?.remaining ?? 600 < 100)
        #expect(before?.requests == after?.requests && before?.tokens == after?.tokens, "\(before), \(after)")
        #expect(left(live) == left(next))
    }

    @Test("a connection's memory of its key ends with the key: by its expiry, its revocation, or another key")
    func memory() throws {
        let hashing = KeyHashing(secret: SystemRandom.bytes(32))
        let ring = KeyRing(hashing: hashing)
        let (first, firstKey) = hashing.make(
            name: "a", scopes: [.chat], group: nil, limits: KeyLimits(), createdAt: 0, expiresAt: 100)
        let (second, secondKey) = hashing.make(
            name: "b", scopes: [.chat], group: nil, limits: KeyLimits(), createdAt: 0, expiresAt: nil)
        ring.replace(with: KeySet(keys: [firstKey, secondKey], everHadKeys: true))
        var memory = KeyMemory()
        func ask(_ authorization: String?, now: Timestamp = 0) throws -> String? {
            try ring.identify(authorization: authorization, now: now, memory: &memory).keyID
        }
        #expect(try ask("Bearer \(first)") == firstKey.id)
        #expect(try ask("Bearer \(first)", now: 99) == firstKey.id)
        #expect(code { _ = try ask("Bearer \(first)", now: 100) } == "invalid_api_key")
        #expect(try ask("Bearer \(second)") == secondKey.id)
        #expect(try ask("bearer \(first)") == firstKey.id)
        #expect(code { _ = try ask("Bearer \(first.dropLast())x") } == "invalid_api_key")
        #expect(code { _ = try ask(nil) } == "missing_api_key")
        #expect(try ask("Bearer \(first)") == firstKey.id)
        ring.replace(with: KeySet(keys: [secondKey], everHadKeys: true))
        #expect(code { _ = try ask("Bearer \(first)") } == "invalid_api_key")
        #expect(try ask("Bearer \(second)") == secondKey.id)
    }

    @Test("a key opens what it may, until it expires, whatever the case of the scheme")
    func ring() throws {
        let hashing = KeyHashing(secret: SystemRandom.bytes(32))
        let ring = KeyRing(hashing: hashing)
        #expect(ring.isKeyless)
        let (text, key) = hashing.make(
            name: "k", scopes: [.chat], group: nil, limits: KeyLimits(), createdAt: 0, expiresAt: 100)
        #expect(text.hasPrefix("br-") && text.count == 46 && key.hash.count == 32)
        ring.replace(with: KeySet(keys: [key], everHadKeys: true))
        #expect(!ring.isKeyless)
        #expect(try ring.authorize(authorization: "bEARER  \(text)", scope: .chat, now: 99).keyID == key.id)
        #expect(
            code { _ = try ring.authorize(authorization: "Bearer \(text)", scope: .read, now: 99) }
                == "insufficient_scope")
        #expect(
            code { _ = try ring.authorize(authorization: "Bearer \(text)", scope: .chat, now: 100) }
                == "invalid_api_key")
        #expect(
            code { _ = try ring.authorize(authorization: "Bearer \(text)x", scope: .chat, now: 0) } == "invalid_api_key"
        )
        for none in [nil, "", "Bearer", "Bearer ", "Basic \(text)", text] {
            #expect(
                code { _ = try ring.authorize(authorization: none, scope: .chat, now: 0) } == "missing_api_key",
                "\(none ?? "nil")")
        }
        ring.replace(with: KeySet(keys: [], everHadKeys: true))
        #expect(!ring.isKeyless)
        #expect(code { _ = try ring.authorize(authorization: nil, scope: .chat, now: 0) } == "missing_api_key")
    }

    @Test("the secret is made once, readable by its owner only, and a file that is none is refused")
    func secret() throws {
        let folder = try TemporaryFolder()
        let first = try KeyHashing.load(path: folder("s"))
        #expect(folder.mode(of: "s") == 0o600)
        let second = try KeyHashing.load(path: folder("s"))
        #expect(first.hash("x".utf8) == second.hash("x".utf8) && first.hash("x".utf8) != first.hash("y".utf8))
        #expect(first.hash("x".utf8) != (try KeyHashing.load(path: folder("t"))).hash("x".utf8))
        try folder.write("short", to: "bad")
        #expect(throws: SecretError.self) { try KeyHashing.load(path: folder("bad")) }
        #expect(throws: SecretError.self) { try KeyHashing.load(path: folder("no/such/folder")) }
    }
}
