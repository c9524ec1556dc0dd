import Foundation
import SimulatedProvider
import TestSupport
import Testing

extension EndToEnd {
    @Suite("TLS")
    struct EncryptionTests {
        private static func run(_ program: String, _ arguments: [String]) async throws -> (
            status: Int32, output: String, errors: String
        ) {
            let process = try RouterProcess(arguments, program: program)
            let status = await process.exitStatus()
            return (status, process.output.text, process.errors.text)
        }

        /// A certificate for 127.0.0.1 of its own signature.
        private static func makeCertificate(_ folder: TemporaryFolder, name: String) async throws {
            let result = try await run(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                    folder("key.pem"), "-out", folder("certificate.pem"), "-days", "2", "-subj", "/CN=\(name)",
                    "-addext",
                    "subjectAltName=IP:127.0.0.1",
                ])
            #expect(result.status == 0, "\(result.errors)")
        }

        private static let isPossible = ["/usr/bin/openssl", "/usr/bin/curl"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: $0)
        }

        @Test(
            "serves HTTPS: whole answers, streams, the framework's endpoints; 1.2 at least; a new certificate on SIGHUP, and none that does not fit"
        )
        func serving() async throws {
            guard Self.isPossible else {
                print("skipped: no openssl and curl here")
                return
            }
            let folder = try TemporaryFolder()
            try await Self.makeCertificate(folder, name: "first")
            let provider = makeProvider()
            let upstream = try await provider.start()
            let file = RouterFile(
                server: "tls: { certificate: \"\(folder("certificate.pem"))\", private_key: \"\(folder("key.pem"))\" }")
            try folder.write(file.text(folder: folder.path, upstream: upstream), to: "router.yaml")
            let router = try RouterProcess(["serve", "--config", folder("router.yaml")])
            defer { router.signal(SIGKILL) }
            let listening = try await router.errors.line(containing: "Listening.")
            let line = try #require(listening)
            let start = try #require(line.firstRange(of: "https://127.0.0.1:"), "\(line)")
            let port = try #require(Int(line[start.upperBound...].prefix { $0.isNumber }))
            let url = "https://127.0.0.1:\(port)"
            func curl(_ arguments: [String]) async throws -> (status: Int32, output: String, errors: String) {
                try await Self.run(
                    "/usr/bin/curl",
                    ["--silent", "--show-error", "--max-time", "20", "--cacert", folder("certificate.pem")] + arguments)
            }
            for streams in [false, true] {
                let result = try await curl([
                    "--data", World.body(#""stream":\#(streams)"#), "--header", "Content-Type: application/json",
                    url + "/v1/chat/completions",
                ])
                #expect(result.status == 0 && result.output.contains("m-a"), "\(result)")
                if streams { #expect(result.output.hasSuffix("data: [DONE]\n\n")) }
            }
            let ready = try await curl(["--http2", "--write-out", "%{http_version}", url + "/health/ready"])
            #expect(ready.output.hasSuffix("}1.1") && ready.output.contains("ready"), "\(ready)")
            let found1 = try await curl(["--tls-max", "1.2", url + "/health/live"]).status
            #expect(found1 == 0)
            let outdated = try await curl(["--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0", url + "/health/live"])
            #expect(outdated.status != 0)
            // Plain HTTP on the port is no HTTP at all.
            let plain = try HTTPConnection(port: port, patience: 10)
            try plain.send(HTTPCall("GET", "/health/live"))
            let unencrypted = try? await blocking { try plain.readAnswer().status }
            #expect(unencrypted == nil)
            plain.close()

            // Half a pair is refused, and the old certificate stays.
            let certificate = try String(contentsOfFile: folder("certificate.pem"), encoding: .utf8)
            try await Self.makeCertificate(folder, name: "second")
            let other = try String(contentsOfFile: folder("certificate.pem"), encoding: .utf8)
            try folder.write(certificate, to: "certificate.pem")
            router.signal(SIGHUP)
            let refused = try await router.errors.line(containing: "not reloaded")
            #expect(refused?.contains("do not fit each other") == true, "\(refused ?? "nil")")
            let found2 = try await curl([url + "/health/live"]).status
            #expect(found2 == 0)
            try folder.write(other, to: "certificate.pem")
            router.signal(SIGHUP)
            let found3 = try await router.errors.line(containing: "Configuration reloaded.")
            #expect(found3 != nil)
            let renewed = try await curl(["--verbose", url + "/health/live"])
            #expect(renewed.status == 0 && renewed.errors.contains("CN=second"), "\(renewed.errors)")
            router.signal(SIGTERM)
            #expect(await router.exitStatus() == 0)
            await provider.stop()
        }

        @Test("files that cannot be used: exit 3 with a line that names them and shows nothing of them")
        func unusable() async throws {
            let folder = try TemporaryFolder()
            try folder.write("-----BEGIN PRIVATE KEY-----\nnot-a-key-zebra\n-----END PRIVATE KEY-----\n", to: "key.pem")
            for certificate in ["none.pem", "key.pem"] {
                let file = RouterFile(
                    server: "tls: { certificate: \"\(folder(certificate))\", private_key: \"\(folder("key.pem"))\" }")
                try folder.write(file.text(folder: folder.path, upstream: 9), to: "router.yaml")
                let result = try await RouterProgram.run(["serve", "--config", folder("router.yaml")])
                #expect(result.status == 3 && result.errors.contains(folder(certificate)), "\(result.errors)")
                #expect(!result.errors.contains("zebra"))
            }
        }
    }
}
