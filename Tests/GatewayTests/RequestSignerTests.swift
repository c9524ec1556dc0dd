import Dialects
import Foundation
import Gateway
import NIOCore
import ProviderClient
import Testing

@Suite("signed requests")
struct RequestSignerTests {
    private static let credentials = RequestSignature.Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: "tok")

    @Test("what is signed is the address and the body that are sent, at the time of the wall clock")
    func lines() {
        let body = ByteBuffer(string: #"{"a":1}"#)
        let signer = RequestSigner(region: "eu-west-1", Self.credentials)
        // 2026-11-30T12:34:56.789Z
        let lines = signer.lines(
            url: "https://h.example:8443/model/us.x%3A0/converse?b=2&a=1", body: body, at: 1_796_042_096_789_000)
        let expected = RequestSignature(region: "eu-west-1").headers(
            host: "h.example:8443", path: "/model/us.x%3A0/converse", query: "b=2&a=1",
            contentType: "application/json", body: body, time: "20261130T123456Z", Self.credentials)
        #expect(lines == expected.map { "\($0.name): \($0.value)" })
        #expect(lines.contains("x-amz-date: 20261130T123456Z") && lines.contains("x-amz-security-token: tok"))
    }

    @Test("a profile is read from the file of Amazon's tools; what is wrong with it is told without its keys")
    func profiles() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "credentials-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let text = """
            # comment
            [default]
            aws_access_key_id = A1
            aws_secret_access_key = S1/+=

            [ work ]
            aws_access_key_id=A2
            aws_secret_access_key=S2
            aws_session_token=T2
            [half]
            aws_access_key_id = A3
            """
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let usual = try RequestSigner.profile("default", in: file)
        #expect(usual.accessKeyID == "A1" && usual.secretAccessKey == "S1/+=" && usual.sessionToken == nil)
        let work = try RequestSigner.profile("work", in: file)
        #expect(work.accessKeyID == "A2" && work.secretAccessKey == "S2" && work.sessionToken == "T2")
        for name in ["half", "none"] {
            let error = #expect(throws: CredentialError.self) { try RequestSigner.profile(name, in: file) }
            #expect(error?.description == "\(file) has no profile '\(name)' with an access key")
        }
        let error = #expect(throws: CredentialError.self) { try RequestSigner.profile("x", in: file + ".no") }
        #expect(error?.description == "\(file).no cannot be read")
    }
}
