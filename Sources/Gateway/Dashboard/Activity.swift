import BanditCore
import DecisionStore
import NIOCore
import RoutingEngine
import Synchronization
import WireFormats

/// What the router did lately: histories of traffic and of what was learned, drift alarms, and a feed of events.
///
/// Nothing of it is on a request's path: the counters of `/metrics` are read twice a second, and what came of feedback is noted when
/// it has been stored.
final class Activity: Sendable {
    private struct State {
        var totals = MetricTotals()
        var readAt: Timestamp?
        var rewarded = 0
        var rewardSum = 0.0
        var traffic = TieredHistory<TrafficSample>(tiers: Activity.trafficTiers)
        var posteriors: TieredHistory<PosteriorSample>?
        var last: (published: Published, inService: [ArmSet], sample: PosteriorSample)?
    }

    /// Five minutes by the second, an hour by ten, a day by five minutes, a week by the hour.
    static let trafficTiers: [TieredHistory<TrafficSample>.Tier] = [
        .init(interval: 1_000_000, capacity: 300), .init(interval: 10_000_000, capacity: 360),
        .init(interval: 300_000_000, capacity: 288), .init(interval: 3_600_000_000, capacity: 168),
    ]
    /// Half an hour by five seconds, twelve hours by the minute, a week by the quarter of an hour.
    static let posteriorTiers: [(interval: Timestamp, capacity: Int)] = [
        (5_000_000, 360), (60_000_000, 720), (900_000_000, 672),
    ]
    /// Cells that one tier of the posteriors' history keeps at most, 16 bytes each: routers with many arms and categories remember
    /// a shorter time.
    static let cellLimit = 500_000
    /// How often the counters are read.
    static let period = Duration.milliseconds(500)

    let feed = EventFeed()
    let drift = DriftMonitor()
    private let state = Mutex(State())

    // MARK: - Taking in

    /// Notes what came of a piece of feedback.
    func note(_ receipt: FeedbackReceipt, at now: Timestamp) {
        guard receipt.status == .applied, let reward = receipt.reward else { return }
        state.withLock { state in
            state.rewarded += 1
            state.rewardSum += reward
        }
        if let alarm = drift.observe(category: receipt.category, arm: receipt.arm, reward: reward, at: now),
            feed.hasListeners
        {
            var json = JSONBytes()
            HistoryAnswers.write(alarm, to: &json)
            feed.send("alarm", json.bytes)
        }
    }

    /// Reads the counters, and what was published.
    ///
    /// - Parameter inService: the arms of each route that can be drawn, in the order of the routes.
    func sample(_ totals: MetricTotals, _ published: Published, inService: [ArmSet], at now: Timestamp) {
        state.withLock { state in
            if let before = state.readAt {
                var sample = TrafficSample(
                    from: state.totals, to: totals, seconds: max(0, Double(now - before) / 1e6))
                (sample.rewarded, sample.rewardSum) = (state.rewarded, state.rewardSum)
                state.traffic.add(sample, at: now)
                (state.rewarded, state.rewardSum) = (0, 0)
            }
            (state.totals, state.readAt) = (totals, now)
            let sample = Self.sample(published, inService, after: state.last)
            state.last = (published, inService, sample)
            if state.posteriors == nil { state.posteriors = Self.makePosteriors(cells: sample.cells.count) }
            state.posteriors?.add(sample, at: now)
        }
    }

    private static func sample(
        _ published: Published, _ inService: [ArmSet],
        after last: (published: Published, inService: [ArmSet], sample: PosteriorSample)?
    ) -> PosteriorSample {
        guard let last else {
            return PosteriorSample(published, inService: inService, layout: .init(published))
        }
        if last.published === published, last.inService == inService { return last.sample }
        let layout = last.sample.layout
        return PosteriorSample(
            published, inService: inService, layout: layout.describes(published) ? layout : .init(published))
    }

    private static func makePosteriors(cells: Int) -> TieredHistory<PosteriorSample> {
        TieredHistory(
            tiers: posteriorTiers.map {
                .init(interval: $0.interval, capacity: max(2, min($0.capacity, cellLimit / max(1, cells))))
            })
    }

    // MARK: - Giving out

    func traffic(tier: Int, from: Timestamp = .min) -> [TieredHistory<TrafficSample>.Bucket] {
        state.withLock { $0.traffic.buckets(tier: tier, from: from) }
    }

    func posteriors(tier: Int, from: Timestamp) -> [TieredHistory<PosteriorSample>.Bucket] {
        state.withLock { $0.posteriors?.buckets(tier: tier, from: from) ?? [] }
    }
}

/// Reads the router's counters twice a second and tells those who listen what is new.
struct ActivityWatch: Sendable {
    let runtime: RouterRuntime

    /// Newest decisions and pieces of feedback in one event.
    private static let newest = 25

    /// Runs until the task is cancelled.
    func run() async {
        var said = Said()
        while !Task.isCancelled {
            await look(&said)
            try? await Task.sleep(for: Activity.period)
        }
    }

    /// What listeners were told last.
    private struct Said {
        var version: Int64 = -1
        var decisions: [DecisionRecord] = []
        var feedback: Int64 = -1
    }

    private func look(_ said: inout Said) async {
        let (activity, now) = (runtime.activity, runtime.clock())
        let published = runtime.engine.published
        let inService = published.routes.map { $0.plan.inService(runtime.engine.health) }
        activity.sample(runtime.metrics.totals, published, inService: inService, at: now)
        activity.feed.dropUnwelcome()
        guard activity.feed.hasListeners else {
            // Whoever comes next hears everything.
            said = Said()
            return
        }
        activity.feed.send("traffic", HistoryAnswers.now(runtime, published: published, at: now))
        if said.version != published.version {
            said.version = published.version
            var json = JSONBytes()
            json.object { $0.member("version", published.version) }
            activity.feed.send("posteriors", json.bytes)
        }
        // A store that cannot be read is told of by the event above; the lists wait for better times.
        if let decisions = try? await runtime.store.decisions(limit: Self.newest), decisions != said.decisions {
            said.decisions = decisions
            activity.feed.send("decisions", DecisionAnswers.list(decisions))
        }
        if let feedback = try? await runtime.store.feedback(limit: Self.newest),
            let newest = feedback.first?.sequence, newest != said.feedback
        {
            said.feedback = newest
            activity.feed.send("feedback", HistoryAnswers.feedback(feedback))
        }
    }
}
