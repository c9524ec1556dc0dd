import Gateway
import Testing

/// Connections, by the files that the process may have open.
@Suite("file budget")
struct FileBudgetTests {
    private func budget(_ limit: Int, configured: Int = 10_000, simulated: Bool = false) -> FileBudget {
        FileBudget(limit: limit, configured: configured, processors: 2, hasSimulatedProvider: simulated)
    }

    @Test("what is not kept back is shared by connections and their providers'", arguments: [64, 256, 1_024, 65_536])
    func shares(limit: Int) {
        let budget = budget(limit)
        #expect(budget.connections * 2 + budget.reserve <= limit)
        #expect(budget.connections == min(10_000, (limit - 56) / 2))
    }

    @Test("as many as are configured, where there are files for them")
    func enough() {
        #expect(budget(1 << 20).connections == 10_000 && budget(1 << 20).warning == nil)
        #expect(budget(.max).connections == 10_000)
        #expect(budget(20_056).warning == nil && budget(20_055).warning != nil)
    }

    @Test("a provider in this process takes a third file for each")
    func simulated() {
        #expect(budget(1_024, simulated: true).connections == (1_024 - 56) / 3)
    }

    @Test("a limit that leaves none says how many are needed")
    func none() {
        #expect(budget(59).connections == 1)
        let none = budget(58)
        #expect(none.connections == 0 && none.fewest == 59 && budget(0).connections == 0)
        #expect(none.warning?.contains("at least 59") == true)
        #expect(budget(none.fewest, simulated: true).connections == 1)
    }
}
