import CCrypto

/// SHA-256 of bytes that come in parts, by the system's libcrypto, which libcurl brings along: a second copy of a library of ciphers in
/// the program cost half of its first build.
package struct SHA256: ~Copyable {
    /// Of a digest, in bytes.
    package static let byteCount = 32

    private let context: DigestContext

    package init() {
        context = DigestContext()
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) { context.update(bytes) }

    package mutating func update(_ bytes: some Sequence<UInt8>) { context.update(bytes) }

    /// 32 bytes. Nothing can be added after it.
    package consuming func finalize() -> [UInt8] { context.finalize() }

    /// 32 bytes.
    package static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finalize()
    }
}

/// libcrypto's state of a hash under way. It is never shared while it changes.
struct DigestContext: ~Copyable {
    /// Looked up once: libcrypto would look it up at every use. It never changes and is never freed.
    private nonisolated(unsafe) static let algorithm: OpaquePointer = {
        guard let found = EVP_MD_fetch(nil, "SHA256", nil) else { fatalError("libcrypto has no SHA-256") }
        return found
    }()

    private let pointer: OpaquePointer

    init() {
        pointer = Self.allocate()
        Self.succeeds(EVP_DigestInit_ex2(pointer, Self.algorithm, nil))
    }

    /// A copy, to go on from where `other` stands.
    init(copying other: borrowing DigestContext) {
        pointer = Self.allocate()
        Self.succeeds(EVP_MD_CTX_copy_ex(pointer, other.pointer))
    }

    deinit { EVP_MD_CTX_free(pointer) }

    func update(_ bytes: UnsafeRawBufferPointer) {
        Self.succeeds(EVP_DigestUpdate(pointer, bytes.baseAddress, bytes.count))
    }

    func update(_ bytes: some Sequence<UInt8>) {
        let isDone: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
        if isDone == nil { Array(bytes).withUnsafeBytes { update($0) } }
    }

    func finalize() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { buffer, count in
            Self.succeeds(EVP_DigestFinal_ex(pointer, buffer.baseAddress, nil))
            count = SHA256.byteCount
        }
    }

    private static func allocate() -> OpaquePointer {
        guard let made = EVP_MD_CTX_new() else { fatalError("no memory for a hash") }
        return made
    }

    /// libcrypto fails here only where there is no memory; a hash that is wrong would open doors.
    private static func succeeds(_ result: CInt) {
        precondition(result == 1, "libcrypto could not hash")
    }
}
