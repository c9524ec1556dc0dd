import Foundation
import NIOCore
import ProviderClient
import Testing

/// HTTP/2 over TLS, against nginx where it is installed.
@Suite("transport: HTTP/2")
struct HTTP2Tests {
    @Test("over TLS a provider that can is spoken to in HTTP/2, and concurrent calls share a connection")
    func multiplexing() async throws {
        guard let server = try NginxServer.start() else {
            print("skipped: there is no nginx with HTTP/2, or no openssl to make a certificate with")
            return
        }
        defer { server.stop() }
        var options = ProviderTransport.Options()
        options.trustedCertificatesFile = server.certificateFile
        let transport = ProviderTransport(options: options)
        let endpoint = UpstreamEndpoint(url: "https://127.0.0.1:\(server.port)/c")
        let connections = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    let answer = try await transport.perform(
                        UpstreamRequest(endpoint: endpoint, body: ByteBuffer(string: "{}")))
                    #expect(answer.head.isHTTP2)
                    #expect(answer.head.status == 200)
                    return String(buffer: answer.body)
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(connections.count == 1 && connections.allSatisfy { Int($0) != nil }, "\(connections)")
        // A body far larger than a stream's window, to a reader that pauses.
        let stream = try await transport.stream(
            UpstreamRequest(url: "https://127.0.0.1:\(server.port)/large", method: "GET"))
        var count = 0
        while let bytes = try await stream.next() {
            #expect(bytes.readableBytesView.allSatisfy { $0 == 0x61 })
            count += bytes.readableBytes
        }
        #expect(count == NginxServer.largeBytes)
        await transport.shutdown()
    }
}

/// nginx on a free port of the loopback, with a certificate of its own.
struct NginxServer {
    let port: Int
    let certificateFile: String
    private let process: Process
    private let folder: URL

    static let largeBytes = 8_000_000

    static func start() throws -> NginxServer? {
        let candidates = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"]
        guard let nginx = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0) }),
            let certificate = try TLSServer.makeCertificate()
        else { return nil }
        try Data(repeating: 0x61, count: largeBytes).write(to: certificate.folder.appendingPathComponent("large"))
        let port = LoopbackServer.freePort()
        // Behind a second server, for which nginx reads the request whole first: an answer that comes and ends before the body was sent
        // is an error to libcurl.
        let socket = certificate.folder.appendingPathComponent("c.sock").path
        let configuration = """
            daemon off; master_process off; pid nginx.pid; error_log stderr crit;
            events { worker_connections 512; }
            http {
              access_log off; send_timeout 1h; keepalive_timeout 1h; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
              uwsgi_temp_path uwsgi; scgi_temp_path scgi;
              server {
                listen 127.0.0.1:\(port) ssl http2;
                ssl_certificate \(certificate.certificate); ssl_certificate_key \(certificate.key);
                location /c { proxy_pass http://unix:\(socket):/; proxy_set_header X-Connection $connection; }
                location /large { root \(certificate.folder.path); }
              }
              server { listen unix:\(socket); location / { return 200 "$http_x_connection"; } }
            }
            """
        let file = certificate.folder.appendingPathComponent("nginx.conf")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: nginx)
        process.arguments = ["-p", certificate.folder.path, "-c", file.path]
        process.standardError = FileHandle.nullDevice
        try process.run()
        // Ready when it accepts; each refused attempt is a round trip on the loopback.
        for _ in 0..<20_000 where !LoopbackServer.accepts(port) {
            guard process.isRunning else { return nil }
            sched_yield()
        }
        return NginxServer(
            port: port, certificateFile: certificate.certificate, process: process, folder: certificate.folder)
    }

    func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}
