package import BanditCore
import Synchronization

/// Chooses arms: reads the published posteriors, never waits, and logs nothing itself.
///
/// ``decide(_:at:random:)`` is synchronous and pure but for the session table and the breakers: the same request, published state
/// and id give the same decision.
package final class RoutingEngine: Sendable {
    package let health: ArmHealth
    private let sessions: SessionTable
    private let current: Mutex<Published>
    /// The instant that the newest id was made for.
    private let newestID: Atomic<Timestamp>

    /// - Parameter newestID: of the log, so that ids of this process come after it.
    package init(
        published: Published, health: ArmHealth, sessions: SessionTable = SessionTable(), newestID: DecisionID? = nil
    ) {
        self.newestID = Atomic(newestID?.time ?? .min)
        self.health = health
        self.sessions = sessions
        current = Mutex(published)
    }

    /// What decisions are made from now.
    package var published: Published { current.withLock { $0 } }

    /// Replaces what decisions are made from.
    package func publish(_ published: Published) {
        current.withLock { $0 = published }
    }

    /// The arm that a session keeps; nil: none.
    package func seat(of key: SessionTable.Key) -> String? { sessions.seat(key)?.arm }

    /// Lets go of a session's seat: its next request is a fresh decision.
    package func free(_ key: SessionTable.Key) { sessions.free(key) }

    /// Takes up the seats of sessions as the log has them, the oldest first.
    package func restore(_ seats: [(key: SessionTable.Key, seat: SessionTable.Seat)]) {
        for (key, seat) in seats { sessions.keep(seat, for: key) }
    }

    /// Chooses an arm.
    ///
    /// - Parameters:
    ///   - now: the instant of the request.
    ///   - random: 64 random bits for the decision's id, which seeds the draw.
    /// - Throws: ``RoutingRefusal`` where no arm may serve.
    package func decide(
        _ request: DecisionRequest, at now: Timestamp, random: UInt64
    ) throws(RoutingRefusal) -> Choice {
        let published = published
        let id = DecisionID(time: orderedTime(now), random: random)
        if let route = published.catalogue.routePosition(request.model) {
            do {
                return try choose(request, route: published.routes[route], published: published, id: id, at: now)
            } catch {
                guard
                    let choice = lastResort(request, published.routes[route].plan, published, id, now, instead: error)
                else { throw error }
                return choice
            }
        }
        if let route = published.catalogue.firstRoute(listing: request.model) {
            return try pin(request, route: published.routes[route], published: published, id: id, at: now)
        }
        throw .modelNotFound(request.model)
    }

    /// The instant to make an id for: the wall clock's, or, where that was set back, the one of the newest id, a little later.
    private func orderedTime(_ now: Timestamp) -> Timestamp {
        var newest = newestID.load(ordering: .relaxed)
        while true {
            // Ids tell microseconds apart; with the same instant the random part decides, as ever.
            let time = now >= newest ? now : newest.addingSaturated(1)
            let (exchanged, original) = newestID.weakCompareExchange(
                expected: newest, desired: time, ordering: .relaxed)
            if exchanged { return time }
            newest = original
        }
    }

    /// The arm for the next attempt after some have failed: drawn from the policy's distribution over the arms left.
    ///
    /// - Parameter tried: positions already asked.
    /// - Returns: nil where no arm is left, or the decision was pinned.
    package func fallback(for choice: Choice, tried: ArmSet, attempt: Int) -> Int? {
        guard let category = choice.category else { return nil }
        let key = choice.decision.keyID
        if choice.asksOpenArms {
            let left = choice.openArms.filter { !tried.contains($0) }
            return health.leastBad(of: choice.plan.armIDs, among: left, for: key)
        }
        var left = choice.eligible
        for position in tried { left.remove(position) }
        for refusal in health.refusals(of: choice.plan.armIDs, for: key) { left.remove(refusal.position) }
        guard !left.isEmpty else { return nil }
        var generator = Self.generator(for: choice.decision.id, stream: UInt64(attempt))
        return category.distribution(over: left).draw(using: &generator)
    }

    /// The arm to ask after all others: once, whatever `fallback.max_attempts` says.
    ///
    /// - Returns: nil where the route has none that could serve the request, where it was asked already, or is out of service.
    package func lastResort(for choice: Choice, tried: ArmSet) -> ArmDefinition? {
        guard let arm = choice.lastResort else { return nil }
        if let position = choice.plan.position(of: arm.id), tried.contains(position) { return nil }
        return health.refusals(of: [arm.id], for: choice.decision.keyID).isEmpty ? arm : nil
    }

    /// The route's last resort, where it may be asked now.
    private func lastResort(of plan: RoutePlan, for request: DecisionRequest) -> ArmDefinition? {
        guard let arm = plan.lastResort, Eligibility.obstacle(to: arm, for: request) == nil,
            health.refusals(of: [arm.id], for: request.keyID).isEmpty
        else { return nil }
        return arm
    }

    /// A decision for the last resort, where no arm of the route may be asked at all.
    private func lastResort(
        _ request: DecisionRequest, _ plan: RoutePlan, _ published: Published, _ id: DecisionID, _ now: Timestamp,
        instead refusal: RoutingRefusal
    ) -> Choice? {
        let excluded: [Exclusion]
        switch refusal {
        // A spent budget is no fault of the arms: whoever set it wants nothing more to be spent.
        case .modelNotFound, .budgetExceeded: return nil
        case .noCapableArm(let list), .contextLengthExceeded(let list), .noArmAvailable(let list): excluded = list
        }
        guard let arm = lastResort(of: plan, for: request) else { return nil }
        let decision = Decision(
            id: id, time: now, route: plan.definition.id, category: request.category, kind: .pinned, arms: [arm.id],
            probabilities: [1], arm: arm.id, propensity: 1, excluded: excluded.filter { $0.arm != arm.id },
            policy: plan.definition.policy.kind.rawValue, stateVersion: published.version, stateTime: published.asOf,
            keyID: request.keyID, keyGroup: request.keyGroup, sessionID: request.session,
            categorySource: request.categorySource, categoryModel: request.categoryModel)
        return Choice(
            decision: decision, plan: plan, position: -1, category: nil, eligible: ArmSet(), lastResort: arm)
    }

    /// The generator that a decision's draw uses, so that the draw can be made again from the log.
    package static func generator(for id: DecisionID, stream: UInt64 = 0) -> Xoshiro256StarStar {
        Xoshiro256StarStar(seed: id.low ^ (id.high &* 0x9E37_79B9_7F4A_7C15), stream: stream)
    }

    private func choose(
        _ request: DecisionRequest, route: PublishedRoute, published: Published, id: DecisionID, at now: Timestamp
    ) throws(RoutingRefusal) -> Choice {
        let plan = route.plan
        // A request is long to copy, and hardly any route requires what the request does not.
        guard plan.definition.requires.isSubset(of: request.requirements) else {
            var demanding = request
            demanding.requirements.formUnion(plan.definition.requires)
            return try choose(demanding, route: route, published: published, id: id, at: now)
        }
        var eligibility = Eligibility(request, plan: plan)
        let able = eligibility.eligible
        for refusal in health.refusals(of: plan.armIDs, for: request.keyID) {
            eligibility.remove(refusal.position, refusal.reason)
        }
        // Faults may have been anybody's doing: where nothing is left, an answer may still be had, and is sought.
        var openArms = ArmSet()
        if eligibility.eligible.isEmpty, lastResort(of: plan, for: request) == nil,
            let position = health.leastBad(of: plan.armIDs, among: able, for: request.keyID)
        {
            eligibility.restore(position)
            openArms = able
        }
        guard !eligibility.eligible.isEmpty else { throw eligibility.refusal }
        let cell = published.cell(request.category, of: route)
        if let pacer = route.pacer {
            let affordable = pacer.affordable(
                eligibility.eligible, expectedCostUSD: cell.state.expectedCostUSD, at: now)
            for position in eligibility.eligible where !affordable.contains(position) {
                eligibility.remove(position, .budget)
            }
        }
        let eligible = eligibility.eligible

        let place = SessionPlace(of: request, on: plan.definition, in: sessions)
        if let seat = place?.seat, let position = plan.position(of: seat.arm), eligible.contains(position) {
            let category = request.categorySource == "explicit" ? request.category : seat.category
            if let key = place?.keeps { sessions.keep(seat, for: key) }
            return choice(
                request, published, route, id, now, .sticky, category: category,
                cell: published.cell(category, of: route), eligibility,
                distribution: ActionDistribution(only: position, armCount: plan.armIDs.count), position: position,
                place: place, openArms: openArms)
        }

        var distribution = cell.distribution(over: eligible)
        let position: Int
        if request.explores {
            var generator = Self.generator(for: id)
            position = distribution.draw(using: &generator)
        } else {
            position = cell.bestExpectedUtility(over: eligible)
            distribution = ActionDistribution(only: position, armCount: plan.armIDs.count)
        }
        if let key = place?.keeps {
            sessions.keep(SessionTable.Seat(arm: plan.armIDs[position], category: request.category), for: key)
        }
        return choice(
            request, published, route, id, now, .fresh, category: request.category, cell: cell, eligibility,
            distribution: distribution, position: position, place: place, openArms: openArms)
    }

    private func pin(
        _ request: DecisionRequest, route: PublishedRoute, published: Published, id: DecisionID, at now: Timestamp
    ) throws(RoutingRefusal) -> Choice {
        let plan = route.plan
        guard let position = plan.position(of: request.model) else { throw .modelNotFound(request.model) }
        var eligibility = Eligibility(request, plan: plan)
        for refusal in health.refusals(of: plan.armIDs, for: request.keyID) {
            eligibility.remove(refusal.position, refusal.reason)
        }
        guard eligibility.eligible.contains(position) else {
            // Only what stood against this arm is of interest: no other could replace it.
            let reasons = eligibility.excluded.filter { $0.arm == request.model }
            switch reasons.first?.reason {
            case .breakerOpen, .cooldown, .disabled, .credentials: throw .noArmAvailable(reasons)
            case .contextWindow: throw .contextLengthExceeded(reasons)
            case .budget: throw .budgetExceeded(reasons)
            default: throw .noCapableArm(reasons)
            }
        }
        let decision = Decision(
            id: id, time: now, route: plan.definition.id, category: request.category, kind: .pinned,
            arms: [request.model], probabilities: [1], arm: request.model, propensity: 1,
            policy: plan.definition.policy.kind.rawValue, stateVersion: published.version, stateTime: published.asOf,
            keyID: request.keyID, keyGroup: request.keyGroup, sessionID: request.session,
            categorySource: request.categorySource, categoryModel: request.categoryModel)
        return Choice(
            decision: decision, plan: plan, position: position, category: nil, eligible: ArmSet([position]),
            lastResort: nil)
    }

    private func choice(
        _ request: DecisionRequest, _ published: Published, _ route: PublishedRoute, _ id: DecisionID, _ now: Timestamp,
        _ kind: DecisionKind, category: String, cell: PublishedCategory, _ eligibility: Eligibility,
        distribution: ActionDistribution, position: Int, place: SessionPlace?, openArms: ArmSet
    ) -> Choice {
        let (plan, prices) = (route.plan, route.prices)
        let rewardPerUSD = max(plan.model.rewardPerUSD, prices.mean)
        let eligible = eligibility.eligible
        let everyArm = eligible == plan.all
        var decision = Decision(
            id: id, time: now, route: plan.definition.id, category: category, kind: kind,
            arms: everyArm ? plan.armIDs : eligible.map { plan.armIDs[$0] },
            probabilities: everyArm ? distribution.probabilities : eligible.map { distribution.probabilities[$0] },
            arm: plan.armIDs[position], propensity: distribution.probabilities[position],
            excluded: eligibility.excluded, policy: plan.definition.policy.kind.rawValue,
            stateVersion: published.version, stateTime: published.asOf, keyID: request.keyID,
            keyGroup: request.keyGroup,
            sessionID: place?.id ?? request.session, categorySource: request.categorySource,
            categoryModel: request.categoryModel,
            rewardPerUSD: rewardPerUSD > 0 ? rewardPerUSD : nil, shadowPrices: prices == .none ? nil : prices)
        decision.sessionSource = place?.source ?? request.sessionSource
        let lastResort = plan.lastResort.flatMap { Eligibility.obstacle(to: $0, for: request) == nil ? $0 : nil }
        return Choice(
            decision: decision, plan: plan, position: position, category: cell, eligible: eligible,
            lastResort: lastResort, openArms: openArms)
    }
}
