import DecisionStore
import Foundation
import Glibc
import RoutingEngine

/// Made-up traffic: decisions of eight arms with their outcomes, always the same.
struct Workload {
    static let arms = (0..<8).map { "provider/model-\($0)" }
    static let categories = ["code", "math", "writing", "translation", "general", "extraction"]
    static let start: Timestamp = 1_767_322_800_000_000

    /// A number that looks random: SplitMix64 of its place.
    static func random(_ index: Int, _ salt: UInt64 = 0) -> UInt64 {
        var z = (UInt64(index) &+ salt &* 0x1000_0000) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Decision number `index`; one every ten milliseconds.
    static func decision(_ index: Int) -> Decision {
        let time = start + Timestamp(index) * 10_000
        let arm = Int(random(index, 1) % 8)
        let probabilities = (0..<8).map { $0 == arm ? 0.3 : 0.1 }
        return Decision(
            id: DecisionID(time: time, random: random(index, 2)), time: time, route: "auto",
            category: categories[Int(random(index, 3) % 6)], kind: .fresh, arms: arms, probabilities: probabilities,
            arm: arms[arm], propensity: 0.3, policy: "thompson", stateVersion: Int64(index), stateTime: time - 30_000,
            keyID: "key_\(random(index, 4) % 20)", keyGroup: "team", categorySource: "classifier", categoryModel: "f00d"
        )
    }

    static func outcome(of decision: Decision, _ index: Int) -> Outcome {
        let latency = 200 + Double(random(index, 5) % 3_000_000) / 1000
        let cost = NanoDollars(random(index, 6) % 5_000_000)
        return Outcome(
            decisionID: decision.id, time: decision.time + Timestamp(saturating: latency * 1000), status: .ok,
            servedArm: decision.arm,
            completionID: "chatcmpl-\(String(random(index, 7), radix: 36))\(String(random(index, 8), radix: 36))",
            attempts: [Attempt(arm: decision.arm, succeeded: true, httpStatus: 200, latencyMS: latency, cost: cost)],
            latencyMS: latency + 0.4, firstByteMS: latency / 4, promptTokens: Int(random(index, 9) % 2000),
            completionTokens: Int(random(index, 10) % 800), cost: cost)
    }
}

/// User and system time of this process, microseconds.
func cpuMicroseconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6
        + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
}

func megabytes(_ path: String) -> Double {
    ["", "-wal"].reduce(0) { sum, suffix in
        let attributes = try? FileManager.default.attributesOfItem(atPath: path + suffix)
        let size = attributes?[.size] as? Int ?? 0
        return sum + Double(size) / 1e6
    }
}

func quantile(_ sorted: [Double], _ q: Double) -> Double {
    sorted[min(sorted.count - 1, Int(saturating: q * Double(sorted.count)))]
}

func rounded(_ value: Double, _ digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }
