import Gateway
import NIOCore
import ProviderClient
import RoutingEngine
import Testing
import WireFormats

@Suite("reading feedback")
struct FeedbackReadingTests {
    private let reading = FeedbackReading(metrics: [
        FeedbackMetric(id: "ok", kind: .boolean), FeedbackMetric(id: "stars", kind: .scale(minimum: 1, maximum: 5)),
    ])
    private let id = "01890a5d-ac96-774b-bcce-b302099a8057"

    private func read(_ json: String, header: String? = nil) throws -> FeedbackSubmission {
        try reading.submission(JSONValue(parsing: ByteBuffer(string: json)), idempotencyKey: header)
    }

    private func refusal(_ json: String, header: String? = nil) -> String? {
        do {
            _ = try read(json, header: header)
            return nil
        } catch let error as GatewayError {
            return "\(error.status) \(error.code ?? "") \(error.param ?? "")"
        } catch {
            return "\(error)"
        }
    }

    @Test("defaults: the first metric, source user; a key in the body beats the header's")
    func defaults() throws {
        let plain = try read(#"{"decision_id":"\#(id)","value":true}"#, header: "h")
        #expect(plain.metric == "ok" && plain.source == .user && plain.value == .boolean(true))
        #expect(plain.idempotencyKey == "h" && plain.comment == nil && plain.observedAt == nil)
        let full = try read(
            #"{"completion_id":"c","metric":"stars","value":4.5,"source":"judge","comment":"x","idempotency_key":"b","observed_at":"1970-01-01T00:00:01Z"}"#,
            header: "h")
        #expect(full.target == .completion("c") && full.value == .number(4.5) && full.source == .judge)
        #expect(full.idempotencyKey == "b" && full.observedAt == 1_000_000)
        #expect(try read(#"{"decision_id":"\#(id)","value":null,"metric":null,"source":null}"#).value == .retraction)
    }

    @Test("what is wrong is named")
    func refusals() {
        for (json, expected) in [
            ("[]", "400 invalid_json "), (#"{"value":true}"#, "400 missing_required_parameter decision_id"),
            (#"{"decision_id":"\#(id)"}"#, "400 missing_required_parameter value"),
            (#"{"decision_id":"nope","value":true}"#, "404 decision_not_found decision_id"),
            (#"{"decision_id":7,"value":true}"#, "400 invalid_value decision_id"),
            (#"{"decision_id":"\#(id)","completion_id":"c","value":true}"#, "400 invalid_value completion_id"),
            (#"{"completion_id":"","value":true}"#, "400 invalid_value completion_id"),
            (#"{"decision_id":"\#(id)","value":1}"#, "400 invalid_value value"),
            (#"{"decision_id":"\#(id)","value":0.5,"metric":"stars"}"#, "400 invalid_value value"),
            (#"{"decision_id":"\#(id)","value":1e999,"metric":"stars"}"#, "400 invalid_value value"),
            (#"{"decision_id":"\#(id)","value":true,"metric":"x"}"#, "400 unknown_metric metric"),
            (#"{"decision_id":"\#(id)","value":true,"extra":1}"#, "400 unknown_parameter extra"),
            (#"{"decision_id":"\#(id)","value":true,"idempotency_key":""}"#, "400 invalid_value idempotency_key"),
        ] {
            #expect(refusal(json) == expected, "\(json)")
        }
        let long = String(repeating: "é", count: 256)
        #expect(refusal(#"{"decision_id":"\#(id)","value":true}"#, header: long) == "400 invalid_value idempotency_key")
        #expect(refusal(#"{"decision_id":"\#(id)","value":true}"#, header: String(long.dropLast())) == nil)
    }

    @Test("a batch is an array or lines; a bad line is an item of its own, a bad array is none")
    func batches() throws {
        func items(_ text: String, isLines: Bool) throws -> [Bool] {
            try reading.items(ByteBuffer(string: text), isLines: isLines).map {
                if case .success = $0 { true } else { false }
            }
        }
        #expect(try items(#"[{},1,"x"]"#, isLines: false) == [true, true, true])
        #expect(try items("{}\n\n  \nno\r\n{}", isLines: true) == [true, false, true])
        #expect(try items("", isLines: true) == [])
        for bad in ["{}", "", "[1,", "7"] { #expect(throws: GatewayError.self) { try items(bad, isLines: false) } }
        let most = Array(repeating: "1", count: FeedbackReading.maxItems)
        #expect(try items("[\(most.joined(separator: ","))]", isLines: false).count == 10_000)
        #expect(throws: GatewayError.self) { try items("[\(most.joined(separator: ",")),1]", isLines: false) }
        #expect(throws: GatewayError.self) { try items((most + ["1"]).joined(separator: "\n"), isLines: true) }
    }
}
