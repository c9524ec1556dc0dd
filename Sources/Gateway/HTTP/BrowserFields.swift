/// What a browser says of the page that a request comes from.
///
/// Pages cannot set these fields: the browser does (Fetch Standard, and Fetch Metadata Request Headers, W3C 2021). Programs send
/// none of them.
package struct BrowserFields: Sendable, Equatable {
    package var origin: String?
    package var referer: String?
    package var site: String?
    package var mode: String?
    package var destination: String?
    /// Whether there is any field that only browsers send.
    package var isBrowser = false

    package init() {}

    /// Takes a field up, where it is one of these.
    ///
    /// - Parameter name: in lower case.
    package mutating func take(_ name: some StringProtocol, _ value: String) {
        switch name {
        // Two of them are no browser's doing; `null` is nobody's origin.
        case "origin": origin = origin == nil ? value : "null"
        case "referer": referer = referer ?? value
        case "sec-fetch-site": site = site == nil || site == value ? value : "cross-site"
        case "sec-fetch-mode": mode = value
        case "sec-fetch-dest": destination = value
        default: guard name.hasPrefix("sec-") else { return }
        }
        isBrowser = true
    }
}

/// Who is behind a request, as far as a browser tells.
package enum Visitor: Sendable, Equatable {
    /// No browser: none of its fields is there.
    case program
    /// A page of this router's own.
    case ownPage
    /// A page that `server.cors.allow_origins` lets in.
    case allowed(origin: String)
    /// A browser that does not say for which page it asks: an address that was typed, or an old browser.
    case unnamedPage
    /// Any other page.
    case foreign

    package var allowedOrigin: String? {
        if case .allowed(let origin) = self { return origin }
        return nil
    }
}

/// Which pages may ask.
package struct OriginPolicy: Sendable, Equatable {
    /// In lower case; `*` lets every page in, where keys are asked for.
    private let allowed: Set<String>

    package init(_ allowed: [String]) {
        self.allowed = Set(allowed.map { $0.lowercased() })
    }

    /// Tells who asks.
    ///
    /// - Parameters:
    ///   - host: whom the request was sent to, as it says.
    ///   - isKeyless: without keys nothing but its origin tells a page that may spend money from one that may not: then `*` lets
    ///     nobody in, and the browser's word that a page is this router's own must agree with the origin.
    package func visitor(_ fields: BrowserFields, host: String?, isKeyless: Bool) -> Visitor {
        guard fields.isBrowser else { return .program }
        let site = fields.site?.lowercased()
        if let origin = fields.origin?.lowercased() {
            if Self.isOwn(origin, host: host), site == nil || site == "same-origin" { return .ownPage }
            if allowed.contains(origin) || (!isKeyless && origin != "null" && allowed.contains("*")) {
                return .allowed(origin: fields.origin ?? "")
            }
            // Behind a proxy that names another host than the browser did, its own word tells.
            return !isKeyless && site == "same-origin" ? .ownPage : .foreign
        }
        switch site {
        case "same-origin": return .ownPage
        case "none": return .unnamedPage
        case nil:
            guard let referer = fields.referer?.lowercased(), Self.isOwn(Self.origin(of: referer), host: host) else {
                return .unnamedPage
            }
            return .ownPage
        // `same-site` is another port of this machine, or another name of the same domain: another program's page.
        default: return .foreign
        }
    }

    /// Whether an origin is that of the server a request was sent to.
    private static func isOwn(_ origin: String, host: String?) -> Bool {
        guard let host = host?.lowercased(), !host.isEmpty else { return false }
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where origin.hasPrefix(scheme) {
            let authority = origin.dropFirst(scheme.count)
            return authority == host || authority + port == host || authority == host + port
        }
        return false
    }

    private static func origin(of address: String) -> String {
        guard let start = address.firstRange(of: "://")?.upperBound else { return "" }
        return String(address[..<(address[start...].firstIndex { "/?#".contains($0) } ?? address.endIndex)])
    }
}
