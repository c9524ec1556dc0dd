import BanditCore
import DecisionStore
import RoutingEngine
import WireFormats

/// What the router did lately, as JSON.
enum HistoryAnswers {
    // MARK: - Traffic

    static func traffic(_ buckets: [TieredHistory<TrafficSample>.Bucket], interval: Timestamp) -> [UInt8] {
        var json = JSONBytes(capacity: 300 * buckets.count + 64)
        json.object { json in
            json.member("object", "list")
            json.member("interval_s", Double(interval) / 1e6)
            json.key("total")
            write(total(buckets), at: buckets.first?.start, to: &json)
            json.key("data")
            json.array { json in for bucket in buckets { write(bucket.sample, at: bucket.start, to: &json) } }
        }
        return json.bytes
    }

    private static func total(_ buckets: [TieredHistory<TrafficSample>.Bucket]) -> TrafficSample {
        var total = TrafficSample()
        for bucket in buckets { total.merge(bucket.sample) }
        return total
    }

    private static func write(_ sample: TrafficSample, at start: Timestamp?, to json: inout JSONBytes) {
        json.object { json in
            json.member("time", start.map(RFC3339.exactText))
            json.member("seconds", sample.seconds)
            json.member("requests", sample.requests)
            json.member("errors", sample.failed)
            json.member("cancelled", sample.cancelled)
            json.member("refused", sample.refused)
            json.member("prompt_tokens", sample.promptTokens)
            json.member("completion_tokens", sample.completionTokens)
            json.member("cost_usd", sample.cost.usd)
            json.member("latency_p50_ms", sample.latencyMS(0.5))
            json.member("latency_p95_ms", sample.latencyMS(0.95))
            json.member("rewarded", sample.rewarded)
            json.member("reward_mean", sample.rewarded > 0 ? sample.rewardSum / Double(sample.rewarded) : nil)
            json.key("arms")
            json.object { json in
                for (arm, count) in sample.arms.sorted(by: { $0.key < $1.key }) { json.member(arm, count) }
            }
        }
    }

    /// The event `traffic`: the last two seconds, the last five minutes summed up, and what holds now.
    static func now(_ runtime: RouterRuntime, published: Published, at now: Timestamp) -> [UInt8] {
        var json = JSONBytes(capacity: 2048)
        json.object { json in
            json.member("time", RFC3339.exactText(microseconds: now))
            json.member("in_flight", runtime.metrics.totals.inFlight)
            json.member("store_writable", runtime.store.health.isWritable)
            json.member("state_version", published.version)
            json.key("breakers")
            json.object { json in
                for arm in published.catalogue.arms {
                    json.member(arm.id, runtime.engine.health.state(of: arm.id).rawValue)
                }
            }
            let buckets = runtime.activity.traffic(tier: 0)
            json.key("total")
            write(total(buckets), at: buckets.first?.start, to: &json)
            json.key("data")
            json.array { json in
                for bucket in buckets where bucket.start >= now - 2_000_000 {
                    write(bucket.sample, at: bucket.start, to: &json)
                }
            }
        }
        return json.bytes
    }

    // MARK: - Posteriors

    /// `arms` names the columns; each row of `data` has a number an arm.
    static func posteriors(
        _ buckets: [TieredHistory<PosteriorSample>.Bucket], interval: Timestamp, route: String, category: String,
        arms: [String]
    ) -> [UInt8] {
        var json = JSONBytes(capacity: 60 * buckets.count * max(1, arms.count) + 256)
        json.object { json in
            json.member("object", "list")
            json.member("interval_s", Double(interval) / 1e6)
            json.member("route", route)
            json.member("category", category)
            json.member("arms", arms)
            json.key("data")
            json.array { json in
                for bucket in buckets {
                    let cells = cells(of: bucket.sample, route: route, category: category, arms: arms)
                    guard cells.contains(where: { $0 != nil }) else { continue }
                    json.object { json in
                        json.member("time", RFC3339.exactText(microseconds: bucket.start))
                        json.member("version", bucket.sample.version)
                        column("share", cells.map { $0?.share }, &json)
                        column("mean", cells.map { $0?.mean }, &json)
                        column("low", cells.map { $0?.low }, &json)
                        column("high", cells.map { $0?.high }, &json)
                    }
                }
            }
        }
        return json.bytes
    }

    /// An arm that a configuration of that time did not have is nil.
    private static func cells(
        of sample: PosteriorSample, route: String, category: String, arms: [String]
    ) -> [PosteriorSample.Cell?] {
        guard let (then, start) = sample.layout.cells(route: route, category: category) else { return [] }
        return arms.map { arm in then.firstIndex(of: arm).map { sample.cells[start + $0] } }
    }

    private static func column(_ name: String, _ values: [Float?], _ json: inout JSONBytes) {
        json.key(name)
        json.array { json in
            // Four digits are more than any chart shows.
            for value in values { json.value(value.map { (Double($0) * 10_000).rounded() / 10_000 }) }
        }
    }

    // MARK: - Feedback and alarms

    static func feedback(_ records: [FeedbackRecord]) -> [UInt8] {
        var json = JSONBytes(capacity: 320 * records.count + 64)
        json.object { json in
            json.member("object", "list")
            json.key("data")
            json.array { json in
                for record in records {
                    json.object { json in
                        json.member("sequence", record.sequence)
                        json.member("feedback_id", record.feedbackID)
                        json.member("time", RFC3339.exactText(microseconds: record.received))
                        json.member("decision_id", record.decisionID.description)
                        json.member("route", record.route)
                        json.member("category", record.category)
                        json.member("arm", record.arm)
                        json.member("metric", record.metric)
                        json.member("source", record.source.rawValue)
                        json.key("value")
                        switch record.value {
                        case .boolean(let yes): json.value(yes)
                        case .number(let number): json.value(number)
                        case .retraction: json.null()
                        }
                        json.member("comment", record.comment)
                        json.member("counts", record.counts)
                    }
                }
            }
        }
        return json.bytes
    }

    static func alarms(_ alarms: [DriftAlarm]) -> [UInt8] {
        var json = JSONBytes(capacity: 256 * alarms.count + 64)
        json.object { json in
            json.member("object", "list")
            json.key("data")
            json.array { json in for alarm in alarms { write(alarm, to: &json) } }
        }
        return json.bytes
    }

    static func write(_ alarm: DriftAlarm, to json: inout JSONBytes) {
        json.object { json in
            json.member("time", RFC3339.exactText(microseconds: alarm.time))
            json.member("category", alarm.category)
            json.member("arm", alarm.arm)
            json.member("mean_before", alarm.change.meanBefore)
            json.member("mean_after", alarm.change.meanAfter)
            json.member("observations_before", alarm.change.before)
            json.member("observations_after", alarm.change.after)
            json.member("statistic", alarm.change.statistic)
            json.member("threshold", alarm.change.threshold)
        }
    }
}
