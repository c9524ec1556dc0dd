import BanditCore
import Foundation
import RoutingEngine

/// A decision log of known truth: two arms played evenly in two categories, `b` better by a lot.
enum EvaluationFixture {
    struct Row {
        var category: String
        var arm: String
        var reward: Double
    }

    /// The same rows every time.
    static func rows(_ count: Int, seed: UInt64 = 3) -> [Row] {
        var generator = Xoshiro256StarStar(seed: seed)
        return (0..<count).map { index in
            let arm = generator.uniform() < 0.5 ? "a" : "b"
            let mean = arm == "a" ? 0.3 : 0.7
            return Row(category: index % 2 == 0 ? "x" : "y", arm: arm, reward: generator.uniform() < mean ? 1 : 0)
        }
    }

    static func line(_ row: Row, _ index: Int) -> String {
        let (minute, second) = (index / 60 % 60, index % 60)
        let time =
            "2026-01-02T\(10 + index / 3600):\(minute < 10 ? "0" : "")\(minute):\(second < 10 ? "0" : "")\(second)Z"
        return
            #"{"decision_id":"d\#(index)","time":"\#(time)","route":"auto","category":"\#(row.category)","kind":"fresh","#
            + #""arms":["a","b"],"probabilities":[0.5,0.5],"arm":"\#(row.arm)","propensity":0.5,"reward":\#(row.reward),"#
            + #""target_probabilities":{"mostly-b":[0.2,0.8]}}"#
    }

    static func write(_ rows: [Row], to path: String, extra: [String] = []) throws {
        let lines = rows.enumerated().map { line($1, $0) } + extra
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
    }

    /// A learned state in which `a` has 90 of 100 and `b` 10 of 100 in both categories, the opposite of the log.
    static func contrary(routes: [String] = ["auto"]) -> LearnerState {
        var state = LearnerState()
        var sequence: Int64 = 0
        for route in routes {
            for category in ["x", "y"] {
                for (arm, good) in [("a", 90), ("b", 10)] {
                    let cell = state.address(route: route, category: category, arm: arm)
                    for i in 0..<100 {
                        sequence += 1
                        state.apply(
                            .rewarded(
                                cell, time: 1_767_322_800_000_000, propensity: 0.5, previous: nil,
                                current: i < good ? 1 : 0),
                            sequence: sequence)
                    }
                }
            }
        }
        return state
    }

    static func json(_ text: String) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    /// The value that an estimator gives a policy; nil where there is none.
    static func value(_ report: [String: Any], _ policy: String, _ estimator: String) -> Double? {
        let policies = report["policies"] as? [[String: Any]] ?? []
        let estimates = policies.first { $0["policy"] as? String == policy }?["estimates"] as? [[String: Any]]
        return estimates?.first { $0["estimator"] as? String == estimator }?["value"] as? Double
    }
}
