import Crypto
import DecisionStore
import Foundation
import Gateway
import RoutingEngine
import TestSupport
import Testing

@Suite("limits of keys")
struct LimiterTests {
    private static let day: Timestamp = 86_400_000_000
    private let now: Timestamp = 20_000 * LimiterTests.day + 5

    private func caller(_ limits: KeyLimits) throws -> Caller {
        let hashing = KeyHashing(secret: SymmetricKey(size: .bits256))
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

    @Test("requests a minute: refused requests take nothing from other limits")
    func requests() throws {
        let limiter = KeyLimiter()
        let caller = try caller(KeyLimits(requestsPerMinute: 2, concurrent: 5))
        for _ in 0..<2 { _ = try limiter.admit(caller, worstCase: nil, now: now) }
        for _ in 0..<9 {
            #expect(code { _ = try limiter.admit(caller, worstCase: nil, now: now) } == "rate_limit_exceeded")
        }
        for step in 1...3 { _ = try limiter.admit(caller, worstCase: nil, now: now + Timestamp(step) * 30_000_000) }
        #expect(
            code { _ = try limiter.admit(caller, worstCase: nil, now: now + 600_000_000) }
                == "concurrency_limit_exceeded")
    }

    @Test("concurrent: a slot comes back when it is settled")
    func concurrent() throws {
        let limiter = KeyLimiter()
        let caller = try caller(KeyLimits(concurrent: 1))
        let admission = try limiter.admit(caller, worstCase: nil, now: now)
        #expect(code { _ = try limiter.admit(caller, worstCase: nil, now: now) } == "concurrency_limit_exceeded")
        limiter.settle(admission, tokens: nil, cost: nil, now: now)
        #expect(code { _ = try limiter.admit(caller, worstCase: nil, now: now) } == nil)
    }

    @Test("dollars a day: the worst case is held, the real cost is charged, an unknown one counts as what was held")
    func dollars() throws {
        let limiter = KeyLimiter()
        let caller = try caller(KeyLimits(costPerDay: 100))
        let first = try limiter.admit(caller, worstCase: 60, now: now)
        #expect(code { _ = try limiter.admit(caller, worstCase: 60, now: now) } == "budget_exceeded")
        limiter.settle(first, tokens: nil, cost: 10, now: now)
        let second = try limiter.admit(caller, worstCase: 60, now: now)
        limiter.settle(second, tokens: nil, cost: nil, now: now)
        #expect(code { _ = try limiter.admit(caller, worstCase: 31, now: now) } == "budget_exceeded")
        #expect(code { _ = try limiter.admit(caller, worstCase: 30, now: now) } == nil)
        #expect(code { _ = try limiter.admit(caller, worstCase: 60, now: now + Self.day) } == nil)
    }

    @Test("what was spent before the start counts on its day, not on the next")
    func resumed() throws {
        let caller = try caller(KeyLimits(costPerDay: 100))
        let id = try #require(caller.keyID)
        for (later, expected) in [(0, "budget_exceeded"), (Self.day, nil)] {
            let limiter = KeyLimiter()
            limiter.resume(spentToday: [id: 90], now: now)
            #expect(code { _ = try limiter.admit(caller, worstCase: 20, now: now + later) } == expected)
        }
    }

    @Test("a connection's memory of its key ends with the key: by its expiry, its revocation, or another key")
    func memory() throws {
        let hashing = KeyHashing(secret: SymmetricKey(size: .bits256))
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
        let hashing = KeyHashing(secret: SymmetricKey(size: .bits256))
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
