import BanditCore
import DecisionStore
import HTTPTypes
import RoutingEngine

/// What happens and what happened lately: the feed of events, the histories, feedback as it came in, drift alarms.
struct HistoryEndpoints: Sendable {
    let runtime: RouterRuntime

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/events", .scope(.read), events),
            Endpoint(.get, "/v1/history/traffic", .scope(.read), traffic),
            Endpoint(.get, "/v1/history/posteriors", .scope(.read), posteriors),
            Endpoint(.get, "/v1/feedback", .scope(.read), feedback),
            Endpoint(.get, "/v1/alarms", .scope(.read)) { _ in
                .json(HistoryAnswers.alarms(runtime.activity.drift.alarms))
            },
            Endpoint(.get, "/v1/decisions/:id/posteriors", .scope(.read), posteriorsOfDecision),
        ]
    }

    /// Length of a window and the tier of the history that serves it.
    private static let trafficWindows: [(name: String, length: Timestamp, tier: Int)] = [
        ("5m", 300_000_000, 0), ("1h", 3_600_000_000, 1), ("24h", 86_400_000_000, 2), ("7d", 604_800_000_000, 3),
    ]
    private static let posteriorWindows: [(name: String, length: Timestamp, tier: Int)] = [
        ("5m", 300_000_000, 0), ("30m", 1_800_000_000, 0), ("1h", 3_600_000_000, 1), ("12h", 43_200_000_000, 1),
        ("24h", 86_400_000_000, 2), ("7d", 604_800_000_000, 2),
    ]

    @Sendable private func events(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let authorization = request.headers[.authorization]
        let (keys, clock) = (runtime.keys, runtime.clock)
        let stream = runtime.activity.feed.listen {
            (try? keys.authorize(authorization: authorization, scope: .read, now: clock())) != nil
        }
        guard let stream else {
            throw GatewayError(
                429, "concurrency_limit_exceeded", "\(EventFeed.listenerLimit) listeners are connected already.",
                retryAfter: 5)
        }
        var answer = EndpointAnswer(contentType: "text/event-stream", stream: stream)
        answer.headers = [(.cacheControl, "no-cache"), (.accelBuffering, "no")]
        return answer
    }

    @Sendable private func traffic(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let window = try window(request, Self.trafficWindows, otherwise: "5m")
        let activity = runtime.activity
        return .json(
            HistoryAnswers.traffic(
                activity.traffic(tier: window.tier, from: request.now - window.length),
                interval: Activity.trafficTiers[window.tier].interval))
    }

    @Sendable private func posteriors(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let window = try window(request, Self.posteriorWindows, otherwise: "30m")
        let published = runtime.engine.published
        let id = request.query("route") ?? published.routes.first?.plan.definition.id ?? ""
        guard let route = published.routes.first(where: { $0.plan.definition.id == id }) else {
            throw GatewayError.invalidValue("route", "there is no route '\(id)'")
        }
        guard let category = request.query("category") else { throw GatewayError.missing("category") }
        guard published.catalogue.categories.contains(category) else {
            throw GatewayError.unknownCategory(category, param: "category")
        }
        return .json(
            HistoryAnswers.posteriors(
                runtime.activity.posteriors(tier: window.tier, from: request.now - window.length),
                interval: Activity.posteriorTiers[window.tier].interval, route: id, category: category,
                arms: route.plan.armIDs))
    }

    private func window(
        _ request: EndpointRequest, _ known: [(name: String, length: Timestamp, tier: Int)], otherwise name: String
    ) throws(GatewayError) -> (name: String, length: Timestamp, tier: Int) {
        let asked = request.query("window") ?? name
        guard let window = known.first(where: { $0.name == asked }) else {
            throw .invalidValue("window", "it must be one of \(known.map(\.name).joined(separator: ", "))")
        }
        return window
    }

    @Sendable private func feedback(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let limit = try QueryNumber.limit(request)
        var before: Int64?
        if let text = request.query("before") {
            guard let number = Int64(text) else {
                throw GatewayError.invalidValue("before", "it must be the sequence of a piece of feedback")
            }
            before = number
        }
        do throws(StoreError) {
            return .json(HistoryAnswers.feedback(try await runtime.store.feedback(before: before, limit: limit)))
        } catch {
            throw GatewayError.storeUnavailable()
        }
    }

    /// The posteriors that a decision was drawn from: the log folded up to the version that the decision names.
    @Sendable private func posteriorsOfDecision(_ request: EndpointRequest) async throws -> EndpointAnswer {
        guard let id = DecisionID(request.parameter("id")) else { throw GatewayError.decisionNotFound }
        let record: DecisionRecord?
        var learned: LearnerState?
        do throws(StoreError) {
            record = try await runtime.store.decision(id)
            if let record { learned = try await runtime.store.learnerState(asOf: record.decision.stateVersion) }
        } catch {
            throw GatewayError.storeUnavailable()
        }
        guard let decision = record?.decision else { throw GatewayError.decisionNotFound }
        guard let learned else {
            throw GatewayError(404, "not_found", "The log of that time was deleted (privacy.retention).")
        }
        let published = Published(
            catalogue: runtime.engine.published.catalogue, state: learned, asOf: decision.stateTime)
        return .json(
            CatalogueAnswers.posteriors(
                published, route: decision.route, category: decision.category, arm: nil,
                // The set that it was drawn among.
                among: { plan in ArmSet(decision.arms.compactMap(plan.position(of:))) }))
    }
}

/// Numbers in a request's query.
enum QueryNumber {
    /// How many rows a list may have, 1 to 1,000; 100 where the request does not say.
    static func limit(_ request: EndpointRequest) throws(GatewayError) -> Int {
        guard let text = request.query("limit") else { return 100 }
        guard let number = Int(text), (1...1000).contains(number) else {
            throw .invalidValue("limit", "it must be a whole number from 1 to 1000")
        }
        return number
    }
}

extension HTTPField.Name {
    /// Tells nginx in front of the router not to hold an event stream back.
    fileprivate static let accelBuffering = HTTPField.Name("X-Accel-Buffering")!
}
