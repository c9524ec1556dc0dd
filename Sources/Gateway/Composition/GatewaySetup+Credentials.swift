import Foundation
import NIOCore
import ProviderClient

/// What providers are paid with that is no key that stays the same.
extension GatewaySetup {
    /// - Parameter old: whose tokens are kept where nothing about them changed.
    static func keepers(
        _ configuration: RouterConfiguration, keeping old: GatewaySetup?
    ) throws(SetupError) -> [String: CredentialKeeper] {
        var keepers: [String: CredentialKeeper] = [:]
        for provider in configuration.providers {
            guard let credentials = provider.credentials else { continue }
            let before = old?.configuration.providers.first { $0.id == provider.id }
            if before?.credentials == credentials, let keeper = old?.keepers[provider.id] {
                keepers[provider.id] = keeper
                continue
            }
            do throws(CredentialError) {
                keepers[provider.id] = CredentialKeeper(try source(credentials))
            } catch {
                throw SetupError(description: "provider '\(provider.id)': credentials.\(credentials.kind): \(error)")
            }
        }
        return keepers
    }

    private static func source(_ credentials: CredentialsDefinition) throws(CredentialError) -> any CredentialSource {
        switch credentials {
        case .serviceAccount(let path):
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw CredentialError("\(path) cannot be read")
            }
            return try ServiceAccountSource(file: ByteBuffer(bytes: bytes))
        case .entra(let tenant, let id, let secret, let scope, let url):
            return EntraSource(tenant: tenant, clientID: id, clientSecret: secret, scope: scope, tokenURL: url)
        case .metadata: return GoogleMetadataSource()
        case .accessKey, .profile, .webIdentity, .accessToken:
            throw CredentialError("requests are not signed by this version; use api_key")
        }
    }
}

extension RouterRuntime {
    /// How often it is looked whether a token is due.
    private static let credentialsPause = Duration.seconds(1)

    /// Keeps the tokens of the configuration in force fresh, until it is cancelled.
    ///
    /// - Parameter failed: told what stands against a provider's.
    func keepCredentials(failed: @escaping @Sendable (_ provider: String, CredentialError) -> Void) async {
        while !Task.isCancelled {
            await withTaskGroup(of: Void.self) { group in
                for (provider, keeper) in setup.keepers {
                    group.addTask {
                        if let error = await keeper.refresh(over: self.transport, now: self.clock) {
                            failed(provider, error)
                        }
                    }
                }
            }
            try? await Task.sleep(for: Self.credentialsPause)
        }
    }
}
