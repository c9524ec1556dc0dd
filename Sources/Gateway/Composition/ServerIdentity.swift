import HummingbirdCore
import Logging
import NIOCore
import NIOSSL
import Synchronization

/// The certificate and key that the server shows, replaced while it serves.
///
/// TLS 1.2 and 1.3; ALPN offers HTTP/1.1, which is what the server speaks.
final class ServerIdentity: Sendable {
    private let current: Mutex<NIOSSLContext>

    init(_ definition: TLSDefinition) throws(SetupError) {
        current = Mutex(try Self.context(definition))
    }

    var context: NIOSSLContext { current.withLock { $0 } }

    /// Reads the files again: connections made from now on get what is in them, those that stand go on.
    ///
    /// - Throws: what is wrong with the files; then the identity in force stays.
    func reload(_ definition: TLSDefinition) throws(SetupError) {
        let new = try Self.context(definition)
        current.withLock { $0 = new }
    }

    /// Reads and checks the files, as a new identity would.
    static func context(_ definition: TLSDefinition) throws(SetupError) -> NIOSSLContext {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(definition.certificatePath)
        } catch {
            throw SetupError(
                description: "server.tls.certificate \(definition.certificatePath): cannot be read as PEM certificates")
        }
        guard !chain.isEmpty else {
            throw SetupError(description: "server.tls.certificate \(definition.certificatePath): has no certificate")
        }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(file: definition.privateKeyPath, format: .pem)
        } catch {
            // The library's own error could quote the file: it is not passed on.
            throw SetupError(
                description: "server.tls.private_key \(definition.privateKeyPath): cannot be read as a PEM private key")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw SetupError(
                description:
                    "server.tls: \(definition.certificatePath) and \(definition.privateKeyPath) do not fit each other")
        }
    }
}

/// A channel of the server's behind TLS: hands each new connection the identity in force.
struct EncryptedChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let identity: ServerIdentity

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: identity.context))
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }
    }

    func handle(value: Base.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
