import Dialects
import NIOCore
import Testing

@Suite("AWS's frames and signatures")
struct CarrierTests {
    static let frame = """
        0000007a00000051ca2c46650b3a6576656e742d7479706507000b6d65737361676553746f700d3a636f6e74656e742d747970650700106170\
        706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b2273746f70526561736f6e223a22656e645f7475\
        726e227d5fbf09fc
        """

    static var bytes: [UInt8] {
        let digits = Array(frame.utf8)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
    }

    @Test("a frame as botocore reads it, split at every byte")
    func split() throws {
        let bytes = Self.bytes
        #expect(bytes.count == 122)
        for cut in 0...bytes.count {
            var decoder = EventStreamDecoder()
            decoder.append(ByteBuffer(bytes: bytes[..<cut]))
            var frame = try decoder.next()
            #expect((frame != nil) == (cut == bytes.count))
            decoder.append(ByteBuffer(bytes: bytes[cut...] + bytes))
            frame = try frame ?? decoder.next()
            #expect(frame?.headers[":event-type"] == "messageStop")
            #expect(frame.map { String(buffer: $0.payload) } == #"{"stopReason":"end_turn"}"#)
            #expect(try decoder.next() != nil)
            #expect(!decoder.hasIncompleteFrame)
        }
    }

    @Test("a frame with any byte changed is refused, or waits for what never comes")
    func corrupted() {
        for at in Self.bytes.indices {
            var bytes = Self.bytes
            bytes[at] ^= 0x20
            var decoder = EventStreamDecoder()
            decoder.append(ByteBuffer(bytes: bytes))
            #expect(throws: EventStreamError.self) { try decoder.next() }
        }
    }

    @Test("what is encoded is decoded, and reads as a frame of the web")
    func encoded() throws {
        let frame = EventStreamFrame(
            headers: [":event-type": "x", ":message-type": "event"], payload: ByteBuffer(string: "{\n\"a\":1}"))
        var decoder = EventStreamDecoder()
        decoder.append(frame.encoded)
        #expect(try decoder.next() == frame)
        #expect(String(buffer: frame.serverSentEvent) == "event: x\ndata: {\ndata: \"a\":1}\n\n")
    }

    @Test(
        "signatures agree with botocore's",
        arguments: [
            (
                nil, "719b41be9d8ebc792ad260bd463971d470ff14ec5049e651b474dccc944fb716",
                "31f1323605aceb46f200ce513eed118ff412e834d5fc8f79943d35058a2fd515"
            ),
            (
                "TOKENEXAMPLE==", "b16d9c80ca4204a1ba6483e17e6e880abe102c14a0b5a3962204a5d753a1896c",
                "a79e797381caa24014120d4772c5b8f3f9549ea5127241c95591e086c9f592a2"
            ),
        ])
    func signature(token: String?, canonical: String, expected: String) {
        let signer = RequestSignature(region: "us-east-1")
        let headers = signer.headers(
            host: "bedrock-runtime.us-east-1.amazonaws.com",
            path: "/model/anthropic.claude-opus-5-v1%3A0/converse-stream", contentType: "application/json",
            body: ByteBuffer(string: #"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#),
            time: "20261130T120000Z",
            .init(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                sessionToken: token))
        #expect(headers.last?.value.hasSuffix("Signature=\(expected)") ?? false)
        #expect(headers.contains { $0.name == "x-amz-security-token" } == (token != nil))
    }
}
