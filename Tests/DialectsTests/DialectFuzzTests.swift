import BanditCore
import Dialects
import Foundation
import NIOCore
import ProviderClient
import TestSupport
import Testing
import WireFormats

/// Conversations and answers at random, from a seed; `BANDIT_ROUTER_FUZZ_CASES` says how many.
@Suite("dialects: at random")
struct DialectFuzzTests {
    private var random = Xoshiro256StarStar(seed: 18)

    private mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
    private mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }

    private static let words = [
        "a", "Hello", "\"", "\\", "\n", "é", "😀", "{}", " ", "\u{0}", "</x>", "data: [DONE]", "0", "\u{2028}", "",
    ]

    private mutating func text() -> String { (0...below(4)).map { _ in Self.words[below(Self.words.count)] }.joined() }

    private mutating func quoted() -> String { JSONString.quoted(text()) }

    /// A chat with calls, answers that lack, come twice or come in another order, and strange names.
    private mutating func chat() -> String {
        var messages: [String] = []
        var number = 0
        for _ in 0...below(6) {
            switch below(5) {
            // Not empty: an instruction that says nothing is not sent, and what stood around it becomes one turn.
            case 0: messages.append(#"{"role":"system","content":\#(JSONString.quoted("x" + text()))}"#)
            case 1, 2: messages.append(#"{"role":"user","content":\#(quoted())}"#)
            case 3: messages.append(#"{"role":"assistant","content":\#(quoted())}"#)
            default:
                let ids = (0...below(3)).map { _ -> String in
                    number += 1
                    return "call_\(number)"
                }
                let calls = ids.map { id in
                    let arguments = chance(0.2) ? quoted() : JSONString.quoted(#"{"q":\#(quoted())}"#)
                    return
                        #"{"id":"\#(id)","type":"function","function":{"name":"f\#(below(3))","arguments":\#(arguments)}}"#
                }
                messages.append(
                    #"{"role":"assistant","content":null,"tool_calls":[\#(calls.joined(separator: ","))]}"#)
                for id in ids.shuffled(using: &random) where chance(0.9) {
                    messages.append(#"{"role":"tool","tool_call_id":"\#(id)","content":\#(quoted())}"#)
                }
            }
        }
        messages.append(#"{"role":"user","content":\#(JSONString.quoted("x" + text()))}"#)
        return #"{"model":"r","messages":[\#(messages.joined(separator: ","))]}"#
    }

    @Test("conversations are well-formed in every dialect, and say the same when they are read back")
    mutating func conversations() throws {
        for number in 0..<fuzzCases / 20 {
            let body = chat()
            var original = try Conversation(document(body), in: .chat)
            original.answerCalls()
            for outbound in OutboundShape.allCases {
                let settings = try #require(RequestPairTests.settings[outbound])
                let written = try original.written(in: outbound, for: settings)
                let parsed = try JSONDocument(parsing: written.body)
                guard let back = outbound.inbound else { continue }
                let again = try Conversation(parsed, in: back)
                guard outbound != .messages else {
                    #expect(Self.calls(again) == Self.calls(original), "\(number): \(body)")
                    continue
                }
                #expect(Gist.of(again) == Gist.of(original), "\(number) \(outbound): \(body)")
                if Gist.of(again) != Gist.of(original) { return }
            }
        }
    }

    /// A call's arguments as they reach a client: what is no object is an empty one where an object has to stand.
    private static func said(_ call: WholeAnswer.Call) -> String {
        let object = try? JSONDocument(parsing: ByteBuffer(string: call.text.string))
        var members: [String] = []
        object?.root.forEachMember { name, value in
            members.append("\(name): \(String(buffer: value.rawBytes))")
            return true
        }
        return "\(call.head.id) {\(members.joined(separator: ", "))}"
    }

    private static func calls(_ conversation: Conversation) -> [String] {
        conversation.turns.flatMap(\.calls).map { "\($0.id) \($0.name) \(String(buffer: $0.argumentsObject()))" }
    }

    /// An answer in some order that providers keep: what has begun goes on, calls may interleave.
    private mutating func answer() -> [AnswerEvent] {
        var events: [AnswerEvent] = [.begin(id: "x", model: "m")]
        var calls: [Int] = []
        var ended: Set<Int> = []
        for _ in 0...below(12) {
            switch below(7) {
            case 0, 1: events.append(.text(EscapedText("t" + text())))
            case 2: events.append(.reasoning(EscapedText("r" + text())))
            case 3 where chance(0.5): events.append(.seal(Seal(.signature, text(), realm: "r")))
            case 4:
                events.append(.call(index: calls.count, ToolCallHead(id: "c\(calls.count)", name: "f", seal: nil)))
                calls.append(calls.count)
            case 5:
                if let call = calls.filter({ !ended.contains($0) }).randomElement(using: &random) {
                    events.append(.arguments(index: call, EscapedText(text())))
                }
            case 6:
                if let call = calls.randomElement(using: &random), ended.insert(call).inserted {
                    events.append(.callEnd(index: call))
                }
            default: events.append(.usage(TokenUsage(promptTokens: below(9), completionTokens: below(9))))
            }
        }
        if chance(0.8) { events.append(.stop([.end, .length, .refusal, .toolCalls][below(4)])) }
        return events
    }

    /// Whether a whole answer told as a stream is well-formed, and whole again what it was.
    private func isSame(_ whole: WholeAnswer, asEventsIn shape: InboundShape, _ number: Int) throws -> Bool {
        let body = try JSONDocument(parsing: shape.body(of: whole, AnswerPairTests.context))
        var parser = ServerSentEventParser()
        parser.append(try #require(shape.events(of: body)))
        var order = StreamOrder(shape)
        var events: [JSONDocument] = []
        while let frame = try parser.next() {
            let json = try JSONDocument(parsing: #require(frame.data))
            order.check(json, named: frame.event.map { String(buffer: $0) })
            events.append(json)
        }
        let again = try #require(shape.whole(ofEvents: events))
        let isSame = try Self.value(again) == Self.value(body.text)
        #expect(order.faults.isEmpty && isSame, "\(number) \(shape): \(order.faults) \(String(buffer: again))")
        return order.faults.isEmpty && isSame
    }

    private static func value(_ json: ByteBuffer) throws -> NSDictionary {
        try #require(JSONSerialization.jsonObject(with: Data(json.readableBytesView)) as? NSDictionary)
    }

    @Test("answers are well-formed streams in every dialect, and their calls are whole")
    mutating func answers() throws {
        for number in 0..<fuzzCases / 20 {
            let events = answer()
            let whole = WholeAnswer(events)
            for shape in InboundShape.allCases {
                _ = try JSONDocument(parsing: shape.body(of: whole, AnswerPairTests.context))
                var parser = ServerSentEventParser()
                parser.append(AnswerPairTests.stream(events, to: shape))
                var reader = shape.own.reader(realm: "p/m")
                var again: [AnswerEvent] = []
                var order = StreamOrder(shape)
                while let frame = try parser.next() {
                    guard let data = frame.data else { continue }
                    guard let json = try? JSONDocument(parsing: data) else {
                        #expect(String(buffer: data) == "[DONE]")
                        continue
                    }
                    order.check(json, named: frame.event.map { String(buffer: $0) })
                    try reader.read(frame: json, named: frame.event.map { String(buffer: $0) }, into: &again)
                }
                #expect(order.faults.isEmpty, "\(number) \(shape): \(order.faults)")
                let said = whole.calls.map(Self.said)
                let heard = WholeAnswer(again).calls.map(Self.said)
                #expect(heard == said, "\(number) \(shape)")
                if !order.faults.isEmpty || heard != said { return }
                guard try shape == .chat || isSame(whole, asEventsIn: shape, number) else { return }
            }
        }
    }
}

/// What clients rely on in the order of a stream's events.
struct StreamOrder {
    private let shape: InboundShape
    private(set) var faults: [String] = []
    private var open: Int?
    private var nextBlock = 0
    private var nextNumber = 0
    private var items: Set<Int> = []
    private var isOver = false

    init(_ shape: InboundShape) { self.shape = shape }

    mutating func check(_ event: JSONDocument, named name: String?) {
        if isOver { faults.append("goes on after its end") }
        guard shape != .chat else { return }
        let type = event.member("type")?.string ?? ""
        if type != name { faults.append("\(type) is named \(name ?? "nothing")") }
        if shape == .messages { checkMessages(type, event.member("index")?.int) } else { checkResponses(type, event) }
    }

    private mutating func checkMessages(_ type: String, _ index: Int?) {
        switch type {
        case "content_block_start":
            if open != nil || index != nextBlock { faults.append("block \(index ?? -1) begins while one is open") }
            open = index
            nextBlock += 1
        case "content_block_delta": if index != open { faults.append("a piece of a block that is not open") }
        case "content_block_stop":
            if index != open { faults.append("a block ends that is not open") }
            open = nil
        case "message_delta": if open != nil { faults.append("the message ends within a block") }
        case "message_stop": isOver = true
        default: break
        }
    }

    private mutating func checkResponses(_ type: String, _ event: JSONDocument) {
        if event.member("sequence_number")?.int != nextNumber { faults.append("a gap before \(type)") }
        nextNumber += 1
        let item = event.member("output_index")?.int
        switch type {
        case "response.output_item.added": if let item { items.insert(item) }
        case "response.output_item.done":
            if let item, items.remove(item) == nil { faults.append("an item is done that was not added") }
        case "response.completed", "response.incomplete":
            if !items.isEmpty { faults.append("items are not done") }
            isOver = true
        default: if let item, !items.contains(item) { faults.append("\(type) of an item that is not there") }
        }
    }
}
