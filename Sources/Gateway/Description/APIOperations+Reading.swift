extension APIOperations {
    private static func filter(_ name: String, _ text: String) -> Parameter {
        Parameter(name: name, place: .query, text: text)
    }

    private static let instant = #"{"type":"string","anyOf":[{"format":"date-time"},{"format":"date"}]}"#

    static let reading: [APIOperation] = [
        APIOperation(
            method: "get", path: "/v1/models", id: "listModels", tag: "reading",
            summary: "What `model` may be: routes, then arms", access: .anyKey,
            answers: [.json(200, "Routes and arms in OpenAI's shape.", "ModelList")]),
        APIOperation(
            method: "get", path: "/v1/models/{id}", id: "getModel", tag: "reading", summary: "A route or an arm",
            access: .anyKey,
            parameters: [Parameter(name: "id", place: .path, text: "Id of a route or an arm.", example: "auto")],
            answers: [.json(200, "The route or arm in OpenAI's shape.", "Model")], errors: [404]),
        APIOperation(
            method: "get", path: "/v1/arms", id: "listArms", tag: "reading", summary: "The arms, with their health",
            access: .scope(.read), answers: [.json(200, "The arms.", "ArmList")]),
        APIOperation(
            method: "get", path: "/v1/routes", id: "listRoutes", tag: "reading", summary: "The routes",
            access: .scope(.read), answers: [.json(200, "The routes.", "RouteList")]),
        APIOperation(
            method: "get", path: "/v1/categories", id: "listCategories", tag: "reading", summary: "The categories",
            access: .scope(.read), answers: [.json(200, "The categories.", "CategoryList")]),
        APIOperation(
            method: "get", path: "/v1/posteriors", id: "listPosteriors", tag: "reading", summary: "What was learned",
            text:
                "A row for every arm of a route in every category: evidence, prior, posterior, probability of being best.",
            access: .scope(.read),
            parameters: [
                filter("route", "Rows of this route."), filter("category", "Rows of this category."),
                filter("arm", "Rows of this arm."),
            ], answers: [.json(200, "The posteriors.", "PosteriorList")]),
        APIOperation(
            method: "get", path: "/v1/decisions", id: "listDecisions", tag: "reading", summary: "The latest decisions",
            access: .scope(.read),
            parameters: [
                Parameter(
                    name: "limit", place: .query, text: "How many; 100 where absent.",
                    schema: #"{"type":"integer","minimum":1,"maximum":1000}"#),
                filter("route", "Of this route."), filter("category", "Of this category."),
                filter("arm", "Of this arm."),
                Parameter(
                    name: "before", place: .query, text: "Only what is older than this decision.",
                    schema: #"{"type":"string","format":"uuid"}"#),
            ], answers: [.json(200, "Decisions, newest first.", "DecisionList")], errors: [400, 503]),
        APIOperation(
            method: "get", path: "/v1/decisions/{id}", id: "getDecision", tag: "reading",
            summary: "A decision, and why", access: .scope(.read), parameters: [decisionID],
            answers: [.json(200, "The decision.", "Decision")], errors: [404, 503]),
        APIOperation(
            method: "get", path: "/v1/decisions/{id}/content", id: "getDecisionContent", tag: "reading",
            summary: "What was asked and answered", text: "Only where `privacy.store_content` was on; 404 otherwise.",
            access: .scope(.admin), parameters: [decisionID],
            answers: [.json(200, "The bodies of the request and of the answer.", "DecisionContent")],
            errors: [404, 503]),
        APIOperation(
            method: "get", path: "/v1/usage", id: "getUsage", tag: "reading", summary: "Requests, tokens and money",
            text: "Unknown cost is counted apart, never as 0.", access: .scope(.read),
            parameters: [
                Parameter(
                    name: "from", place: .query, text: "First instant, or first day (UTC).", schema: instant,
                    example: "2026-01-02"),
                Parameter(
                    name: "to", place: .query, text: "First instant, or first day, that is not counted.",
                    schema: instant, example: "2036-01-02"),
                Parameter(
                    name: "by", place: .query,
                    text: "What rows are grouped by: a list of route, category, arm, key, day, hour; arm where absent.",
                    schema:
                        #"{"type":"string","pattern":"^(route|category|arm|key|day|hour)(,(route|category|arm|key|day|hour))*$"}"#,
                    example: "arm,day"),
            ], answers: [.json(200, "A row for every group.", "UsageList")], errors: [503]),
        APIOperation(
            method: "get", path: "/metrics", id: "getMetrics", tag: "operation", summary: "Prometheus' text format",
            access: .scope(.read),
            answers: [
                .init(
                    status: 200, text: "The measurements.",
                    content: [("text/plain; version=0.0.4; charset=utf-8", #"{"type":"string"}"#)])
            ]),
        APIOperation(
            method: "get", path: "/health/live", id: "getLiveness", tag: "operation",
            summary: "Whether the process answers", access: .open,
            answers: [.json(200, "It does.", "Liveness")]),
        APIOperation(
            method: "get", path: "/health/ready", id: "getReadiness", tag: "operation",
            summary: "Whether the store can be written", access: .open,
            answers: [
                .json(200, "It can.", "Readiness"), .json(503, "It cannot: feedback is refused.", "Readiness"),
            ]),
        APIOperation(
            method: "get", path: "/openapi.json", id: "getDescription", tag: "operation", summary: "This description",
            access: .open,
            answers: [
                .init(
                    status: 200, text: "OpenAPI 3.1.",
                    content: [("application/json", #"{"type":"object","required":["openapi","paths"]}"#)])
            ]),
    ]

    private static let armID = Parameter(name: "id", place: .path, text: "Id of an arm.", example: "none")

    static let administration: [APIOperation] = [
        APIOperation(
            method: "post", path: "/v1/admin/keys", id: "createKey", tag: "administration", summary: "Make a key",
            access: .scope(.admin), body: .json("KeyRequest", example: #"{"name":"app","scopes":["chat","feedback"]}"#),
            answers: [.json(201, "The key, shown this once.", "CreatedKey")], errors: [503]),
        APIOperation(
            method: "get", path: "/v1/admin/keys", id: "listKeys", tag: "administration", summary: "The keys in force",
            access: .scope(.admin), answers: [.json(200, "The keys, without their text.", "KeyList")]),
        APIOperation(
            method: "delete", path: "/v1/admin/keys/{id}", id: "deleteKey", tag: "administration",
            summary: "Revoke a key", access: .scope(.admin),
            parameters: [Parameter(name: "id", place: .path, text: "Id of a key.", example: "key_none")],
            answers: [.init(status: 204, text: "It opens nothing from now on.")], errors: [404, 503]),
        APIOperation(
            method: "post", path: "/v1/admin/arms", id: "addArm", tag: "administration",
            summary: "Add an arm while serving",
            text:
                "Kept in the store: a reload and a restart find it again, as long as the file does not stand against it.",
            access: .scope(.admin),
            body: .json(
                "NewArm",
                example:
                    #"{"id":"new-arm","provider":"local","model":"sim-small","routes":["auto"],"canary_share":0.05}"#),
            answers: [.json(201, "The arm.", "Arm")], errors: [409, 503]),
        APIOperation(
            method: "patch", path: "/v1/admin/arms/{id}", id: "changeArm", tag: "administration",
            summary: "Change an arm, or switch it off or on",
            text: "Of an arm of the file it holds until the file is read again; of one that was added here it is kept.",
            access: .scope(.admin), parameters: [armID], body: .json("ArmChange", example: #"{"enabled":false}"#),
            answers: [.json(200, "The arm.", "Arm")], errors: [404, 409, 503]),
        APIOperation(
            method: "delete", path: "/v1/admin/arms/{id}", id: "removeArm", tag: "administration",
            summary: "Remove an arm from all routes",
            text: """
                Requests in flight finish. What it learned stays in the store. An arm of the file comes back when the file is read \
                again; one that was added here does not.
                """,
            access: .scope(.admin), parameters: [armID],
            answers: [.init(status: 204, text: "It is not asked from now on.")], errors: [404, 409, 503]),
        APIOperation(
            method: "post", path: "/v1/admin/reload", id: "reload", tag: "administration",
            summary: "Read the configuration file again",
            text: "Valid: taken whole, and the answer says what that changed. Not valid: 400, nothing is changed.",
            access: .scope(.admin),
            answers: [.json(200, "It is in force.", "Reloaded")], errors: [413]),
    ]
}
