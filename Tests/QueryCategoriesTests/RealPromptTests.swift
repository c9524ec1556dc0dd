import Foundation
import LogFiles
import QueryCategories
import Testing

/// Tests on prompts of others, which are not part of the project; without them they say that they were skipped.
enum RealPrompts {
    static let folder: URL = {
        let given = ProcessInfo.processInfo.environment["BANDIT_ROUTER_DATA"].map { URL(filePath: $0) }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return given ?? root.deletingLastPathComponent().appending(path: "shared/data")
    }()

    static func has(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: name).path())
    }

    /// The rows of a table as dictionaries of the columns asked for.
    static func rows(_ name: String, _ columns: [String]) throws -> [[String: String]] {
        let reader = try CSVReader(path: folder.appending(path: name).path())
        guard try reader.next() else { return [] }
        let names = try (0..<reader.fieldCount).map { try reader.field($0) }
        var result: [[String: String]] = []
        while try reader.next() {
            var row: [String: String] = [:]
            for (index, name) in names.enumerated() where columns.contains(name) || columns.contains("*") {
                row[name] = try reader.field(index)
            }
            result.append(row)
        }
        return result
    }

    /// The five classes that prompts of all sources can be told apart by.
    static func coarse(_ id: String) -> String {
        ["code", "math", "creative_writing", "roleplay"].contains(id) ? id : "other"
    }
}

@Suite("Real prompts", .serialized)
struct RealPromptTests {
    private static let categorizer = try! Categorizer(categories: DefaultTaxonomy.categories)

