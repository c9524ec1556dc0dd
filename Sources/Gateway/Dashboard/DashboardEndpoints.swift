import DashboardPage
import HTTPTypes
import RoutingEngine

/// `/dashboard`: the page and its files. They hold no data and are open to everybody; what the page shows comes from the API, with
/// the key that its reader enters.
struct DashboardEndpoints: Sendable {
    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/", .open) { _ in
                EndpointAnswer(status: 307, contentType: nil, headers: [(.location, "/dashboard")])
            }
        ]
            + DashboardFile.all.map { file in
                Endpoint(.get, file.path, .open) { request in answer(file, request) }
            }
    }

    /// Whether a target is a page of ours to look at.
    static func isPage(_ target: String) -> Bool {
        ["/", "/dashboard"].contains(target.prefix { $0 != "?" && $0 != "#" })
    }

    /// Nothing from elsewhere, nothing inline, in nobody's frame.
    static let contentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    private func answer(_ file: DashboardFile, _ request: EndpointRequest) -> EndpointAnswer {
        var answer = EndpointAnswer(contentType: file.contentType, bytes: file.bytes)
        answer.headers = [
            (.eTag, file.entityTag),
            // Asked for anew each time, and answered with 304: a router that was upgraded shows its own page.
            (.cacheControl, "no-cache"),
            (.contentSecurityPolicy, Self.contentSecurityPolicy),
            (.xContentTypeOptions, "nosniff"),
            (.referrerPolicy, "no-referrer"),
            (.crossOriginOpenerPolicy, "same-origin"),
        ]
        let known = request.headers[.ifNoneMatch]?.split(separator: ",").map { $0.drop { $0 == " " } } ?? []
        if known.contains(where: { $0 == "*" || $0 == file.entityTag || $0 == "W/" + file.entityTag }) {
            answer.status = 304
            answer.bytes = []
        }
        return answer
    }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = Self("referrer-policy")!
    fileprivate static let crossOriginOpenerPolicy = Self("cross-origin-opener-policy")!
}
