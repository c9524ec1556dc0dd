import RoutingEngine

/// The table `budget_baseline`: where the average budgets of routes began to count.
enum BudgetTable {
    static func load(_ connection: Connection) throws(StoreError) -> [String: BudgetBaseline] {
        let rows = try connection.cursor("SELECT route, usd_per_request, requests, spent FROM budget_baseline")
        var baselines: [String: BudgetBaseline] = [:]
        while try rows.step() {
            baselines[rows.text(0)] = BudgetBaseline(
                usdPerRequest: rows.double(1), requests: rows.integer(2), spent: rows.integer(3))
        }
        return baselines
    }

    static func replace(_ baselines: [String: BudgetBaseline], _ connection: Connection) throws(StoreError) {
        try connection.execute("DELETE FROM budget_baseline")
        let insert = try connection.statement("INSERT INTO budget_baseline VALUES (?, ?, ?, ?)")
        for (route, baseline) in baselines {
            insert.bind(1, route)
            insert.bind(2, baseline.usdPerRequest)
            insert.bind(3, baseline.requests)
            insert.bind(4, baseline.spent)
            try insert.run()
        }
    }
}
