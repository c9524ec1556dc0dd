package import Dialects
import Foundation
package import NIOCore
package import ProviderClient
package import RoutingEngine
import WireFormats

/// Signs requests to Amazon's services with keys that stay the same.
package struct RequestSigner: Sendable {
    private let signature: RequestSignature
    private let credentials: RequestSignature.Credentials

    package init(region: String, _ credentials: RequestSignature.Credentials) {
        signature = RequestSignature(region: region)
        self.credentials = credentials
    }

    /// The header lines that pay for a request; each attempt is signed anew, since signatures are good for minutes only.
    ///
    /// - Parameter now: microseconds since the epoch, by the wall clock: Amazon compares it with its own.
    package func lines(url: String, body: ByteBuffer, at now: Timestamp) -> [String] {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let parts = rest[slash...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let time = RFC3339.text(microseconds: now).prefix { $0 != "." }.filter { $0 != "-" && $0 != ":" } + "Z"
        return signature.headers(
            host: String(rest[..<slash]), path: parts.first.map(String.init) ?? "/",
            query: parts.count > 1 ? String(parts[1]) : "", contentType: "application/json", body: body, time: time,
            credentials
        ).map { "\($0.name): \($0.value)" }
    }

    /// A profile of Amazon's credentials file (`[name]`, `aws_access_key_id = …`).
    ///
    /// - Throws: an error that names the file and the profile, and none of what is in it.
    package static func profile(
        _ name: String, in path: String
    ) throws(CredentialError) -> RequestSignature.Credentials {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw CredentialError("\(path) cannot be read")
        }
        var values: [String: String] = [:]
        var isInside = false
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("["), line.hasSuffix("]") {
                isInside = line.dropFirst().dropLast().trimmingCharacters(in: .whitespaces) == name
            } else if isInside, !line.hasPrefix("#"), !line.hasPrefix(";"), let equals = line.firstIndex(of: "=") {
                let key = line[..<equals].trimmingCharacters(in: .whitespaces)
                values[key] = line[line.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            }
        }
        guard let id = values["aws_access_key_id"], let secret = values["aws_secret_access_key"], !id.isEmpty,
            !secret.isEmpty
        else { throw CredentialError("\(path) has no profile '\(name)' with an access key") }
        return .init(accessKeyID: id, secretAccessKey: secret, sessionToken: values["aws_session_token"])
    }
}
