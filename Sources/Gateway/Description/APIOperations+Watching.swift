import DashboardPage

/// What the dashboard is made of: what happens, what happened lately, and its page.
extension APIOperations {

    private static func window(_ names: [String], otherwise: String) -> APIOperation.Parameter {
        let list = names.map { "\"\($0)\"" }.joined(separator: ",")
        return APIOperation.Parameter(
            name: "window", place: .query, text: "How far back; \(otherwise) where absent.",
            schema: #"{"enum":[\#(list)]}"#, example: otherwise)
    }

    static let watching: [APIOperation] =
        [
            APIOperation(
                method: "get", path: "/v1/events", id: "watchEvents", tag: "reading",
                summary: "What happens, as server-sent events, until the client leaves", access: .scope(.read),
                answers: [
                    APIOperation.Answer(
                        status: 200,
                        text: """
                            Events: `traffic` twice a second (what happens now, and the last seconds as TrafficSample), `decisions` and \
                            `feedback` (the newest, as their lists), `posteriors` (a new version is there to be read), `alarm` (DriftAlarm).
                            """,
                        content: [("text/event-stream", APIOperation.reference("Event"))])
                ], errors: [429]),
            APIOperation(
                method: "get", path: "/v1/history/traffic", id: "getTrafficHistory", tag: "reading",
                summary: "Requests, errors, latency and spend of late", access: .scope(.read),
                parameters: [window(["5m", "1h", "24h", "7d"], otherwise: "5m")],
                answers: [.json(200, "Samples, oldest first.", "TrafficHistory")], errors: [400]),
            APIOperation(
                method: "get", path: "/v1/history/posteriors", id: "getPosteriorHistory", tag: "reading",
                summary: "How the posteriors of a category moved", access: .scope(.read),
                parameters: [
                    window(["5m", "30m", "1h", "12h", "24h", "7d"], otherwise: "30m"),
                    APIOperation.Parameter(
                        name: "route", place: .query, text: "Of this route; the first where absent."),
                    APIOperation.Parameter(
                        name: "category", place: .query, text: "Of this category; required.", example: "general"),
                ], answers: [.json(200, "Samples, oldest first.", "PosteriorHistory")], errors: [400]),
            APIOperation(
                method: "get", path: "/v1/feedback", id: "listFeedback", tag: "reading",
                summary: "The latest pieces of feedback", access: .scope(.read),
                parameters: [
                    APIOperation.Parameter(
                        name: "limit", place: .query, text: "How many at most.",
                        schema: #"{"type":"integer","minimum":1,"maximum":1000,"default":100}"#),
                    APIOperation.Parameter(
                        name: "before", place: .query, text: "Only what came before this sequence number.",
                        schema: #"{"type":"integer"}"#),
                ], answers: [.json(200, "Pieces of feedback, newest first.", "FeedbackList")], errors: [400, 503]),
            APIOperation(
                method: "get", path: "/v1/alarms", id: "listAlarms", tag: "reading",
                summary: "Alarms of drift", access: .scope(.read),
                answers: [.json(200, "The alarms, newest first.", "AlarmList")]),
            APIOperation(
                method: "get", path: "/v1/decisions/{id}/posteriors", id: "getDecisionPosteriors", tag: "reading",
                summary: "The posteriors that a decision was drawn from", access: .scope(.read),
                parameters: [decisionID], answers: [.json(200, "The posteriors.", "PosteriorList")], errors: [404, 503]),
        ]
        + [
            APIOperation(
                method: "get", path: "/", id: "getRoot", tag: "operation", summary: "Leads to the dashboard",
                access: .open,
                answers: [.init(status: 307, text: "The dashboard is at `/dashboard`.")])
        ]
        + DashboardFile.all.enumerated().map { index, file in
            APIOperation(
                method: "get", path: file.path, id: "getDashboardFile\(index)", tag: "operation",
                summary: "A file of the dashboard", access: .open,
                answers: [
                    APIOperation.Answer(
                        status: 200, text: "The file.",
                        content: [(String(file.contentType.prefix { $0 != ";" }), #"{"type":"string"}"#)]),
                    APIOperation.Answer(status: 304, text: "The client has it already."),
                ])
        }
}
