import NIOCore
import ProviderClient
import Testing

@Suite("Embeddings the router asks for")
struct EmbeddingsExchangeTests {
    private static func answer(_ body: String, status: Int = 200) -> UpstreamAnswer {
        UpstreamAnswer(
            head: UpstreamHead(status: status), body: ByteBuffer(string: body),
            timings: UpstreamTimings(firstByteNanoseconds: 1, totalNanoseconds: 2, reusedConnection: false))
    }

    @Test("the body is the model and the texts, escaped")
    func body() throws {
        let body = EmbeddingsExchange.body(texts: ["a \"quoted\"\n", "é"], model: "m/1")
        #expect(String(buffer: body) == #"{"model":"m/1","input":["a \"quoted\"\n","é"]}"#)
    }

    @Test("vectors come in the order of the texts, by their index where they have one")
    func order() throws {
        let swapped = Self.answer(
            #"{"object":"list","data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[1,2e0]}],"#
                + #""usage":{"prompt_tokens":7,"total_tokens":7}}"#)
        let read = try EmbeddingsExchange.read(swapped, count: 2).get()
        #expect(read.vectors == [[1, 2], [3, 4]] && read.usage?.promptTokens == 7)
        let plain = Self.answer(#"{"data":[{"embedding":[1]},{"embedding":[2]}]}"#)
        let second = try EmbeddingsExchange.read(plain, count: 2).get()
        #expect(second.vectors == [[1], [2]] && second.usage == nil)
    }

    @Test("numbers are read as the standard library reads them, to the last place of single precision")
    func numbers() throws {
        let texts = [
            "0", "-0", "1", "-1.5", "0.1", "123456789.125", "-0.0231415926535897932384626", "1e-7", "3.4e38",
            "1.401298464324817e-45", "1E+3", "0.00000000000000000000000000000001", "12345678901234567890123",
            "2.5e-30", "-9.999999999999999999e-3", "6.103515625e-05", "1e-400",
        ]
        let body = #"{"data":[{"embedding":[\#(texts.joined(separator: " , "))]}]}"#
        let vector = try #require(try EmbeddingsExchange.read(Self.answer(body), count: 1).get().vectors.first)
        for (text, number) in zip(texts, vector) {
            let expected = try #require(Float(text))
            #expect(abs(number - expected) <= expected.ulp, "\(text): \(number)")
        }
        #expect(vector.count == texts.count)
    }

    @Test(
        "anything but a vector for every text is a fault",
        arguments: [
            (#"{"data":[]}"#, "no data"), (#"{"data":[{"embedding":[1]}]}"#, "lacks embeddings"),
            (#"{"data":[{"embedding":[1]},{"embedding":[]}]}"#, "not a list"),
            (#"{"data":[{"embedding":[1]},{"embedding":"AACAPw=="}]}"#, "not a list"),
            (#"{"data":[{"embedding":[1]},{"embedding":[1,null]}]}"#, "not a list"),
            (#"{"data":[{"embedding":[1]},{"embedding":[1e99]}]}"#, "not a list"),
            (#"{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}"#, "other embeddings"),
            (#"{"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]}"#, "other embeddings"),
            (#"{"error":{"message":"the model is gone"}}"#, "the model is gone"), ("<html>", "not a JSON object"),
            ("", "empty body"),
        ])
    func faults(body: String, reason: String) {
        guard case .failure(let fault) = EmbeddingsExchange.read(Self.answer(body), count: 2) else {
            Issue.record("\(body) was taken")
            return
        }
        #expect(fault.message.contains(reason), "\(fault.message)")
    }

    @Test("a status is told with the provider's words")
    func status() {
        let refused = Self.answer(#"{"error":{"message":"slow down"}}"#, status: 429)
        guard case .failure(let fault) = EmbeddingsExchange.read(refused, count: 1) else {
            Issue.record("a 429 was taken")
            return
        }
        #expect(fault.status == 429 && fault.message == "slow down")
    }
}
