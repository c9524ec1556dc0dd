import QueryCategories
import Testing

@Suite("Prompt clusters")
struct PromptClustersTests {
    private static let groups: [[String]] = [
        (0..<30).map { "how many apples does tom have after he buys \($0) more apples and eats two" },
        (0..<30).map { "write a python function that sorts list number \($0) and returns it" },
        (0..<30).map { "translate sentence \($0) into french the weather is nice in paris" },
    ]

    @Test("texts that share their words share a cluster, and nothing else does")
    func separates() throws {
        let clusters = try PromptClusters(fitting: Self.groups.flatMap { $0 }, count: 3, seed: 0)
        let assigned = Self.groups.map { Set($0.map(clusters.assign)) }
        #expect(assigned.allSatisfy { $0.count == 1 } && Set(assigned).count == 3)
        #expect(clusters.sizes == [30, 30, 30])
        let python = clusters.assign("a python function that returns its list")
        #expect(assigned[1] == [python])
        #expect(
            clusters.names[python].split(separator: "-").contains {
                ["python", "function", "sorts", "list"].contains($0)
            })
    }

    @Test("the same seed gives the same clusters; names are unique")
    func reproducible() throws {
        let texts = Self.groups.flatMap { $0 } + GoldenPrompts.all.map(\.text)
        let first = try PromptClusters(fitting: texts, count: 8, seed: 5)
        let second = try PromptClusters(fitting: texts, count: 8, seed: 5)
        #expect(first == second)
        #expect(Set(first.names).count == first.count && first.sizes.reduce(0, +) == texts.count)
        #expect(texts.map(first.assign).allSatisfy { (0..<first.count).contains($0) })
    }

    @Test("there are no more clusters than distinct texts")
    func few() throws {
        let clusters = try PromptClusters(fitting: ["alpha beta", "alpha beta", "gamma delta"], count: 16, seed: 1)
        #expect(clusters.count == 2)
        #expect(clusters.assign("alpha") != clusters.assign("gamma"))
    }

    @Test("a text of unknown words goes to the largest cluster")
    func unknown() throws {
        let clusters = try PromptClusters(
            fitting: ["alpha beta", "alpha beta x", "alpha beta y", "gamma"], count: 2, seed: 1)
        #expect(clusters.assign("nothing known here") == clusters.assign("alpha beta"))
        #expect(clusters.assign("") == clusters.assign("alpha beta"))
    }

    @Test("texts without words make one cluster")
    func wordless() throws {
        let clusters = try PromptClusters(fitting: ["...", "", "!!!"], count: 4, seed: 1)
        #expect(clusters.count == 1 && clusters.assign("anything") == 0)
    }

    @Test("no texts and a count out of range are errors", arguments: [([], 3), (["a"], 0), (["a"], 5_000)])
    func invalid(texts: [String], count: Int) {
        let error = #expect(throws: CategoryError.self) { try PromptClusters(fitting: texts, count: count, seed: 0) }
        #expect(error?.code == .invalidTrainingData)
    }
}
