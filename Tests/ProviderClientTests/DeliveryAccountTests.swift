import ProviderClient
import Synchronization
import Testing

/// How far the engine may read ahead of a stream's reader.
@Suite("transport: the account of undelivered bytes")
struct DeliveryAccountTests {
    private let high = DeliveryAccount.highWaterBytes
    private let low = DeliveryAccount.lowWaterBytes

    /// The account itself cannot be copied, which `#expect` would.
    private final class Account {
        private let account = DeliveryAccount()

        var bytes: Int { account.bytes }
        func charge(_ bytes: Int) { account.charge(bytes) }
        func stops(at limit: Int) -> Bool { account.stops(at: limit) }
        func discharge(_ bytes: Int) -> Bool { account.discharge(bytes) }
    }

    @Test("the engine stops at the limit, and not before")
    func stops() {
        let account = Account()
        account.charge(high - 1)
        #expect(!account.stops(at: high))
        account.charge(1)
        #expect(account.bytes == high)
        #expect(account.stops(at: high))
    }

    @Test("a reader that has taken most of it has the stopped engine woken, once")
    func wakesOnce() {
        let account = Account()
        account.charge(high + 5_000)
        #expect(account.stops(at: high))
        #expect(!account.discharge(high + 5_000 - low - 1))
        #expect(account.discharge(1))
        #expect(account.bytes == low)
        #expect(!account.discharge(low))
        #expect(account.bytes == 0)
        #expect(!account.stops(at: high))
    }

    @Test("an engine that has not stopped is not woken")
    func notStopped() {
        let account = Account()
        account.charge(high)
        #expect(!account.discharge(high))
    }

    @Test("it stops again after it has gone on")
    func again() {
        let account = Account()
        for _ in 0..<3 {
            account.charge(high)
            #expect(account.stops(at: high))
            #expect(account.discharge(high))
        }
    }

    @Test("the lowest limit there is lets a stopped engine go on")
    func lowestLimit() {
        let account = Account()
        account.charge(low)
        #expect(account.stops(at: low))
        #expect(account.discharge(1))
    }

    /// Both sides of an account, by two threads.
    private final class Sides: Sendable {
        let account = DeliveryAccount()
        let inbox = Atomic<Int>(0)
        let isWoken = Atomic(false)
        let most = Atomic<Int>(0)
    }

    @Test("two threads never leave the engine asleep, nor let it read ahead further than one piece beyond the limit")
    func race() async {
        let sides = Sides()
        let (high, pieces, piece) = (high, 20_000, 7_001)
        async let engine: Void = Task.detached {
            for _ in 0..<pieces {
                if sides.account.stops(at: high) {
                    // Nobody but the reader ends this: a wake-up that is missed would hang here.
                    while !sides.isWoken.exchange(false, ordering: .acquiringAndReleasing) { await Task.yield() }
                }
                sides.account.charge(piece)
                sides.most.max(sides.account.bytes, ordering: .relaxed)
                sides.inbox.add(piece, ordering: .acquiringAndReleasing)
            }
        }.value
        var taken = 0
        while taken < pieces * piece {
            let bytes = sides.inbox.exchange(0, ordering: .acquiringAndReleasing)
            guard bytes > 0 else {
                await Task.yield()
                continue
            }
            taken += bytes
            if sides.account.discharge(bytes) { sides.isWoken.store(true, ordering: .releasing) }
        }
        await engine
        #expect(sides.account.bytes == 0)
        #expect(sides.most.load(ordering: .relaxed) < high + piece)
    }
}
