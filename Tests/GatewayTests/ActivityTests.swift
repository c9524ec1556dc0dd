import BanditCore
import Gateway
import RoutingEngine
import Testing

@Suite("histories and alarms")
struct ActivityTests {
    /// Counts what was merged into it.
    private struct Count: HistorySample {
        var value: Int
        mutating func merge(_ later: Count) { value += later.value }
    }

    private func history() -> TieredHistory<Count> {
        TieredHistory(tiers: [.init(interval: 10, capacity: 4), .init(interval: 100, capacity: 3)])
    }

    @Test("samples of one interval become one, in every tier")
    func merging() {
        var history = history()
        for time in stride(from: Timestamp(0), to: 100, by: 5) { history.add(Count(value: 1), at: time) }
        #expect(history.buckets(tier: 0).map(\.start) == [60, 70, 80, 90])
        #expect(history.buckets(tier: 0).allSatisfy { $0.sample.value == 2 })
        #expect(history.buckets(tier: 1).map(\.start) == [0] && history.buckets(tier: 1)[0].sample.value == 20)
        #expect(history.buckets(tier: 0, from: 80).map(\.start) == [80, 90])
    }

    @Test("a full tier forgets its oldest and keeps the order, however long it runs")
    func bounded() {
        var history = history()
        for time in 0..<10_000 { history.add(Count(value: 1), at: Timestamp(time)) }
        #expect(history.buckets(tier: 0).map(\.start) == [9960, 9970, 9980, 9990])
        #expect(history.buckets(tier: 1).map(\.start) == [9700, 9800, 9900])
        #expect(history.buckets(tier: 1).allSatisfy { $0.sample.value == 100 })
    }

    @Test("a clock that steps back adds to the newest interval instead of tearing the order")
    func clockStepsBack() {
        var history = history()
        for time in [Timestamp(100), 110, 95, 112] { history.add(Count(value: 1), at: time) }
        #expect(history.buckets(tier: 0).map(\.start) == [100, 110])
        #expect(history.buckets(tier: 0).map(\.sample.value) == [1, 3])
    }

    @Test("times before the epoch belong to the interval that holds them")
    func beforeTheEpoch() {
        var history = history()
        history.add(Count(value: 1), at: -1)
        #expect(history.buckets(tier: 0).map(\.start) == [-10])
    }

    @Test("a cell whose rewards fall sets off an alarm that names it; its neighbours do not")
    func drift() throws {
        let monitor = DriftMonitor()
        var alarms: [DriftAlarm] = []
        for index in 0..<200 {
            for (arm, reward) in [
                ("steady", index % 10 < 9 ? 1.0 : 0), ("falls", index % 10 < (index < 100 ? 9 : 2) ? 1.0 : 0),
            ] {
                if let alarm = monitor.observe(category: "code", arm: arm, reward: reward, at: Timestamp(index)) {
                    alarms.append(alarm)
                }
            }
        }
        let alarm = try #require(alarms.first)
        #expect(alarms.count == 1 && monitor.alarms == alarms)
        #expect(alarm.arm == "falls" && alarm.category == "code" && (100..<140).contains(alarm.time))
        #expect(alarm.change.meanBefore > 0.8 && alarm.change.meanAfter < 0.4)
    }

    @Test("alarms and watched cells are bounded")
    func bounds() {
        let monitor = DriftMonitor()
        for round in 0..<DriftMonitor.alarmLimit + 20 {
            for step in 0..<60 {
                monitor.observe(
                    category: "c", arm: "a", reward: round % 2 == 0 ? 0 : 1, at: Timestamp(round * 60 + step))
            }
        }
        #expect(monitor.alarms.count == DriftMonitor.alarmLimit)
        #expect(monitor.alarms[0].time > monitor.alarms[1].time)
        for arm in 0..<DriftMonitor.cellLimit + 10 {
            for step in 0..<40 {
                monitor.observe(
                    category: "many", arm: "\(arm)", reward: step < 20 ? 1 : 0, at: Timestamp(100_000 + arm))
            }
        }
        // The cells beyond the limit are not watched, so the last alarm is of one before it.
        #expect(monitor.alarms[0].arm == "\(DriftMonitor.cellLimit - 2)")
    }
}
