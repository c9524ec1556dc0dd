import BanditCore
import RoutingEngine
import Testing

@Suite("Learner state")
struct LearnerStateTests {
    /// A state that has seen `count` events of all kinds.
    static func learned(_ count: Int, halfLives: [String: Timestamp] = [:]) -> LearnerState {
        var state = LearnerState(halfLives: halfLives)
        var generator = Xoshiro256StarStar(seed: 7)
        for index in 0..<count {
            let cell = state.address(
                route: ["auto", "other"][index % 2], category: ["general", "code", "math"][index % 3],
                arm: ["a", "b", "c", "d"][index % 4])
            let time = Fixture.start + Timestamp(index) * 1_000_000
            let reward = generator.uniform()
            state.apply(.decided(cell, time: time), sequence: Int64(index * 4))
            state.apply(.attempted(cell, time: time, failed: index % 5 == 0), sequence: Int64(index * 4 + 1))
            state.apply(
                .served(cell, time: time, costUSD: index % 7 == 0 ? nil : 0.001 * reward, latencyMS: 100 + reward),
                sequence: Int64(index * 4 + 2))
            state.apply(
                .rewarded(cell, time: time, propensity: 0.3, previous: nil, current: reward),
                sequence: Int64(index * 4 + 3))
        }
        return state
    }

    @Test("its bytes read back as the very same state, with and without forgetting", arguments: [nil, 3_600_000_000])
    func roundTrip(halfLife: Timestamp?) throws {
        let state = Self.learned(500, halfLives: halfLife.map { ["auto": $0] } ?? [:])
        let back = try LearnerState(decoding: state.encoded())
        #expect(back == state)
        #expect(back.version == 1999)
        #expect(back.fingerprint == state.fingerprint)
        #expect(back.encoded() == state.encoded())
    }

    @Test("every cut and every flipped byte of its bytes is refused or read, never a crash")
    func damage() {
        let bytes = Self.learned(30).encoded()
        for length in 0..<bytes.count {
            #expect(throws: LearnerStateError.self) { try LearnerState(decoding: Array(bytes[..<length])) }
        }
        var refused = 0
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= 0x80
            if (try? LearnerState(decoding: damaged)) == nil { refused += 1 }
        }
        #expect(refused > 0)
    }

    @Test("a reward that is replaced and then taken back leaves nothing behind")
    func retraction() throws {
        var state = Self.learned(50)
        let before = state
        let cell = try #require(state.existingAddress(route: "auto", category: "code", arm: "a"))
        let sequence = state.version
        for (previous, current) in [(nil, 0.7), (0.7, 0.1), (0.1, nil)] as [(Double?, Double?)] {
            state.apply(
                .rewarded(cell, time: Fixture.start, propensity: 0.25, previous: previous, current: current),
                sequence: sequence)
        }
        #expect(state == before)
    }

    @Test("the same events give the same bits, folded at once or from a snapshot in the middle")
    func snapshotAndTail() throws {
        let whole = Self.learned(300, halfLives: ["other": 60_000_000])
        var resumed = try LearnerState(decoding: Self.learned(150, halfLives: ["other": 60_000_000]).encoded())
        var generator = Xoshiro256StarStar(seed: 7)
        for index in 0..<300 {
            let reward = generator.uniform()
            guard index >= 150 else { continue }
            let cell = resumed.address(
                route: ["auto", "other"][index % 2], category: ["general", "code", "math"][index % 3],
                arm: ["a", "b", "c", "d"][index % 4])
            let time = Fixture.start + Timestamp(index) * 1_000_000
            resumed.apply(.decided(cell, time: time), sequence: Int64(index * 4))
            resumed.apply(.attempted(cell, time: time, failed: index % 5 == 0), sequence: Int64(index * 4 + 1))
            resumed.apply(
                .served(cell, time: time, costUSD: index % 7 == 0 ? nil : 0.001 * reward, latencyMS: 100 + reward),
                sequence: Int64(index * 4 + 2))
            resumed.apply(
                .rewarded(cell, time: time, propensity: 0.3, previous: nil, current: reward),
                sequence: Int64(index * 4 + 3))
        }
        #expect(resumed.encoded() == whole.encoded())
    }
}
