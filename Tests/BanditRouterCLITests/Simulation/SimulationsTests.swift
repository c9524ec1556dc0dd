import Foundation
import Testing

/// Every folder of `Simulations/` is run again at reduced size and held against its `expected.json`.
@Suite("Simulations")
struct SimulationsTests {
    struct Expected: Decodable {
        var replications: Int
        var horizon: Int?
        /// By policy, then by metric.
        var policies: [String: [String: Double]]
    }

    static let folder = SimulateProcess.root.appending(path: "Simulations")
    static let names =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []).filter {
            FileManager.default.fileExists(atPath: folder.appending(path: $0).appending(path: "scenario.yaml").path())
        }.sorted()

    @Test("there are at least eight scenarios, each with a README and expected figures")
    func complete() {
        #expect(Self.names.count >= 8)
        for name in Self.names {
            for file in ["README.md", "expected.json"] {
                let path = Self.folder.appending(path: name).appending(path: file).path()
                #expect(FileManager.default.fileExists(atPath: path), "\(name)/\(file)")
            }
        }
    }

    @Test("a scenario gives its expected figures", arguments: names)
    func expectedFigures(name: String) throws {
        let folder = Self.folder.appending(path: name)
        let scenario = folder.appending(path: "scenario.yaml")
        let text = try String(contentsOf: scenario, encoding: .utf8)
        if text.contains("BANDIT_ROUTER_DATA"), !FileManager.default.fileExists(atPath: SimulateProcess.data) {
            print("skipped: \(name) needs the tables of \(SimulateProcess.data)")
            return
        }
        let expected = try JSONDecoder().decode(
            Expected.self, from: try Data(contentsOf: folder.appending(path: "expected.json")))
        var arguments = ["simulate", scenario.path(), "--format", "json", "--replications", "\(expected.replications)"]
        if let horizon = expected.horizon { arguments += ["--horizon", "\(horizon)"] }
        let result = try SimulateProcess.run(arguments)
        #expect(result.status == 0, "\(result.errors)")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let policies = try #require(object["policies"] as? [[String: Any]])
        #expect(Set(policies.compactMap { $0["policy"] as? String }) == Set(expected.policies.keys))
        for policy in policies {
            let id = try #require(policy["policy"] as? String)
            let mean = try #require(policy["mean"] as? [String: Any])
            for (metric, value) in expected.policies[id] ?? [:] {
                let found = try #require(mean[metric] as? Double, "\(id) \(metric)")
                #expect(abs(found - value) <= 1e-9 * max(1, abs(value)), "\(id) \(metric): \(found), not \(value)")
            }
        }
    }
}
