import BanditCore
import Foundation
import Gateway
import RoutingEngine

/// What is allowed but dubious, and arms that cannot be asked.
extension ConfigurationDecoder {
    func warn(about configuration: RouterConfiguration) {
        let nowhere = KeyLocation(mark: nil, path: "")
        if !configuration.server.isLoopback {
            log.warn(
                .needsKeys, at: serverLocation ?? nowhere,
                "other machines can reach \(shown(configuration.server.host)): "
                    + "the router will not start before there is a key (bandit-router keys create)")
        }
        for provider in configuration.providers {
            guard let location = providerLocations[provider.id] else { continue }
            let parts = URLComponents(string: provider.baseURL)
            let isLocal = parts?.host.map { ServerDefinition(host: $0).isLoopback } ?? true
            if parts?.scheme == "http", !isLocal, provider.apiKey?.isEmpty == false {
                log.warn(.keyInClear, at: location, "the key goes over the network in clear text: base_url is http")
            }
            if provider.kind != .simulated, !isLocal, provider.apiKey == nil, provider.credentials == nil {
                log.warn(.noKey, at: location, "has no api_key: it is called without one")
            }
        }
        let routed = Set(configuration.routes.flatMap { $0.arms + ($0.lastResort.map { [$0] } ?? []) })
        for arm in configuration.arms where !routed.contains(arm.id) {
            guard let location = armLocations[arm.id] else { continue }
            log.warn(
                .unusedArm, at: location, "“\(arm.id)” is in no route: no request can ask for it")
        }
        for arm in configuration.arms { warnOfWhatCannotBeSaid(by: arm, in: configuration) }
        for route in configuration.routes { warn(about: route, in: configuration) }
        if !configuration.routes.contains(where: { $0.id == "auto" }) {
            log.warn(
                .noDefaultRoute, at: configuration.routes.first.flatMap { routeLocations[$0.id] } ?? nowhere,
                "no route is called “auto”: a request whose “model” is absent gets 404")
        }
    }

    /// Capabilities that the arm's model may have, and its provider's dialect has no words for.
    private func warnOfWhatCannotBeSaid(by arm: ArmDefinition, in configuration: RouterConfiguration) {
        guard let location = armLocations[arm.id],
            configuration.providers.first(where: { $0.id == arm.provider })?.kind == .anthropic
        else { return }
        if arm.capabilities.contains(.embeddings) {
            log.warn(
                .dialectCannot, at: location,
                "“\(arm.id)” cannot serve embeddings: providers of kind anthropic have none")
        }
        if arm.capabilities.contains(.json) {
            log.warn(
                .dialectCannot, at: location,
                "“\(arm.id)” follows a json_schema; json_object without a schema cannot be said to its provider, "
                    + "so such requests go to other arms")
        }
    }

    private func warn(about route: RouteDefinition, in configuration: RouterConfiguration) {
        guard let location = routeLocations[route.id] else { return }
        if route.explorationFloor == 0, route.arms.count > 1, route.policy.kind.isDeterministic {
            log.warn(
                .noSupport, at: location,
                "policy \(route.policy.kind.rawValue) gives one arm all the probability: without exploration.floor, "
                    + "no other policy can be evaluated on this route's log")
        }
        let unpriced = configuration.arms.filter { route.arms.contains($0.id) && $0.price == nil }.map(\.id)
        if route.objective.dollarsPerQuality != nil, !unpriced.isEmpty {
            log.warn(
                .unknownPrice, at: location,
                "objective.dollars_per_quality is set, but the cost of \(shown(unpriced.joined(separator: ", "))) "
                    + "is unknown and so counts as nothing")
        }
        if route.arms.count == 1, !route.canaryShares.isEmpty || route.explorationFloor > 0 {
            log.warn(.noEffect, at: location, "with one arm, exploration.floor and canary have no effect")
        }
    }

    /// Takes out the arms of providers whose `api_key` is given but empty (`${OPENAI_API_KEY:-}`): they would
    /// answer 401.
    ///
    /// What was learned of such an arm stays in the store and is there again with the key.
    func dropArmsWithoutKey(from configuration: inout RouterConfiguration) {
        let off = Set(configuration.providers.filter { $0.apiKey?.isEmpty ?? false }.map(\.id))
        guard !off.isEmpty else { return }
        let gone = Set(configuration.arms.filter { off.contains($0.provider) }.map(\.id))
        for provider in configuration.providers where off.contains(provider.id) {
            guard let location = providerLocations[provider.id] else { continue }
            let arms = configuration.arms.filter { $0.provider == provider.id }.map(\.id)
            log.warn(
                .providerOff, at: location,
                "api_key is empty, so “\(provider.id)” is off"
                    + (arms.isEmpty ? "" : ", and with it \(shown(arms.joined(separator: ", ")))")
                    + (configuration.classifier.embeddings?.provider == provider.id
                        ? ", and categories are told by words alone" : ""))
        }
        if let provider = configuration.classifier.embeddings?.provider, off.contains(provider) {
            configuration.classifier.embeddings = nil
        }
        configuration.providers.removeAll { off.contains($0.id) }
        configuration.arms.removeAll { gone.contains($0.id) }
        for index in configuration.routes.indices { drop(gone, from: &configuration.routes[index]) }
    }

    /// After the arms without a key are gone: a route of simulated arms only is a demonstration, a mixed one is a
    /// mistake.
    func warnOfSimulatedArms(in configuration: RouterConfiguration) {
        let simulated = Set(configuration.providers.filter { $0.kind == .simulated }.map(\.id))
        let arms = Set(configuration.arms.filter { simulated.contains($0.provider) }.map(\.id))
        for route in configuration.routes where !route.arms.allSatisfy(arms.contains) {
            guard let location = routeLocations[route.id] else { continue }
            let mixed = (route.arms + (route.lastResort.map { [$0] } ?? [])).filter(arms.contains)
            guard let arm = mixed.first else { continue }
            log.warn(
                .simulatedArm, at: location, "“\(shown(arm))” is simulated: users get made-up answers beside real ones")
        }
    }

    private func drop(_ gone: Set<String>, from route: inout RouteDefinition) {
        guard let location = routeLocations[route.id] else { return }
        route.arms.removeAll { gone.contains($0) }
        route.canaryShares = route.canaryShares.filter { !gone.contains($0.key) }
        if let arm = route.lastResort, gone.contains(arm) { route.lastResort = nil }
        if route.arms.isEmpty {
            log.report(location, "no arm of the route is left: their providers have an empty api_key")
        } else if let arm = route.policy.arm, gone.contains(arm) {
            log.report(location, "the policy's arm “\(shown(arm))” is off: its provider has an empty api_key")
        } else if !route.canaryShares.isEmpty, route.arms.allSatisfy({ route.canaryShares[$0] != nil }),
            route.arms.compactMap({ route.canaryShares[$0] }).reduce(0, +) < 1
        {
            log.report(
                location, "the arms left have canary shares that add up to less than 1: a provider's api_key is empty")
        }
    }
}
