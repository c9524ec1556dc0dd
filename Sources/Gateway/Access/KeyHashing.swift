package import DecisionStore
import Digests
import Foundation
package import RoutingEngine

/// Makes keys and hashes them.
///
/// A key is `br-` and 43 characters of base64url: 256 random bits. Only its HMAC-SHA256 under the router's secret is stored, so
/// that neither the store nor a copy of it opens anything.
package struct KeyHashing: Sendable {
    private let codes: HMACSHA256

    /// - Parameter secret: 32 random bytes.
    package init(secret: [UInt8]) {
        codes = HMACSHA256(key: secret)
    }

    /// 32 bytes; the same key gives the same hash under the same secret.
    package func hash(_ key: some Sequence<UInt8>) -> [UInt8] {
        codes.code(for: key)
    }

    /// A new key: the text to show once, and the record to store.
    package func make(
        name: String, scopes: [KeyScope], group: String?, limits: KeyLimits, createdAt: Timestamp, expiresAt: Timestamp?
    ) -> (text: String, key: APIKey) {
        let text = "br-" + Data(SystemRandom.bytes(32)).base64URL
        let id = "key_" + Data(SystemRandom.bytes(12)).base64URL
        let key = APIKey(
            id: id, name: name, group: group ?? id, hash: hash(text.utf8), scopes: scopes.map(\.rawValue),
            requestsPerMinute: limits.requestsPerMinute, tokensPerMinute: limits.tokensPerMinute,
            concurrent: limits.concurrent, costPerDay: limits.costPerDay, created: createdAt, expires: expiresAt)
        return (text, key)
    }

    /// Reads the secret beside the store, or makes it (mode 0600) where there is none.
    ///
    /// - Throws: a ``SecretError`` that names the file where it can be neither read nor made, or is no secret.
    package static func load(path: String) throws(SecretError) -> KeyHashing {
        let files = FileManager.default
        if let found = files.contents(atPath: path) {
            guard found.count == 32 else {
                throw SecretError(path: path, reason: "is no secret: it has \(found.count) bytes instead of 32")
            }
            return KeyHashing(secret: Array(found))
        }
        guard !files.fileExists(atPath: path) else { throw SecretError(path: path, reason: "cannot be read") }
        let secret = SystemRandom.bytes(32)
        // Made under another name and renamed, so that a crash leaves no half secret, and no moment with a wider mode.
        let draft = path + ".new"
        guard files.createFile(atPath: draft, contents: Data(secret), attributes: [.posixPermissions: 0o600]) else {
            throw SecretError(path: path, reason: "cannot be created")
        }
        do {
            try files.moveItem(atPath: draft, toPath: path)
        } catch {
            // Another process made it in between: its secret counts.
            try? files.removeItem(atPath: draft)
            guard let found = files.contents(atPath: path), found.count == 32 else {
                throw SecretError(path: path, reason: "cannot be created: \(error.localizedDescription)")
            }
            return KeyHashing(secret: Array(found))
        }
        return KeyHashing(secret: secret)
    }
}

/// Why the file of the secret cannot be used.
package struct SecretError: Error, CustomStringConvertible {
    let path: String
    let reason: String

    package var description: String { "\(path): the secret \(reason)" }
}

extension Data {
    fileprivate var base64URL: String {
        base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}
