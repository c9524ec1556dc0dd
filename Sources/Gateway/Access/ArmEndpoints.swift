import BanditCore
import DecisionStore
import HTTPTypes
import NIOCore
import ProviderClient
import RoutingEngine
import WireFormats

/// `/v1/admin/arms`: arms added, changed, switched off and removed while requests are served.
///
/// An arm that was added is kept in the store and laid over the file whenever that is read; where the file stands against it, the file
/// has the last word. Changes of the file's own arms hold until it is read again. What an arm learned stays in the store, so that one
/// that comes back goes on where it was.
struct ArmEndpoints: Sendable {
    let runtime: RouterRuntime

    var endpoints: [Endpoint] {
        [
            Endpoint(.post, "/v1/admin/arms", .scope(.admin), add),
            Endpoint(.patch, "/v1/admin/arms/:id", .scope(.admin), change),
            Endpoint(.delete, "/v1/admin/arms/:id", .scope(.admin), remove),
        ]
    }

    @Sendable private func add(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let document = try JSONDocument.object(request.body)
        // A name that is too long is told by its own, not by the length of the body.
        let reading = try ArmReading(document, mayName: true)
        for name in ["id", "provider", "model"] as [StaticString] { _ = try reading.required(name) }
        guard runtime.addedArms.hasRoom, document.text.readableBytes <= AddedArms.bodyLimit else {
            throw GatewayError(
                409, "too_many_arms",
                "At most \(AddedArms.limit) arms, of \(AddedArms.bodyLimit) bytes each, can be added.")
        }
        var id = ""
        try runtime.change { configuration throws(GatewayError) in
            id = try Self.add(document, to: &configuration)
        }
        let body = String(buffer: document.root.rawBytes)
        try await keep(AddedArm(id: id, body: body, added: request.now))
        return try answer(id, status: 201, request)
    }

    /// Adds an arm to a configuration.
    ///
    /// - Returns: its id.
    static func add(
        _ document: JSONDocument, to configuration: inout RouterConfiguration
    ) throws(GatewayError) -> String {
        let reading = try ArmReading(document, mayName: true)
        let id = try reading.required("id")
        guard !configuration.arms.contains(where: { $0.id == id }),
            !configuration.routes.contains(where: { $0.id == id })
        else {
            throw GatewayError(409, "arm_exists", "An arm or a route is called '\(id)' already.", param: "id")
        }
        var arm = ArmDefinition(
            id: id, provider: try reading.required("provider"), model: try reading.required("model"))
        arm.isAdded = true
        guard configuration.providers.contains(where: { $0.id == arm.provider }) else {
            throw .invalidValue("provider", "no provider is called '\(arm.provider)'")
        }
        try reading.apply(to: &arm)
        guard let routes = reading.routes else { throw .missing("routes") }
        configuration.arms.append(arm)
        try place(arm, in: routes, share: reading.canaryShare, &configuration)
        return id
    }

    @Sendable private func change(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let document = try JSONDocument.object(request.body)
        let reading = try ArmReading(document, mayName: false)
        let id = request.parameter("id")
        let kept = try runtime.addedArms.arm(id).map { arm throws(GatewayError) in
            AddedArm(id: id, body: try AddedArms.merged(arm.body, with: document), added: arm.added)
        }
        try runtime.change { configuration throws(GatewayError) in
            guard let position = configuration.arms.firstIndex(where: { $0.id == id }) else { throw .armNotFound(id) }
            try reading.apply(to: &configuration.arms[position])
            let listing = configuration.routes.filter { $0.arms.contains(id) }.map(\.id)
            if reading.routes != nil || reading.canaryShare != nil {
                try Self.place(
                    configuration.arms[position], in: reading.routes ?? listing, share: reading.canaryShare,
                    &configuration)
            }
            for route in configuration.routes { try Self.check(route, configuration) }
        }
        if let kept, runtime.setup.configuration.arms.contains(where: { $0.id == id && $0.isAdded }) {
            try await keep(kept)
        }
        return try answer(id, status: 200, request)
    }

