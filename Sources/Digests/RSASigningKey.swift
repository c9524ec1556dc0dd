import CCrypto

/// An RSA key that signs (RSASSA-PKCS1-v1_5 with SHA-256, RFC 8017, 8.2), by the system's libcrypto.
package final class RSASigningKey: Sendable {
    /// Never written after `init`, freed with the key.
    private nonisolated(unsafe) let key: OpaquePointer

    /// Reads a private key in PEM; nil for what is none, or needs a password.
    package init?(pem: String) {
        var pem = pem
        let found: OpaquePointer? = pem.withUTF8 { bytes in
            guard let memory = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil }
            defer { BIO_free(memory) }
            // Without an answer to who asks for a password, libcrypto would ask at the terminal.
            return PEM_read_bio_PrivateKey(memory, nil, { _, _, _, _ in 0 }, nil)
        }
        guard let found else { return nil }
        guard EVP_PKEY_is_a(found, "RSA") == 1 else {
            EVP_PKEY_free(found)
            return nil
        }
        key = found
    }

    deinit { EVP_PKEY_free(key) }

    /// The signature of a message; nil where libcrypto fails.
    package func signature(of message: [UInt8]) -> [UInt8]? {
        guard let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1 else { return nil }
        var length = 0
        guard EVP_DigestSign(context, nil, &length, message, message.count) == 1, length > 0 else { return nil }
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else { return nil }
        return Array(signature.prefix(length))
    }
}
