import Foundation
import NIOCore
import ProviderClient
import RoutingEngine

/// What providers are paid with that is no key that stays the same.
extension GatewaySetup {
    /// - Parameter old: whose tokens are kept where nothing about them changed.
    static func keepers(
        _ configuration: RouterConfiguration, keeping old: GatewaySetup?
    ) throws(SetupError) -> [String: PaidProvider] {
        var keepers: [String: PaidProvider] = [:]
        for provider in configuration.providers {
            guard let credentials = provider.credentials else { continue }
            do throws(CredentialError) {
                // Also where the file is another one at the same place: keys are exchanged so.
                let file = try credentials.file
                if let before = old?.paid[provider.id], before.credentials == credentials, before.file == file {
                    keepers[provider.id] = before
                } else if let keeper = try keeper(credentials, file) {
                    keepers[provider.id] = PaidProvider(credentials: credentials, file: file, keeper: keeper)
                }
            } catch {
                throw SetupError(description: "provider '\(provider.id)': credentials.\(credentials.kind): \(error)")
            }
        }
        return keepers
    }

    private static func keeper(
        _ credentials: CredentialsDefinition, _ file: [UInt8]
    ) throws(CredentialError) -> CredentialKeeper? {
        switch credentials {
        case .serviceAccount: CredentialKeeper(try ServiceAccountSource(file: ByteBuffer(bytes: file)))
        case .entra(let tenant, let id, let secret, let scope, let url):
            CredentialKeeper(
                EntraSource(tenant: tenant, clientID: id, clientSecret: secret, scope: scope, tokenURL: url))
        case .metadata: CredentialKeeper(GoogleMetadataSource())
        case .accessToken(let token): CredentialKeeper(token: token)
        case .accessKey, .profile: nil
        case .webIdentity: throw CredentialError("is not supported yet: use access_key_id, profile or api_key")
        }
    }

    /// What signs the requests to a provider; nil: they are paid otherwise.
    static func signer(of provider: ProviderDefinition) throws(SetupError) -> RequestSigner? {
        let region = provider.region ?? Carrier.usualRegion
        switch provider.credentials {
        case .accessKey(let id, let secret, let token):
            return RequestSigner(
                region: region, .init(accessKeyID: id, secretAccessKey: secret, sessionToken: token))
        case .profile(let name, let path):
            do throws(CredentialError) {
                return RequestSigner(
                    region: region, try RequestSigner.profile(name, in: path ?? Self.credentialsFile))
            } catch {
                throw SetupError(description: "provider '\(provider.id)': credentials.profile: \(error)")
            }
        default: return nil
        }
    }

    /// Where Amazon's own tools keep profiles.
    private static var credentialsFile: String {
        let environment = ProcessInfo.processInfo.environment
        return environment["AWS_SHARED_CREDENTIALS_FILE"] ?? "\(environment["HOME"] ?? "")/.aws/credentials"
    }
}

extension CredentialsDefinition {
    /// What the file holds that they are in; empty: they are in none.
    fileprivate var file: [UInt8] {
        get throws(CredentialError) {
            guard case .serviceAccount(let path) = self else { return [] }
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw CredentialError("\(path) cannot be read")
            }
            return Array(bytes)
        }
    }
}

/// A provider whose tokens are kept fresh.
struct PaidProvider: Sendable {
    let credentials: CredentialsDefinition
    let file: [UInt8]
    let keeper: CredentialKeeper
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
                for (provider, paid) in setup.paid {
                    group.addTask {
                        if let error = await paid.keeper.refresh(
                            over: self.transport, wall: self.clock, steady: { SteadyClock.now() })
                        {
                            failed(provider, error)
                        }
                    }
                }
            }
            try? await Task.sleep(for: Self.credentialsPause)
        }
    }
}