    @Sendable private func remove(_ request: EndpointRequest) async throws -> EndpointAnswer {
        let id = request.parameter("id")
        // One that the file stands against is not served, but can be forgotten.
        let isServed = runtime.setup.configuration.arms.contains { $0.id == id }
        guard isServed || runtime.addedArms.arm(id) != nil else { throw GatewayError.armNotFound(id) }
        if isServed { try runtime.change { configuration throws(GatewayError) in try Self.remove(id, &configuration) } }
        if runtime.addedArms.arm(id) != nil {
            do throws(StoreError) { try await runtime.store.forgetArm(id) } catch {
                throw GatewayError.storeUnavailable()
            }
            runtime.addedArms.remove(id)
        }
        return EndpointAnswer(status: 204, contentType: nil)
    }

    private static func remove(_ id: String, _ configuration: inout RouterConfiguration) throws(GatewayError) {
        guard let position = configuration.arms.firstIndex(where: { $0.id == id }) else { throw .armNotFound(id) }
        try place(configuration.arms[position], in: [], share: nil, &configuration)
        configuration.arms.remove(at: position)
        for index in configuration.routes.indices where configuration.routes[index].lastResort == id {
            configuration.routes[index].lastResort = nil
        }
    }

    /// What is in force already is kept; where that cannot be done, the client hears that the next reload will not find it.
    private func keep(_ arm: AddedArm) async throws(GatewayError) {
        do throws(StoreError) {
            try await runtime.store.keep(arm)
        } catch {
            throw .storeUnavailable()
        }
        runtime.addedArms.put(arm)
    }

    /// Makes the routes that list an arm exactly `routes`.
    private static func place(
        _ arm: ArmDefinition, in routes: [String], share: Double?, _ configuration: inout RouterConfiguration
    ) throws(GatewayError) {
        for name in routes where !configuration.routes.contains(where: { $0.id == name }) {
            throw .invalidValue("routes", "no route is called '\(name)'")
        }
        for index in configuration.routes.indices {
            let isListed = configuration.routes[index].arms.contains(arm.id)
            if routes.contains(configuration.routes[index].id) {
                if !isListed { configuration.routes[index].arms.append(arm.id) }
                if let share { configuration.routes[index].canaryShares[arm.id] = share > 0 ? share : nil }
            } else if isListed {
                configuration.routes[index].arms.removeAll { $0 == arm.id }
                configuration.routes[index].canaryShares[arm.id] = nil
                if configuration.routes[index].arms.isEmpty || configuration.routes[index].policy.arm == arm.id {
                    let route = configuration.routes[index].id
                    throw GatewayError(
                        409, "arm_in_use",
                        "Route '\(route)' cannot be without the arm '\(arm.id)': it is its only one, or its policy names it.",
                        param: "id")
                }
            }
            try check(configuration.routes[index], configuration)
        }
    }

    /// What the configuration file would be refused for.
    private static func check(_ route: RouteDefinition, _ configuration: RouterConfiguration) throws(GatewayError) {
        guard route.arms.count <= 128 else {
            throw .invalidValue("routes", "route '\(route.id)' would have more than 128 arms")
        }
        guard route.budget != nil else { return }
        for arm in configuration.arms where route.arms.contains(arm.id) && arm.price == nil {
            throw .invalidValue("price", "route '\(route.id)' has a budget, so its arms need a price")
        }
    }

    private func answer(_ id: String, status: Int, _ request: EndpointRequest) throws(GatewayError) -> EndpointAnswer {
        let published = runtime.engine.published
        guard let arm = published.catalogue.arm(id) else { throw .armNotFound(id) }
        return .json(
            CatalogueAnswers.arm(arm, published, health: runtime.engine.health), status: status)
    }
}

extension GatewayError {
    static func armNotFound(_ id: String) -> GatewayError {
        GatewayError(404, "not_found", "No arm is called '\(id)'.", param: "id")
    }
}
