import CCurl

/// A URL, a method and the headers sent with every request to it, prepared once in the form libcurl wants.
///
/// Only these headers (and `Host`, `Content-Length`) are sent: no `User-Agent` of libcurl's, no `Expect`, no coding other
/// than identity is asked for (one that comes nevertheless is undone). An endpoint may be shared by any number of concurrent requests.
package final class UpstreamEndpoint: Sendable {
    package let url: String
    package let method: String
    /// Whether the connection is encrypted, hence may speak HTTP/2.
    let isEncrypted: Bool
    /// What is wrong with the request, found once; every call to the endpoint fails with it.
    let fault: UpstreamError?
    /// Texts that must not show in a message: header values, and the user part of the URL.
    let secrets: [String]
    /// libcurl's list, never written after `init`, freed with the endpoint.
    nonisolated(unsafe) let headerList: UnsafeMutablePointer<curl_slist>?

    /// - Parameters:
    ///   - url: `http://` or `https://`, complete.
    ///   - headers: sent in this order; a name or value with a line break makes every call fail as `invalidRequest`.
    package init(url: String, method: String = "POST", headers: [(String, String)] = []) {
        self.url = url
        self.method = method
        isEncrypted = url.lowercased().hasPrefix("https://")
        var fault: UpstreamError?
        if !isEncrypted && !url.lowercased().hasPrefix("http://") {
            fault = UpstreamError(.invalidRequest, "the URL must begin with http:// or https://")
        }
        if url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
            fault = UpstreamError(.invalidRequest, "the URL has a space or a control character in it")
        }
        var list: UnsafeMutablePointer<curl_slist>?
        var secrets: [String] = []
        // An empty value takes away a header libcurl would add by itself.
        for line in ["Expect:", "Accept-Encoding: identity"] { list = curl_slist_append(list, line) }
        for (name, value) in headers {
            guard Self.isToken(name), !value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else {
                fault = UpstreamError(.invalidRequest, "a header's name or value has a character that is not allowed")
                continue
            }
            if value.utf8.count >= 4 { secrets.append(value) }
            // libcurl reads "Name:" as "take this header away", and sends an empty one for "Name;".
            list = curl_slist_append(list, value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        if let userInfo = Self.userInfo(of: url), !userInfo.isEmpty { secrets.append(userInfo) }
        headerList = list
        self.fault = fault
        self.secrets = secrets
    }

    deinit { curl_slist_free_all(headerList) }

    /// The text with every secret of this endpoint blotted out.
    func redacted(_ text: String) -> String {
        secrets.reduce(text) { $0.replacing($1, with: "[redacted]") }
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    private static func userInfo(of url: String) -> String? {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return nil }
        return String(authority[..<at])
    }
}
