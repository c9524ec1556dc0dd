import Dialects
import NIOCore
import Testing
import WireFormats

/// What an arm of another dialect sealed does not reach a provider that would refuse it.
@Suite("sealed values in a client's own dialect")
struct NativeSealTests {
    private func settled(_ text: String, _ shape: InboundShape, realm: String = "a/m") throws -> (String, Int)? {
        try NativeSeals.settled(document(text), in: shape, realm: realm).map { (String(buffer: $0.body), $0.removed) }
    }

    @Test("a body without any is not touched")
    func untouched() throws {
        for shape in InboundShape.allCases {
            #expect(
                try settled(#"{"messages":[{"role":"user","content":"br1. is a text"}],"input":"x"}"#, shape) == nil)
        }
    }

    @Test("messages: the arm's own come back as they were, others go with their block, and so does what nobody signed")
    func messages() throws {
        let own = Seal(.signature, "SIG==", realm: "a/m").travelling
        let foreign = Seal(.thought, "G", realm: "g/x").travelling
        let redacted = Seal(.redacted, "R", realm: "a/m").travelling
        func body(_ blocks: String) -> String {
            #"{"model":"m","n":1.50,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[\#(blocks)]}]}"#
        }
        let text = #"{"type":"text","text":"t"}"#
        let thinking = { (signature: String) in #"{"type":"thinking","thinking":"x","signature":"\#(signature)"}"# }
        let all = try #require(
            try settled(
                body(
                    [
                        thinking(own), thinking(foreign), thinking(""), thinking("PROVIDERS"),
                        #"{"type":"redacted_thinking","data":"\#(redacted)"}"#, text,
                    ].joined(separator: ",")), .messages))
        #expect(all.1 == 2)
        #expect(
            all.0
                == body(
                    [
                        thinking("SIG=="), thinking("PROVIDERS"), #"{"type":"redacted_thinking","data":"R"}"#, text,
                    ].joined(separator: ",")))
        // A turn is never left without content.
        let alone = try #require(try settled(body(thinking(foreign)), .messages))
        #expect(alone.0 == body(#"{"type":"text","text":"."}"#) && alone.1 == 1)
    }

    @Test("responses: an item of another realm goes, the arm's own has its id again")
    func responses() throws {
        let own = Seal(.encrypted, "rs_1\nENC", realm: "a/m").travelling
        let foreign = Seal(.encrypted, "rs_2\nENC", realm: "b/m").travelling
        let item = { (id: String, sealed: String) in
            #"{"type":"reasoning","id":"\#(id)","summary":[],"encrypted_content":"\#(sealed)"}"#
        }
        let call = #"{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}"#
        let found = try #require(
            try settled(#"{"input":[\#(item("x", own)),\#(item("y", foreign)),\#(call)]}"#, .responses))
        #expect(found.0 == #"{"input":[\#(item("rs_1", "ENC")),\#(call)]}"# && found.1 == 1)
    }

    @Test("chat: what travelled in members of ours goes, a signature of the arm's own comes back")
    func chat() throws {
        let own = Seal(.thought, "T", realm: "a/m").travelling
        let foreign = Seal(.signature, "S", realm: "b/m").travelling
        let call = { (extra: String) in
            #"{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}\#(extra)}"#
        }
        let extra = { (value: String) in #","extra_content":{"google":{"thought_signature":"\#(value)"}}"# }
        let details = #""reasoning_details":[{"type":"reasoning.encrypted","data":"\#(foreign)"}]"#
        let found = try #require(
            try settled(
                #"{"messages":[{"role":"assistant","content":null,\#(details),"tool_calls":[\#(call(extra(own))),\#(call(extra(foreign)))]}]}"#,
                .chat))
        #expect(
            found.0
                == #"{"messages":[{"role":"assistant","content":null,"tool_calls":[\#(call(extra("T"))),\#(call(""))]}]}"#
        )
        #expect(found.1 == 2)
    }
}
