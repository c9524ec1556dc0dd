import Foundation

/// `openssl s_server -www` behind a certificate of its own making.
struct TLSServer {
    let port: Int
    let certificateFile: String
    private let process: Process
    private let folder: URL

    /// A self-signed certificate for 127.0.0.1, its key, and the folder of both; `nil` where there is no openssl command.
    static func makeCertificate() throws -> (folder: URL, certificate: String, key: String)? {
        guard let openssl else { return nil }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("provider-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let key = folder.appendingPathComponent("key.pem").path
        let certificate = folder.appendingPathComponent("certificate.pem").path
        let make = Process()
        make.executableURL = URL(fileURLWithPath: openssl)
        make.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
            "-out",
            certificate, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
        ]
        make.standardError = FileHandle.nullDevice
        try make.run()
        make.waitUntilExit()
        return make.terminationStatus == 0 ? (folder, certificate, key) : nil
    }

    private static var openssl: String? {
        ["/usr/bin/openssl", "/usr/local/bin/openssl"].first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    /// `nil` where there is no openssl command.
    static func start() throws -> TLSServer? {
        guard let openssl, let (folder, certificate, key) = try makeCertificate() else { return nil }
        let serve = Process()
        serve.executableURL = URL(fileURLWithPath: openssl)
        // Port 0: the system chooses, and s_server prints what it chose.
        serve.arguments = ["s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www"]
        let output = Pipe()
        serve.standardOutput = output
        serve.standardError = FileHandle.nullDevice
        serve.standardInput = Pipe()
        try serve.run()
        var text = ""
        while true {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { return nil }
            text += String(decoding: data, as: UTF8.self)
            let line = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().first {
                $0.hasPrefix("ACCEPT")
            }
            if let line, let port = line.split(separator: ":").last.flatMap({ Int($0) }) {
                return TLSServer(port: port, certificateFile: certificate, process: serve, folder: folder)
            }
        }
    }

    func stop() {
        // The child may have inherited a mask that blocks the gentler signal.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}