    @Test(
        "out of the box, on sources none of which was learned from",
        .enabled(if: RealPrompts.has("intent_prompts.csv.gz"), "needs intent_prompts.csv.gz in BANDIT_ROUTER_DATA"))
    func unseenSources() throws {
        var hits: [String: (right: Int, all: Int)] = [:]
        // Lists of words without an instruction belong to no category a reader could name.
        for row in try RealPrompts.rows("intent_prompts.csv.gz", ["intent", "source", "prompt"])
        where row["source"] != "ulab/commongen" {
            let truth = RealPrompts.coarse(row["intent"]!)
            let result = RealPrompts.coarse(Self.categorizer.classify(text: row["prompt"]!).id)
            hits[truth, default: (0, 0)].all += 1
            if result == truth { hits[truth]!.right += 1 }
        }
        let recall = hits.mapValues { Double($0.right) / Double($0.all) }
        #expect(recall.count == 5)
        for (id, value) in recall { #expect(value >= 0.8, "\(id): \(value)") }
        #expect(recall.values.reduce(0, +) / 5 >= 0.9, "\(recall)")
    }

    @Test(
        "CLINC150: intents, domains and requests out of scope",
        .enabled(if: RealPrompts.has("clinc150.csv.gz"), "needs clinc150.csv.gz in BANDIT_ROUTER_DATA"))
    func clinc() throws {
        let rows = try RealPrompts.rows("clinc150.csv.gz", ["split", "domain", "intent", "prompt"])
        func part(_ split: String) -> [LabelledText] {
            rows.filter { $0["split"] == split }.map {
                LabelledText(text: $0["prompt"]!, label: $0["intent"]!, source: $0["domain"]!)
            }
        }
        let validation = part("val")
        let (model, report) = try CategoryModel.train(part("train"), heldOut: validation)
        #expect(report.accuracy >= 0.92)
        #expect(report.modelBytes <= 2_000_000)
        #expect(report.calibrationError <= 0.03)
        let domains = Dictionary(part("train").map { ($0.label, $0.source!) }, uniquingKeysWith: { first, _ in first })
        var rightDomains = 0
        for row in validation {
            var byDomain: [String: Double] = [:]
            for (label, probability) in zip(model.labels, model.probabilities(of: row.text)) {
                byDomain[domains[label]!, default: 0] += probability
            }
            rightDomains += byDomain.max { $0.value < $1.value }?.key == row.source ? 1 : 0
        }
        #expect(Double(rightDomains) >= 0.97 * Double(validation.count))
        // Out of scope: at a threshold that keeps nine of ten right answers, most are declined.
        let confident = validation.filter { (model.probabilities(of: $0.text).max() ?? 0) >= 0.4 }
        let declined = part("oos_val").filter { (model.probabilities(of: $0.text).max() ?? 0) < 0.4 }
        #expect(Double(confident.count) >= 0.9 * Double(validation.count))
        #expect(declined.count >= 60)
    }

    @Test(
        "at most one in twenty noised prompts changes its category",
        .enabled(if: RealPrompts.has("intent_prompts.csv.gz"), "needs intent_prompts.csv.gz in BANDIT_ROUTER_DATA"))
    func noisedPrompts() throws {
        let rows = try RealPrompts.rows("intent_prompts.csv.gz", ["prompt", "intent"])
        var flips: [Noise: Int] = [:]
        var draws: [Int] = []
        // Twelve times 420 prompts: one draw of 420 has a standard error of a quarter of what is allowed.
        for seed in 1...12 as ClosedRange<UInt64> {
            var generator = Lehmer(state: seed)
            var changed = 0
            for index in 0..<420 {
                let text = rows[generator.below(rows.count)]["prompt"]!
                let noise = Noise.allCases[index % Noise.allCases.count]
                let noised = noise.apply(to: text, &generator)
                if Self.categorizer.classify(text: noised).id != Self.categorizer.classify(text: text).id {
                    flips[noise, default: 0] += 1
                    changed += 1
                }
            }
            draws.append(changed)
        }
        let prompts = Double(12 * 420)
        let rate = Double(draws.reduce(0, +)) / prompts
        print("noised prompts: of 420 change their category \(draws), mean \(rate * 420): \(flips)")
        // Not only the mean: with 95 % confidence (one-sided) the rate itself is at most one in twenty.
        let bound = rate + 1.645 * (rate * (1 - rate) / prompts).squareRoot()
        #expect(bound <= 0.05, "\(rate) of noised prompts change, at most \(bound): \(flips)")
        #expect(draws.count { $0 > 21 } <= 2, "\(draws)")
    }

    @Test(
        "routing by predicted categories earns a good part of what true ones add",
        .enabled(if: RealPrompts.has("ulab_llmrouter.csv.gz"), "needs ulab_llmrouter.csv.gz in BANDIT_ROUTER_DATA"))
    func reward() throws {
        let rows = try RealPrompts.rows("ulab_llmrouter.csv.gz", ["*"])
        let arms = rows[0].keys.filter { $0.hasPrefix("score|") }.sorted()
        let fitting = rows.indices.filter { $0 % 2 == 0 }
        let judged = rows.indices.filter { $0 % 2 == 1 }
        let (model, _) = try CategoryModel.train(
            fitting.map { LabelledText(text: rows[$0]["prompt"]!, label: rows[$0]["category"]!) })
        let predicted = rows.map { row in
            let probabilities = model.probabilities(of: row["prompt"]!)
            return model.labels[probabilities.indices.max { probabilities[$0] < probabilities[$1] }!]
        }
        func score(_ row: Int, _ arm: String) -> Double { Double(rows[row][arm]!) ?? 0 }
        /// Mean score on the judged half of the arm that was best in the category on the other half.
        func value(_ category: [String]) -> Double {
            var total = 0.0
            for (id, members) in Dictionary(grouping: judged, by: { category[$0] }) {
                let seen = fitting.filter { category[$0] == id }
                let best = arms.max { left, right in
                    seen.reduce(0) { $0 + score($1, left) } < seen.reduce(0) { $0 + score($1, right) }
                }!
                total += members.reduce(0) { $0 + score($1, best) }
            }
            return total / Double(judged.count)
        }
        let none = value(rows.map { _ in "all" })
        let truth = value(rows.map { $0["category"]! })
        let ours = value(predicted)
        #expect(truth > none + 0.02)
        #expect(ours - none >= 0.3 * (truth - none), "none \(none), true \(truth), predicted \(ours)")
    }

    @Test(
        "clusters found without labels are close to the sources of the prompts",
        .enabled(if: RealPrompts.has("paretobandit.csv.gz"), "needs paretobandit.csv.gz in BANDIT_ROUTER_DATA"))
    func clusters() throws {
        let rows = try RealPrompts.rows("paretobandit.csv.gz", ["category", "prompt"])
        let clusters = try PromptClusters(fitting: rows.map { $0["prompt"]! }, count: 16, seed: 0)
        let byCluster = Dictionary(grouping: rows) { clusters.assign($0["prompt"]!) }
        let pure = byCluster.values.reduce(0) { total, members in
            total + (Dictionary(grouping: members, by: { $0["category"]! }).values.map(\.count).max() ?? 0)
        }
        #expect(Double(pure) >= 0.75 * Double(rows.count), "purity \(Double(pure) / Double(rows.count))")
    }
}
