import Gateway
import Testing

@Suite("token bucket")
struct TokenBucketTests {
    @Test("holds its capacity at first, and refills evenly")
    func refill() {
        var bucket = TokenBucket(perMinute: 60, at: 100)
        for _ in 0..<60 { #expect(bucket.take(1, at: 100) == nil) }
        #expect(bucket.take(1, at: 100) == 1)
        #expect(bucket.take(1, at: 100.5) == 0.5)
        #expect(bucket.take(1, at: 101) == nil)
        #expect(bucket.remaining(at: 101) == 0)
        #expect(bucket.remaining(at: 131) == 30)
    }

    @Test("never holds more than its capacity, and a refused take costs nothing")
    func capacity() {
        var bucket = TokenBucket(perMinute: 2, at: 0)
        #expect(bucket.remaining(at: 1000) == 2)
        #expect(bucket.take(3, at: 1000) == 30)
        #expect(bucket.remaining(at: 1000) == 2)
    }

    @Test("a charge may go below zero, and nothing is admitted until it is paid back")
    func debt() {
        var bucket = TokenBucket(perMinute: 60, at: 0)
        #expect(bucket.admits(at: 0) == nil)
        bucket.charge(90, at: 0)
        let wait = bucket.admits(at: 0) ?? 0
        #expect(wait > 30 && wait < 30.01)
        #expect(bucket.remaining(at: 10) == 0)
        #expect(bucket.admits(at: 30) != nil)
        #expect(bucket.admits(at: 30.1) == nil)
    }

    @Test("a clock that goes back gives and takes nothing")
    func backwards() {
        var bucket = TokenBucket(perMinute: 60, at: 100)
        #expect(bucket.take(60, at: 100) == nil)
        #expect(bucket.take(1, at: 40) != nil)
        #expect(bucket.remaining(at: 100) == 0)
        #expect(bucket.remaining(at: 101) == 1)
    }
}
