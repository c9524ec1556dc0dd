import Dialects
import NIOCore
import Testing
import WireFormats

@Suite("sealed values")
struct SealTests {
    @Test(
        "a value travels with its realm and comes back",
        arguments: ["a/claude.5", "ü%.b", "", "prov:iders/models.1-x"])
    func travels(realm: String) throws {
        let seal = Seal(.signature, "EqQB/+=", realm: realm)
        #expect(Seal(travelled: seal.travelling) == seal)
        #expect(seal.travelling.hasPrefix("br1."))
        #expect(seal.travelling.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") })
    }

    @Test("what is no value of ours is none", arguments: ["", "br1.", "br1.x", "br1.x.!!", "br1.x.", "EqQB"])
    func stranger(text: String) { #expect(Seal(travelled: text) == nil) }

    static let looped = #"""
        {"max_output_tokens":9000,"reasoning":{"effort":"low"},"input":[{"role":"user","content":"a"},
        {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"VALUE"},
        {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
        {"type":"function_call_output","call_id":"c1","output":"r"}],"tools":[{"type":"function","name":"f","parameters":null}]}
        """#

    @Test("own thinking is restored where it was, foreign is removed and counted, and thinking is off without it")
    func realms() throws {
        let seal = Seal(.signature, "SIG", realm: "a/claude-opus-5")
        let own = try Conversation(document(Self.looped.replacing("VALUE", with: seal.travelling)), in: .responses)
        let mine = try own.written(in: .messages, for: ArmSettings(model: "claude-opus-5", realm: "a/claude-opus-5"))
        #expect(String(buffer: mine.body).contains(#"{"type":"thinking","thinking":"hm","signature":"SIG"}"#))
        #expect(String(buffer: mine.body).contains("adaptive"))
        #expect(mine.adjusted.all.isEmpty)
        let other = try own.written(in: .messages, for: ArmSettings(model: "claude-opus-5", realm: "b/other"))
        #expect(!String(buffer: other.body).contains("thinking"))
        #expect(other.adjusted.all == ["reasoning_effort", "sealed:1"])
        // A provider's own value, of which nobody knows whose it is, is no signature.
        let unknown = try Conversation(document(Self.looped), in: .responses)
            .written(in: .messages, for: ArmSettings(model: "claude-opus-5", realm: "a/claude-opus-5"))
        #expect(!String(buffer: unknown.body).contains("VALUE"))
    }

    @Test("a client that drops what was sealed gets it back by the call's id, of the same realm only")
    func memory() throws {
        let table = SealTable()
        let seal = Seal(.signature, "SIG", realm: "r")
        table.remember([Reasoning(text: EscapedText("hm"), seal: seal)], before: "c1", of: "r")
        let asked = try document(
            #"{"reasoning_effort":"low","max_tokens":9000,"messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[{"id":"c1","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"r"}]}"#
        )
        let conversation = try Conversation(asked, in: .chat)
        for (realm, isBack) in [("r", true), ("q", false)] {
            let body = try conversation.written(
                in: .converse, for: ArmSettings(model: "claude-opus-5", realm: realm), seals: table
            ).body
            #expect(String(buffer: body).contains(#""signature":"SIG""#) == isBack)
        }
    }

    @Test("digests are bounded, and the oldest go")
    func bound() {
        let table = SealTable(maxValues: 2)
        for value in ["a", "b", "c"] { table.remember(value, of: "r") }
        #expect(table.realm(of: "a") == nil)
        #expect(table.realm(of: "b") == "r")
        #expect(table.realm(of: "c") == "r")
    }

    @Test("a call for Gemini 3 without its own signature gets the documented word, the first of its step only")
    func skipped() throws {
        let body = try RequestPairTests.written("parallel", .chat, .gemini).body
        #expect(String(buffer: body).split(separator: "skip_thought_signature_validator").count == 2)
    }
}
