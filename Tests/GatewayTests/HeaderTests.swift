import Gateway
import HTTPTypes
import NIOCore
import Testing

@Suite("headers and ids")
struct HeaderTests {
    @Test("text with what a header cannot hold is percent-encoded, other text is as it was")
    func visible() {
        #expect(HeaderText.visible("gpt-4o:mini@x/y+z") == "gpt-4o:mini@x/y+z")
        #expect(HeaderText.visible("50%") == "50%")
        #expect(HeaderText.visible("a b\r\n%é") == "a%20b%0D%0A%25%C3%A9")
    }

    @Test("no value ends its line in an answer's head, and the rest stands as it is")
    func answerHead() {
        var head = AnswerHead(status: 200)
        head.field("a", "")
        head.field("b", "x y %")
        head.field("c", visible: "x y %")
        head.field("d", "x\r\ne: f\u{7F}é")
        head.field("g", String(repeating: "h", count: 5000))
        let bytes = head.finished()
        #expect(
            String(buffer: bytes)
                == "HTTP/1.1 200 OK\r\na: \r\nb: x y %\r\nc: x%20y%20%25\r\nd: x%0D%0Ae:%20f%7F%C3%A9\r\ng: "
                + String(repeating: "h", count: 5000) + "\r\n\r\n")
    }

    @Test("milliseconds have three decimals and are not negative")
    func milliseconds() {
        #expect(HeaderText.milliseconds(0) == "0.000")
        #expect(HeaderText.milliseconds(-5) == "0.000")
        #expect(HeaderText.milliseconds(1_234_567) == "1.234")
        #expect(HeaderText.milliseconds(12_000_999) == "12.000")
        #expect(HeaderText.milliseconds(7_050_000) == "7.050")
        #expect(HeaderText.milliseconds(.max) == "9223372036854.775")
    }

    @Test("dollars are exact, without zeros at the end")
    func usd() {
        #expect(HeaderText.usd(0) == "0")
        #expect(HeaderText.usd(1) == "0.000000001")
        #expect(HeaderText.usd(1_500_000_000) == "1.5")
        #expect(HeaderText.usd(-2_000_000_000) == "-2")
        #expect(HeaderText.usd(123_456_789_012) == "123.456789012")
        #expect(HeaderText.usd(10_000_000_000) == "10")
        #expect(HeaderText.usd(-50_000_000) == "-0.05")
        #expect(HeaderText.usd(.max) == "9223372036.854775807")
        #expect(HeaderText.usd(.min) == "-9223372036.854775808")
    }

    @Test("a request's id is the client's where it is 1 to 128 visible characters, else a new one")
    func requestID() {
        let longest = String(repeating: "a", count: 128)
        for good in ["x", "!~", longest] { #expect(RequestID.choose(good) == good) }
        for bad in ["", " ", "a b", "a\r\nb", "é", longest + "a"] {
            let chosen = RequestID.choose(bad)
            #expect(chosen != bad && chosen.hasPrefix("req_") && chosen.count <= 128)
        }
        #expect(RequestID.choose(nil) != RequestID.choose(nil))
    }

    @Test("loopback names, with and without a port, and nothing that only looks like one")
    func loopback() {
        for good in [
            nil, "", "localhost", "LocalHost:80", "app.localhost", "127.0.0.1", "127.255.0.9:8080", "[::1]",
            "[::1]:8080", "::1",
        ] {
            // An IPv6 address without brackets cannot be told from a name with a port: clients do not send it.
            guard good != "::1" else { continue }
            #expect(LoopbackHost.names(good), "\(good ?? "nil")")
        }
        for bad in [
            "example.com", "localhost.example.com", "127.0.0.1.example.com", "127.0.0", "127.0.0.256", "128.0.0.1",
            "0.0.0.0", "[::2]",
            "[::1", "notlocalhost", "127.0.0.1 ", "evil.com:localhost",
        ] {
            #expect(!LoopbackHost.names(bad), "\(bad)")
        }
    }
}

@Suite("error answers")
struct ErrorResponseTests {
    @Test("the body has all four fields, null where there is nothing")
    func body() {
        let text = String(decoding: GatewayError.invalidKey.body, as: UTF8.self)
        #expect(
            text
                == #"{"error":{"message":"The API key is unknown, expired or revoked.","type":"authentication_error","param":null,"code":"invalid_api_key"}}"#
        )
        let error = GatewayError.invalidValue("value", "it is \"bad\"\n")
        #expect(
            String(decoding: error.body, as: UTF8.self).contains(
                #""Invalid value for 'value': it is \"bad\"\n.","type":"invalid_request_error","param":"value","code":"invalid_value""#
            ))
    }

    @Test("headers follow the status")
    func head() {
        let head = ErrorResponse.head(.methodNotAllowed("GET, POST"), requestID: "r", closes: true)
        #expect(head.status.code == 405 && head.headerFields[HTTPField.Name("allow")!] == "GET, POST")
        #expect(head.headerFields[.connection] == "close" && head.headerFields[HTTPField.Name("x-request-id")!] == "r")
        let missing = ErrorResponse.head(.missingKey, requestID: "r")
        #expect(
            missing.headerFields[HTTPField.Name("www-authenticate")!] == "Bearer"
                && missing.headerFields[.connection] == nil)
        #expect(missing.headerFields[.contentLength] == "\(GatewayError.missingKey.body.count)")
        let store = ErrorResponse.head(.storeUnavailable(), requestID: "r")
        #expect(store.headerFields[HTTPField.Name("retry-after")!] == "1")
        for (status, type) in [
            (400, "invalid_request_error"), (401, "authentication_error"), (403, "permission_error"),
            (429, "rate_limit_error"), (503, "server_error"),
        ] {
            #expect(GatewayError(status, nil, "m").type == type)
        }
    }
}
