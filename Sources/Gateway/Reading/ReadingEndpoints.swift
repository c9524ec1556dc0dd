import DecisionStore
import HTTPTypes
import ProviderClient
import RoutingEngine
import WireFormats

/// What was decided and learned, for people and programs: the `GET` endpoints.
struct ReadingEndpoints: Sendable {
    let runtime: RouterRuntime

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/models", .anyKey) { _ in
                .json(CatalogueAnswers.models(runtime.engine.published, aliases: runtime.setup.models.listed))
            },
            Endpoint(.get, "/v1/models/:id", .anyKey, model),
            Endpoint(.get, "/v1/arms", .scope(.read)) { request in
                .json(
                    CatalogueAnswers.arms(runtime.engine.published, health: runtime.engine.health))
            },
            Endpoint(.get, "/v1/routes", .scope(.read)) { _ in .json(CatalogueAnswers.routes(runtime.engine.published))
            },
            Endpoint(.get, "/v1/categories", .scope(.read)) { _ in
                .json(
                    CatalogueAnswers.categories(
                        runtime.engine.published, descriptions: runtime.setup.descriptions))
            },
            Endpoint(.get, "/v1/posteriors", .scope(.read), posteriors),
            Endpoint(.get, "/v1/decisions", .scope(.read), decisions),
            Endpoint(.get, "/v1/decisions/:id", .scope(.read), decision),
            // Whoever reads what was said needs more than the right to read figures.
            Endpoint(.get, "/v1/decisions/:id/content", .scope(.admin), content),
            Endpoint(.get, "/v1/usage", .scope(.read), usage),
            Endpoint(.get, "/metrics", .scope(.read), metrics),
        ]
    }

    @Sendable private func model(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let id = request.parameter("id")
        guard
            let bytes = CatalogueAnswers.model(
                id, runtime.engine.published, aliases: runtime.setup.models.listed)
        else {
            throw GatewayError.modelNotFound(id)
        }
        return .json(bytes)
    }

    @Sendable private func posteriors(_ request: EndpointRequest) async throws -> EndpointAnswer {
        // Whoever asks sees every event that was acknowledged before.
        runtime.publishIfNeeded()
        return .json(
            CatalogueAnswers.posteriors(
                runtime.engine.published, route: request.query("route"), category: request.query("category"),
                arm: request.query("arm"), among: { $0.inService(runtime.engine.health) }))
    }

    @Sendable private func decision(_ request: EndpointRequest) async throws -> EndpointAnswer {
        guard let id = DecisionID(request.parameter("id")) else { throw GatewayError.decisionNotFound }
        var record: DecisionRecord?
        do throws(StoreError) {
            record = try await runtime.store.decision(id)
            if let found = record, found.outcome == nil, runtime.store.health.isWritable {
                // Its answer may have been read already: what is queued is written before anything is said.
                try await runtime.store.settle()
                record = try await runtime.store.decision(id)
            }
        } catch {
            throw GatewayError.storeUnavailable()
        }
        guard let record else { throw GatewayError.decisionNotFound }
        return .json(DecisionAnswers.one(record))
    }

    @Sendable private func content(_ request: EndpointRequest) async throws -> EndpointAnswer {
        guard let id = DecisionID(request.parameter("id")) else { throw GatewayError.decisionNotFound }
        let content: DecisionContent?
        do throws(StoreError) {
            content = try await runtime.store.content(id)
        } catch {
            throw GatewayError.storeUnavailable()
        }
        guard let content else {
            throw GatewayError(404, "not_found", "Nothing that was said is stored of this decision.")
        }
        return .json(DecisionAnswers.content(content))
    }

    @Sendable private func decisions(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let limit = try QueryNumber.limit(request)
        var filter = DecisionFilter()
        filter.route = request.query("route")
        filter.category = request.query("category")
        filter.arm = request.query("arm")
        if let text = request.query("before") {
            guard let id = DecisionID(text) else {
                throw GatewayError.invalidValue("before", "it must be the id of a decision")
            }
            filter.before = id
        }
        do throws(StoreError) {
            return .json(DecisionAnswers.list(try await runtime.store.decisionPage(filter, limit: limit)))
        } catch {
            throw GatewayError.storeUnavailable()
        }
    }

    @Sendable private func usage(_ request: EndpointRequest) async throws -> EndpointAnswer {
        var groups: [UsageGrouping] = []
        for word in (request.query("by") ?? "arm").split(separator: ",") {
            guard let group = UsageGrouping(rawValue: String(word)) else {
                let known = UsageGrouping.allCases.map(\.rawValue).joined(separator: ", ")
                throw GatewayError.invalidValue("by", "it must be a list of \(known)")
            }
            if !groups.contains(group) { groups.append(group) }
        }
        let (from, to) = (try instant("from", request), try instant("to", request))
        do throws(StoreError) {
            return .json(UsageAnswers.list(try await runtime.store.usage(from: from, to: to, by: groups), by: groups))
        } catch {
            throw GatewayError.storeUnavailable()
        }
    }

    private func instant(_ name: String, _ request: EndpointRequest) throws(GatewayError) -> Timestamp? {
        guard let text = request.query(name) else { return nil }
        // A date stands for its first instant.
        guard let time = RFC3339.microseconds(text) ?? RFC3339.microseconds(text + "T00:00:00Z") else {
            throw .invalidValue(name, "it must be an instant of RFC 3339 or a date, like 2026-01-02")
        }
        return time
    }

    @Sendable private func metrics(_ request: EndpointRequest) async throws -> EndpointAnswer {
        var text = MetricText()
        runtime.metrics.write(to: &text)
        runtime.embeddings.write(to: &text)
        GatewayMetrics.write(runtime.engine.published, health: runtime.engine.health, to: &text)
        let health = runtime.store.health
        text.family("bandit_router_drift_alarms_total", .counter, "Changes of a cell's mean reward that were noticed.")
        for (category, arm, count) in runtime.activity.drift.counts {
            text.sample("bandit_router_drift_alarms_total", [("category", category), ("arm", arm)], Double(count))
        }
        text.family(
            "bandit_router_stream_undelivered_bytes", .gauge,
            "Bytes of streams that were read from providers and that the router's connections have not taken yet.")
        text.sample("bandit_router_stream_undelivered_bytes", [], Double(runtime.transport.undelivered.value))
        text.family(
            "bandit_router_answer_bytes_in_flight", .gauge,
            "Bytes of whole answers that were read from providers and that clients have not taken yet.")
        text.sample("bandit_router_answer_bytes_in_flight", [], Double(runtime.transport.answers.value))
        text.family("bandit_router_store_writable", .gauge, "1 while the store can be written.")
        text.sample("bandit_router_store_writable", [], health.isWritable ? 1 : 0)
        text.family(
            "bandit_router_retention_paused", .gauge,
            "1 while nothing is deleted by age, because the clock is in doubt.")
        text.sample("bandit_router_retention_paused", [], runtime.store.retentionPause == nil ? 0 : 1)
        text.family(
            "bandit_router_cells_ahead", .gauge, "Cells that hold observations from after now: a clock was wrong.")
        text.sample("bandit_router_cells_ahead", [], Double(runtime.engine.published.cellsAhead.count))
        text.family("bandit_router_store_queue", .gauge, "Entries that wait for the store's writer.")
        text.sample("bandit_router_store_queue", [], Double(health.queued))
        text.family("bandit_router_store_waiting", .gauge, "Requests kept in memory while the store cannot be written.")
        text.sample("bandit_router_store_waiting", [], Double(health.waiting))
        text.family("bandit_router_store_dropped_total", .counter, "Requests lost because too many waited.")
        text.sample("bandit_router_store_dropped_total", [], Double(health.dropped))
        text.family(
            "bandit_router_store_content_dropped_total", .counter,
            "Exchanges whose content was to be stored and was not, for want of room.")
        text.sample("bandit_router_store_content_dropped_total", [], Double(health.contentDropped))
        return EndpointAnswer(contentType: "text/plain; version=0.0.4; charset=utf-8", bytes: Array(text.text.utf8))
    }
}

/// Probes: open to everybody.
struct HealthEndpoints: Sendable {
    let runtime: RouterRuntime

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/health/live", .open) { _ in
                var json = JSONBytes()
                json.object { $0.member("status", "ok") }
                return .json(json.bytes)
            },
            Endpoint(.get, "/health/ready", .open) { _ in
                let health = runtime.store.health
                var json = JSONBytes()
                json.object { json in
                    json.member("status", health.isWritable ? "ready" : "not_ready")
                    json.key("store")
                    json.object {
                        $0.member("writable", health.isWritable)
                        // The code, not the message: probes are open to everybody, and the message names paths.
                        $0.member("reason", health.reason?.code.rawValue)
                        $0.member("since", RFC3339.exactText(microseconds: health.since))
                    }
                }
                return .json(json.bytes, status: health.isWritable ? 200 : 503)
            },
        ]
    }
}
