import Foundation
import NIOCore
import ProviderClient
import TestSupport
import Testing
import WireFormats

@Suite("credentials that end")
struct CredentialTests {
    private static let now: Int64 = 1_800_000_000_000_000

    private func answer(_ body: String, status: Int = 200) -> UpstreamAnswer {
        UpstreamAnswer(
            head: UpstreamHead(status: status, contentType: "application/json"), body: ByteBuffer(string: body),
            timings: UpstreamTimings(firstByteNanoseconds: 0, totalNanoseconds: 0, reusedConnection: false))
    }

    private var entra: EntraSource {
        EntraSource(
            tenant: "te nant", clientID: "id", clientSecret: "s&cret=", scope: "https://x/.default", tokenURL: nil)
    }

    @Test("a form is escaped, and goes to the tenant's address")
    func form() throws {
        let request = try entra.request(at: Self.now)
        #expect(request.endpoint.url == "https://login.microsoftonline.com/te%20nant/oauth2/v2.0/token")
        #expect(
            String(buffer: request.body)
                == "client_id=id&client_secret=s%26cret%3D&grant_type=client_credentials&scope=https%3A%2F%2Fx%2F.default"
        )
    }

    @Test("a token is good for as long as it says, as a number or as text")
    func tokens() throws {
        for seconds in ["3600", "\"3600\""] {
            let token = try entra.token(
                in: answer(#"{"access_token":"abc","expires_in":\#(seconds)}"#), at: Self.now)
            #expect(token == CredentialToken(text: "abc", expiresAt: Self.now + 3_600_000_000))
        }
    }

    @Test(
        "a life that nobody can mean is a day at the most, and a second at the least",
        arguments: [
            ("9223372036854775807", 86_400), ("-9223372036854775808", 1), ("0", 1), (#""9223372036854775807""#, 86_400),
        ])
    func lives(text: String, seconds: Int64) throws {
        let token = try entra.token(in: answer(#"{"access_token":"abc","expires_in":\#(text)}"#), at: Self.now)
        #expect(token.expiresAt == Self.now + seconds * 1_000_000)
    }

    @Test(
        "what is no token is an error that repeats no secret",
        arguments: [
            (401, #"{"error":"invalid_client","error_description":"secret s&cret= is wrong"}"#), (200, "{}"),
            (200, #"{"access_token":""}"#), (200, #"{"access_token":"a\r\nb"}"#), (500, "<html>"),
        ])
    func refusals(status: Int, body: String) {
        let error = #expect(throws: CredentialError.self) {
            try entra.token(in: answer(body, status: status), at: Self.now)
        }
        #expect(error?.description.contains("s&cret") == false)
    }

    @Test("an assertion of a service account is a signed JWT of an hour, and goes to the address of the file")
    func assertion() throws {
        let file = try JSONSerialization.data(withJSONObject: [
            "client_email": "r@p.iam.gserviceaccount.com", "private_key": Self.key,
            "token_uri": "https://oauth2.example.com/token",
        ])
        let source = try ServiceAccountSource(file: ByteBuffer(bytes: file))
        let request = try source.request(at: Self.now)
        #expect(request.endpoint.url == "https://oauth2.example.com/token")
        let body = String(buffer: request.body)
        #expect(body.hasPrefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="))
        let parts = try #require(body.split(separator: "=").last).split(separator: ".").map(String.init)
        #expect(parts.count == 3 && parts[2].utf8.count == 342)
        let claims = try JSONDocument(parsing: ByteBuffer(bytes: Self.decoded(parts[1])))
        #expect(claims.member("iss")?.string == "r@p.iam.gserviceaccount.com")
        #expect(claims.member("aud")?.string == "https://oauth2.example.com/token")
        #expect(claims.member("iat")?.int == 1_800_000_000 && claims.member("exp")?.int == 1_800_003_600)
    }

    @Test(
        "a file that is no account's is told without its content",
        arguments: ["{}", "[", #"{"client_email":"e","private_key":"k"}"#])
    func badFiles(text: String) {
        let error = #expect(throws: CredentialError.self) { try ServiceAccountSource(file: ByteBuffer(string: text)) }
        #expect(error?.description.hasPrefix("the file") == true)
    }

    @Test("without a token there is nothing to pay with; a source that fails is asked again later, not at once")
    func keeper() async {
        let keeper = CredentialKeeper(
            EntraSource(
                tenant: "t", clientID: "i", clientSecret: "s", scope: "x", tokenURL: "http://127.0.0.1:9/token"))
        #expect(keeper.token(at: Self.now) == nil)
        let transport = ProviderTransport()
        let wall: @Sendable () -> Int64 = { Self.now }
        #expect(await keeper.refresh(over: transport, wall: wall) { 0 } != nil)
        #expect(await keeper.refresh(over: transport, wall: wall) { 0 } == nil, "it is not due")
        #expect(await keeper.refresh(over: transport, wall: wall) { 1_000_000 } != nil)
        #expect(keeper.token(at: Self.now) == nil)
        await transport.shutdown()
    }

    @Test(
        "a token lasts as long as it says, however the wall clock is set meanwhile; it is exchanged five minutes before"
    )
    func clocks() async throws {
        let upstream = try RawUpstream { _ in .json(#"{"access_token":"abc","expires_in":3600}"#) }
        defer { upstream.stop() }
        let keeper = CredentialKeeper(
            EntraSource(
                tenant: "t", clientID: "i", clientSecret: "s", scope: "x",
                tokenURL: "http://127.0.0.1:\(upstream.port)/token"))
        let transport = ProviderTransport()
        let minute: Int64 = 60_000_000
        #expect(await keeper.refresh(over: transport, wall: { Self.now }, steady: { 0 }) == nil)
        #expect(keeper.token(at: 0) == "abc" && keeper.token(at: 60 * minute - 1) == "abc")
        #expect(keeper.token(at: 60 * minute) == nil)
        // A day ahead or behind by the wall is no reason to ask.
        for day in [-1, 1] as [Int64] {
            let wall: @Sendable () -> Int64 = { Self.now + day * 86_400_000_000 }
            #expect(await keeper.refresh(over: transport, wall: wall, steady: { 54 * minute }) == nil)
        }
        #expect(upstream.requests.count == 1)
        #expect(await keeper.refresh(over: transport, wall: { Self.now }, steady: { 55 * minute }) == nil)
        #expect(upstream.requests.count == 2 && keeper.token(at: 100 * minute) == "abc")
        await transport.shutdown()
    }

    @Test("a token that stays is good at all times, and nobody is asked for it")
    func staying() async {
        let keeper = CredentialKeeper(token: "fixed")
        let transport = ProviderTransport()
        #expect(await keeper.refresh(over: transport, wall: { 0 }, steady: { .max - 1 }) == nil)
        #expect(keeper.token(at: .max - 1) == "fixed")
        await transport.shutdown()
    }

    private static func decoded(_ text: String) -> [UInt8] {
        var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        while base64.utf8.count % 4 != 0 { base64 += "=" }
        return Array(Data(base64Encoded: base64) ?? Data())
    }

    /// Made for this test; it opens nothing.
    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCsJjPV2MxjWJ8m
        nYf/wELOTUIRjApd3KmSsYhJ2t4lNS0/lE+s1EmemXqyI4gmWCj2PTKE06BjoSQ9
        BYt21G9tzFjC1XgNK8Vqseig5S8xUOcVia9SraNOTr6EkBvjEk/sMLlU9y8Oljzb
        c9b+cg9WaRKF7lXq34DbXzuWbUhYST3nUBxaVfZPJMLrFkJq92lFKfMHTBX9owz4
        d2Xbo24b729xq6n938ehmp2Bm0wMyIJjksHFFh6kwcDMfALHgRtdu4x2onyxzKjX
        Ka8nhBc5ReYkPAugTIlWC1EeKNM6FkVANk+gfLgX3SG1z7KkCIaYK42c738c773h
        GHLxp8ovAgMBAAECggEAAWXWlaAUB6MNAg8eQXAVf1sNhmzzGlBKzVbXaJocyIOz
        4Vq1pujkFUiYUpf4scFMErTsN6lQ0ILa4S/3DYIZgYaWPw/k9TnZVPJPcNJwJqkT
        XiHUyQnKeKuXTLiK1f9REWN35KKUnDxs6u9BJTiflma/J1QahjSz0LjCzvW9D6S6
        5ydoE8X4o9IeVgSmkM2kjn4OBvjNxI5R9mKRBnUNg2NYyBmTUac8fZ45Q7GqI8MT
        KhoTteiTR5Z7B7a+TUobMxRwgStlzerJPwIhgzUYOKd5o2hefmmOlE+LVo4E4csC
        rpA2tVOKoBJB+N4zM73ISq9H5wQI+DflsZgyRor7UQKBgQDd1RlGujbYj1ql4IcE
        cuEnyxx78Y1bbMzo+Q6sOb0bHLl+jAJCPrmgSWk94vFLLHPnwC2i4gAY0s3T2N2d
        5vUqUiy1kBhbnRlAVopX04LWwCzDo23xqHsaNTk88k73frBklXOFFSy0XdAYhbNE
        VuGawbw5QgAZ8+5MPiQHsvTyVwKBgQDGqhWqp5bXnMmOk+DP/0WAtRFoS9gTdckK
        KVoG3iJENxUldn/U1yRMLq7aVUzS5nsxrdzKxlvk5CSPdgesRDUc8IQ/5N5UZ4FM
        SWR34N+lNQAdnH9j4jbOppGCSh/Q9sJb47cdX2onPNJkiBCTlBVhaES2a5i9fLUz
        ncjXVkjv6QKBgQCnxC4li1dHWMNZiAEUoD0f90BHjFs3tYUS/KjYH6KhCoxO5Fwg
        9Yc1bc+l+ig6jhfqQTFCamFgZK09dlnEvZLUuukNNzj0sE8UlV5zJYdiGlzAaK0R
        gjX3kCEFsst96dZFe7GuCGGS1xA2O4dkO8DLZZGQTBX/irfB+Y0ONY2CaQKBgEDz
        zP+tqWi3L0L5YFBA4sVw7c8OtQevw9oZqQCD0epBpB1KgALjkE+EF9D0gJiXmIGm
        mYCGl/bfDIEHEv0kk8Txchu9xV8NND3v5PQ4xoYqLO6Bgzjx9f9cgEh72akldGg8
        rFrjHj7T6OnLfrfxe4gMYiLOTPLu+gN1O/wDjvc5AoGBAJ0tcvC0g0eR6+uMMJ4I
        fuLmVmxJxig4yL8YbE9ZTD/TzJWsvnwa7UEk84hCQGRasB7nSVwbvZi7EhkoGX/N
        2TaIElF6N7z+JS+7RuBnWXU419oxgfzxvMkYYABgAJci0W0dMX5xoBzzwJUkS8Mj
        k94g0caSokYx93iULkfjkXDx
        -----END PRIVATE KEY-----
        """
}
