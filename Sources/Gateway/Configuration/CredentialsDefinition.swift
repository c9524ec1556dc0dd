/// What a provider's requests are paid with, where that is no key that stays the same.
package enum CredentialsDefinition: Sendable, Equatable {
    /// Amazon's keys; requests are signed with them.
    case accessKey(id: String, secret: String, sessionToken: String?)
    /// A profile of Amazon's credentials file.
    case profile(name: String, path: String?)
    /// A role that is assumed with a token out of a file.
    case webIdentity(role: String, tokenPath: String, session: String, endpoint: String?)
    /// A file of a service account of Google's.
    case serviceAccount(path: String)
    /// A token that is good as it is.
    case accessToken(String)
    /// Microsoft's, for an application.
    case entra(tenant: String, clientID: String, clientSecret: String, scope: String, tokenURL: String?)
    /// The address that tells machines of a cloud who they are.
    case metadata
}

/// A secret must not reach a log by way of a value that is printed.
extension CredentialsDefinition: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "CredentialsDefinition(\(kind))" }
    package var debugDescription: String { description }

    /// What kind it is, in one word.
    package var kind: String {
        switch self {
        case .accessKey: "access_key"
        case .profile: "profile"
        case .webIdentity: "web_identity"
        case .serviceAccount: "service_account"
        case .accessToken: "access_token"
        case .entra: "entra"
        case .metadata: "metadata"
        }
    }
}
