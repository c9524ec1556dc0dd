import Foundation
import HTTPTypes

/// Every path that is served, with its methods and who may use them: what a request is looked up in by its head.
struct EndpointTable: Sendable {
    /// A path, with what is served at it.
    struct Row: Sendable {
        fileprivate let parts: [Part]
        fileprivate(set) var methods: [String: EndpointAccess] = [:]
        /// Whose POST is served on the event loop; nil: all methods are the framework's.
        fileprivate(set) var exchange: ProxiedEndpoint?

        /// For `Allow`. HEAD is served wherever GET is.
        var allow: String {
            Set(methods.keys).union(methods["GET"] == nil ? [] : ["HEAD"]).sorted().joined(separator: ", ")
        }

        func access(_ method: String) -> EndpointAccess? {
            methods[method] ?? (method == "HEAD" ? methods["GET"] : nil)
        }
    }

    fileprivate enum Part: Sendable, Equatable {
        case word(Substring)
        /// Whatever stands there.
        case any
    }

    private var rows: [Row] = []

    /// - Parameter exchanges: served on the event loop.
    init(_ endpoints: [Endpoint], exchanges: [ProxiedEndpoint] = []) {
        for endpoint in endpoints { add(endpoint.path, endpoint.method, endpoint.access, nil) }
        for exchange in exchanges { add(exchange.path, .post, .scope(.chat), exchange) }
    }

    private mutating func add(
        _ path: String, _ method: HTTPRequest.Method, _ access: EndpointAccess, _ exchange: ProxiedEndpoint?
    ) {
        let parts = path.split(separator: "/").map { $0.hasPrefix(":") ? Part.any : .word($0) }
        let known = rows.firstIndex { $0.parts == parts } ?? rows.count
        if known == rows.count { rows.append(Row(parts: parts)) }
        rows[known].methods[method.rawValue] = access
        if let exchange { rows[known].exchange = exchange }
    }

    /// What is served at a path, and the path as the framework's router knows it.
    ///
    /// Clients join a base address and a path in every way there is: slashes too many, one at the end, `/v1` twice or not at all
    /// lead to the same place.
    ///
    /// Azure's clients put their own words before it, and the model among them.
    ///
    /// - Returns: nil where nothing is served; `deployment`: the model that the path names.
    func find(_ path: some StringProtocol) -> (row: Row, path: String, deployment: String?)? {
        var given = path.split(separator: "/").map { Substring($0) }
        if let row = row(given) { return (row, Self.joined(given), nil) }
        var deployment: String?
        if given.first == "openai" || given.first == "anthropic" {
            given.removeFirst()
            if given.count > 2, given[0] == "deployments" {
                deployment = given[1].removingPercentEncoding ?? String(given[1])
                given.removeFirst(2)
            }
        }
        while given.count > 1, given[0] == "v1", given[1] == "v1" { given.removeFirst() }
        if given.first != "v1" { given.insert("v1", at: 0) }
        return row(given).map { ($0, Self.joined(given), deployment) }
    }

    private static func joined(_ parts: [Substring]) -> String { "/" + parts.joined(separator: "/") }

    /// A row that names a part beats one that takes any.
    private func row(_ given: [Substring]) -> Row? {
        var found: Row?
        for row in rows where row.parts.count == given.count {
            guard zip(row.parts, given).allSatisfy({ $0 == .any || $0 == .word($1) }) else { continue }
            if !row.parts.contains(.any) { return row }
            found = found ?? row
        }
        return found
    }
}
