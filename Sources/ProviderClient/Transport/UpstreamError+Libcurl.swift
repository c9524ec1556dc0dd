import CCurl
import Glibc

extension UpstreamError {
    /// libcurl's verdict in the terms failover thinks in.
    init(libcurl code: CURLcode, systemError: Int32, text: String) {
        self.init(Self.kind(of: code, systemError: systemError, text: text), text)
    }

    private static func kind(of code: CURLcode, systemError: Int32, text: String) -> Code {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .dns
        case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_INTERFACE_FAILED: .connect
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_USE_SSL_FAILED, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_CLIENTCERT:
            .tls
        // The other time limits are the engine's own; the only one libcurl is told of is that of the connection.
        case CURLE_OPERATION_TIMEDOUT: .timeoutConnect
        // A chunk that is no chunk has no code of its own.
        case CURLE_RECV_ERROR where text.contains("chunked"): .protocolError
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR:
            systemError == ECONNRESET || systemError == EPIPE ? .reset : .closed
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: .closed
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT: .invalidRequest
        case CURLE_ABORTED_BY_CALLBACK: .cancelled
        case CURLE_FILESIZE_EXCEEDED: .tooLarge
        default: .protocolError
        }
    }
}
