import BanditCore
import Gateway
import RoutingEngine
import SimulatedProvider

/// Puts what the users saw and what the router learned on one screen.
struct DemoScreenMaker {
    let runtime: RouterRuntime
    let provider: SimulatedProvider
    let address: String

    func screen(_ counts: DemoTally.Counts, seconds: Double) -> DemoScreen {
        runtime.publishIfNeeded()
        let published = runtime.engine.published
        var rows: [DemoRow] = []
        var best = 0
        var recent = 0
        for cell in published.routes.first?.categories ?? [] {
            guard let plan = published.routes.first?.plan, let served = counts.recent[cell.id] else { continue }
            let bestArm = trulyBest(cell, plan)
            best += served.filter { $0 == bestArm }.count
            recent += served.count
            let cells = plan.armIDs.enumerated().map { position, arm in
                let interval = cell.state.interval(position)
                return DemoCell(
                    arm: arm, share: Double(served.filter { $0 == arm }.count) / Double(served.count),
                    mean: cell.state.mean(position), interval: (interval.lower, interval.upper),
                    observations: cell.state.count[position], utility: cell.state.meanUtility(position))
            }
            rows.append(
                DemoRow(category: cell.id, requests: counts.byCategory[cell.id] ?? 0, cells: cells, bestArm: bestArm))
        }
        return DemoScreen(
            rows: rows, requests: counts.served, feedbacks: counts.served, failures: counts.failed,
            costUSD: runtime.metrics.costUSD, seconds: seconds, bestShare: recent == 0 ? 0 : Double(best) / Double(recent),
            address: address)
    }

    /// The arm of best true utility: the simulation's quality less the priced cost.
    private func trulyBest(_ cell: PublishedCategory, _ plan: RoutePlan) -> String {
        let utilities = plan.arms.indices.map { position in
            provider.quality(of: plan.arms[position].model, category: cell.id) - cell.state.penalty[position]
        }
        let best = utilities.indices.max { utilities[$0] < utilities[$1] } ?? 0
        return plan.armIDs[best]
    }
}
