import BanditCore
import Gateway
import RoutingEngine

/// The sections that stand once.
extension ConfigurationDecoder {
    func decodeServer(_ section: MappingReader?) -> ServerDefinition {
        var server = ServerDefinition()
        guard let section else { return server }
        if let host = section.text("host") {
            if !host.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) || host.contains("/") {
                section.report("host", "must be a host name or an address, without scheme, port or path")
            }
            server.host = host
        }
        server.port = section.integer("port", in: 0...65_535) ?? server.port
        server.maxBodyBytes = section.integer("max_body_bytes", in: 1_024...2_147_483_647) ?? server.maxBodyBytes
        if let bytes = section.integer("max_in_flight_body_bytes", in: 1_024...1_099_511_627_776) {
            if bytes < server.maxBodyBytes {
                section.report(
                    "max_in_flight_body_bytes", "must not be below server.max_body_bytes (\(server.maxBodyBytes))")
            }
            server.maxInFlightBodyBytes = bytes
        }
        server.maxConnections = section.integer("max_connections", in: 1...1_000_000) ?? server.maxConnections
        server.idleTimeout = section.duration("idle_timeout") ?? server.idleTimeout
        if let time = section.duration("keepalive_after") {
            if time < .milliseconds(100) { section.report("keepalive_after", "must be 100ms or more") }
            server.keepaliveAfter = time
        }
        server.shutdownGrace = section.duration("shutdown_grace") ?? server.shutdownGrace
        server.secretPath = section.path("secret")
        if let tls = section.section("tls") {
            server.tls = TLSDefinition(
                certificatePath: tls.path("certificate") ?? "", privateKeyPath: tls.path("private_key") ?? "")
        }
        if let cors = section.section("cors") { server.allowedOrigins = decodeOrigins(cors) }
        for host in section.scalars("allow_hosts") {
            if host.text.contains(":") || host.text.contains("*") || !HostName.isValid(host.text) {
                log.report(host.location, "must be the name of a host, without port, like host.docker.internal")
            }
            server.allowedHosts.append(host.text)
        }
        return server
    }

    private func decodeOrigins(_ section: MappingReader) -> [String] {
        let origins = section.scalars("allow_origins")
        if origins.count > 128 { section.report("allow_origins", "must be at most 128 origins") }
        for origin in origins where !Self.isOrigin(origin.text) {
            log.report(
                origin.location, "must be an origin like https://app.example:8443 (no path, no slash at the end) or *")
        }
        return origins.map(\.text)
    }

    /// Any scheme: applications that carry a browser have schemes of their own.
    private static func isOrigin(_ text: String) -> Bool {
        guard text != "*", let mark = text.firstRange(of: "://") else { return text == "*" }
        let scheme = text[..<mark.lowerBound].utf8
        return (1...64).contains(scheme.count)
            && scheme.allSatisfy { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || "0123456789+-.".utf8.contains($0) }
            && HostName.isValid(text[mark.upperBound...])
    }

    func decodeStore(_ section: MappingReader?) -> StoreDefinition {
        StoreDefinition(path: section?.path("path") ?? StoreDefinition().path)
    }

    func decodeFeedback(_ section: MappingReader?) -> FeedbackDefinition {
        var feedback = FeedbackDefinition()
        guard let section else { return feedback }
        feedback.window = section.microseconds("window") ?? feedback.window
        feedback.influenceCap = section.integer("influence_cap", in: 1...1_000_000_000) ?? feedback.influenceCap
        feedback.groupInfluenceCap =
            section.integer("group_influence_cap", in: 1...1_000_000_000) ?? feedback.groupInfluenceCap
        feedback.decideOnlyWeight = section.number("decide_only_weight", .share) ?? feedback.decideOnlyWeight
        if let implicit = section.section("implicit") {
            feedback.countsProviderFailures = implicit.boolean("provider_failure") ?? false
            feedback.regeneratedWithin = implicit.microseconds("regenerated_within")
        }
        guard section.has("metrics") else { return feedback }
        var locations: [String: KeyLocation] = [:]
        let metrics = section.sections("metrics").map { item in
            var metric = decodeMetric(item, locations: &locations)
            metric.silence = item.choice("silence", of: FeedbackMetric.Silence.self) ?? .unknown
            return metric
        }
        if metrics.isEmpty { reportEmpty("metrics", of: section) } else { feedback.metrics = metrics }
        for metric in feedback.implicitMetrics {
            guard let location = locations[metric.id] else { continue }
            log.report(location, "is the name of an implicit metric (feedback.implicit); call yours something else")
        }
        return feedback
    }

    private func decodeMetric(_ section: MappingReader, locations: inout [String: KeyLocation]) -> FeedbackMetric {
        let id = declare(section, what: "metric", in: &locations)
        let weight = section.number("weight", .positive) ?? 1
        let minimum = section.number("min", .any)
        let maximum = section.number("max", .any)
        guard let name = section.scalar("kind") else { return FeedbackMetric(id: id, kind: .boolean, weight: weight) }
        switch name.text {
        case "boolean":
            for key in ["min", "max"] where section.has(key) {
                section.report(key, "belongs to a metric of kind scale; a boolean is true or false")
            }
            return FeedbackMetric(id: id, kind: .boolean, weight: weight)
        case "scale":
            for key in ["min", "max"] where !section.has(key) {
                section.report(key, "is missing (number): a scale runs from min to max")
            }
            guard let minimum, let maximum else { return FeedbackMetric(id: id, kind: .boolean, weight: weight) }
            if minimum >= maximum { section.report("max", "must be above min (\(minimum))") }
            if !(maximum - minimum).isFinite { section.report("max", "is too far from min") }
            return FeedbackMetric(id: id, kind: .scale(minimum: minimum, maximum: maximum), weight: weight)
        default:
            section.reportChoice(name, among: ["boolean", "scale"])
            return FeedbackMetric(id: id, kind: .boolean, weight: weight)
        }
    }

    func decodePrivacy(_ section: MappingReader?) -> PrivacyDefinition {
        var privacy = PrivacyDefinition()
        privacy.storeContent = section?.boolean("store_content") ?? privacy.storeContent
        privacy.retention = section?.microseconds("retention") ?? privacy.retention
        return privacy
    }

    func decodeHealth(_ section: MappingReader?) -> HealthDefinition {
        var health = HealthDefinition()
        health.failuresToOpen = section?.integer("failures_to_open", in: 1...1_000_000) ?? health.failuresToOpen
        health.openFor = section?.duration("open_for") ?? health.openFor
        return health
    }

    func decodeLogging(_ section: MappingReader?) -> LoggingDefinition {
        var logging = LoggingDefinition()
        logging.format = section?.choice("format", of: LogFormat.self) ?? logging.format
        logging.logsRequests = section?.boolean("requests") ?? logging.logsRequests
        return logging
    }

    func decodeLimits(_ section: MappingReader?) -> KeyLimits {
        KeyLimits(
            requestsPerMinute: section?.integer("requests_per_minute", in: 1...1_000_000_000),
            tokensPerMinute: section?.integer("tokens_per_minute", in: 1...1_000_000_000_000),
            concurrent: section?.integer("concurrent", in: 1...1_000_000),
            costPerDay: section?.number("usd_per_day", .dollars).flatMap(NanoDollars.init(usd:)))
    }
}

extension MappingReader {
    /// The path of a file; a NUL cannot be in one.
    func path(_ key: String) -> String? {
        guard let path = text(key) else { return nil }
        guard !path.utf8.contains(0), !path.hasSuffix("/") else {
            report(key, "must be the path of a file")
            return nil
        }
        return path
    }
}
