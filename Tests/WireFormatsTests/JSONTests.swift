import BanditCore
import Foundation
import NIOCore
import TestSupport
import Testing
import WireFormats

@Suite("JSON: checking and reading")
struct JSONTests {
    private func error(_ text: String) -> JSONError? { error(Array(text.utf8)) }

    private func error(_ bytes: [UInt8]) -> JSONError? {
        do throws(JSONError) {
            _ = try JSONDocument(parsing: ByteBuffer(bytes: bytes))
            return nil
        } catch { return error }
    }

    @Test(
        "well-formed texts are taken",
        arguments: [
            "{}", "[]", " { } ", "\t\r\n[ ]\n", "null", "true", "false", "0", "-0", "-0.0", "1", "12.50", "1e5", "1E+5",
            "1e-05",
            "123456789012345678901234567890", "\"\"", #""\u0000\uD83D\uDE00\ud83d""#, #""\"\\\/\b\f\n\r\t""#,
            #"{"a":{"b":[1,2,{"c":null}]},"":[[],[[]]],"a":1}"#, "\"\u{7F}\"", "\"é — 漢字 — 😀 \u{10FFFF}\"",
            #"[1 , 2 ,3]"#,
            #"{"a" : 1 , "b" : 2}"#, "[\"12345678\\n\"]",
        ])
    func wellFormed(text: String) throws {
        #expect(error(text) == nil)
        let value = try JSONValue(parsing: ByteBuffer(string: text))
        #expect(String(buffer: value.rawBytes) == text.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    @Test(
        "malformed texts are refused, with the reason and the place",
        arguments: [
            ("", JSONError.Reason.unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("{", .unexpectedEnd, 1),
            ("[1,", .unexpectedEnd, 3), ("[1,]", .unexpectedByte, 3), ("{\"a\":1,}", .unexpectedByte, 7),
            ("{a:1}", .unexpectedByte, 1), ("{'a':1}", .unexpectedByte, 1), ("{\"a\"}", .unexpectedByte, 4),
            ("{\"a\":}", .unexpectedByte, 5), ("[1 2]", .unexpectedByte, 3), ("]", .unexpectedByte, 0),
            ("[}", .unexpectedByte, 1), ("{]", .unexpectedByte, 1), ("[{]", .unexpectedByte, 2),
            ("nul", .unexpectedEnd, 3),
            ("nulL", .unexpectedByte, 3), ("NaN", .unexpectedByte, 0), ("Infinity", .unexpectedByte, 0),
            ("-Infinity", .badNumber, 1), ("01", .badNumber, 1), ("1.", .unexpectedEnd, 2), ("1.e5", .badNumber, 2),
            (".5", .unexpectedByte, 0), ("+1", .unexpectedByte, 0), ("1e", .unexpectedEnd, 2),
            ("1e+", .unexpectedEnd, 3),
            ("1ex", .badNumber, 2), ("-", .unexpectedEnd, 1), ("0x10", .trailingBytes, 1), ("1 2", .trailingBytes, 2),
            ("{}{}", .trailingBytes, 2), ("\"abc", .unexpectedEnd, 4), ("\"a\\", .unexpectedEnd, 3),
            ("\"\\x\"", .badEscape, 1), ("\"\\u12g4\"", .badEscape, 1), ("\"\\u12", .unexpectedEnd, 5),
            ("\"a\nb\"", .controlCharacter, 2), ("\"a\u{0}b\"", .controlCharacter, 2), ("\"\t\"", .controlCharacter, 1),
            ("// c\n1", .unexpectedByte, 0), ("\u{FEFF}{}", .unexpectedByte, 0), ("\u{A0}1", .unexpectedByte, 0),
            ("{\"a\":1 \"b\":2}", .unexpectedByte, 7), ("[,1]", .unexpectedByte, 1), ("{,}", .unexpectedByte, 1),
            ("{\"a\":1}x", .trailingBytes, 7), ("{1:2}", .unexpectedByte, 1),
        ])
    func malformed(text: String, reason: JSONError.Reason, offset: Int) {
        #expect(error(text) == JSONError(reason: reason, offset: offset))
    }

    @Test(
        "bytes that are not UTF-8 are refused wherever they stand in a string",
        arguments: [
            [0x80], [0xC0, 0xAF], [0xC1, 0x81], [0xC3], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xE2, 0x82],
            [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE], [0xF0, 0x9F, 0x98], [0xE2, 0x28, 0xA1], [0xC3, 0x22],
        ] as [[UInt8]])
    func badUTF8(bytes: [UInt8]) {
        for prefix in 0..<10 {
            let text = [0x22] + [UInt8](repeating: 0x61, count: prefix) + bytes + [0x61, 0x22]
            #expect(error(text)?.reason == .badUTF8)
        }
    }

    @Test("512 levels are taken, 513 are refused, and 100,000 are no crash")
    func depth() {
        #expect(error(String(repeating: "[", count: 512) + String(repeating: "]", count: 512)) == nil)
        #expect(error(String(repeating: "[", count: 513) + String(repeating: "]", count: 513))?.reason == .tooDeep)
        #expect(error(String(repeating: "[", count: 100_000)) == JSONError(reason: .tooDeep, offset: 512))
        #expect(error(String(repeating: #"{"a":"#, count: 100_000))?.reason == .tooDeep)
        // Objects and arrays in turn: each level is closed by its own kind.
        let opened = (0..<512).map { $0 % 3 == 0 ? #"{"k":"# : "[" }.joined()
        let closed = (0..<512).reversed().map { $0 % 3 == 0 ? "}" : "]" }.joined()
        #expect(error(opened + "1" + closed) == nil)
        #expect(error(opened + "1" + String(closed.reversed()))?.reason == .unexpectedByte)
    }

    @Test("members, elements and scalars are read as they are")
    func reading() throws {
        let document = try JSONDocument(
            parsing: ByteBuffer(
                string: #"""
                     {"model" : "auto", "stream":true, "n": 2.0, "t": 0.70, "big": 1e400, "none": null, "s": "a\n\u00e9\ud83d\ude00\ud800x\/",
                      "messages": [ {"role":"user","content":[{"type":"text"}]} , {} ], "o": {"p": {"q": [1, [2], "]"]}},
                      "dup": 1, "dup": {"last": "wins"}, "\u006d\u0061x": 7, "empty": [ ]}
                    """#))
        #expect(document.isObject)
        #expect(document.member("model")?.string == "auto")
        #expect(document.member("model")?.isString("auto") == true)
        #expect(document.member("model")?.isString("aut") == false)
        #expect(document.member("stream")?.bool == true)
        #expect(document.member("n")?.int == 2)
        #expect(document.member("t")?.int == nil)
        #expect(document.member("t")?.double == 0.7)
        #expect(document.member("t").map { String(buffer: $0.rawBytes) } == "0.70")
        #expect(document.member("big")?.double == nil)
        #expect(document.member("big")?.int == nil)
        #expect(document.member("none")?.isNull == true)
        #expect(document.member("nothing")?.isNull == nil)
        #expect(document.has("none"))
        #expect(!document.has("nothing"))
        #expect(document.member("s")?.string == "a\né😀\u{FFFD}x/")
        #expect(document.member("dup")?.member("last")?.string == "wins")
        #expect(document.member("max")?.int == 7)
        #expect(document.member("empty")?.isEmpty == true)
        #expect(document.member("empty")?.elements.isEmpty == true)
        let messages = try #require(document.member("messages")).elements
        #expect(messages.count == 2)
        #expect(messages[0].member("role")?.string == "user")
        #expect(messages[0].member("content")?.elements.first?.member("type")?.string == "text")
        #expect(messages[1].isEmpty)
        #expect(
            document.member("o")?.member("p")?.member("q")?.elements.map { String(buffer: $0.rawBytes) } == [
                "1", "[2]", "\"]\"",
            ])
        #expect(
            document.root.members.map(\.key) == [
                "model", "stream", "n", "t", "big", "none", "s", "messages", "o", "dup", "dup", "max", "empty",
            ])
        #expect(document.root.member("max")?.int == 7)
        #expect(document.member("model")?.member("x") == nil)
        #expect(document.member("model")?.double == nil)
    }

    @Test("a string written is the string read, whatever is in it")
    func strings() throws {
        var generator = SplitMix64(seed: 7)
        for _ in 0..<2_000 {
            let scalars = (0..<Int.random(in: 0..<30, using: &generator)).compactMap { _ in
                Unicode.Scalar(
                    UInt32.random(in: 0...(Bool.random(using: &generator) ? 0x80 : 0x10FFFF), using: &generator))
            }
            let text = String(String.UnicodeScalarView(scalars))
            let value = try JSONValue(parsing: ByteBuffer(string: JSONString.quoted(text)))
            #expect(value.string == text)
        }
    }

    @Test("random texts and random damage: no crash, and what is taken here is taken by Foundation")
    func fuzz() {
        var generator = SplitMix64(seed: 1)
        let alphabet =
            Array(#"{}[]",:\/ue0123456789+-.Eaflnrst"#.utf8) + [0x20, 0x0A, 0xC3, 0xA9, 0x80, 0xF0, 0x9F, 0x00]
        var taken = 0
        for round in 0..<300_000 {
            var bytes: [UInt8]
            if round % 2 == 0 {
                bytes = (0..<Int.random(in: 0..<24, using: &generator)).map { _ in
                    alphabet.randomElement(using: &generator)!
                }
            } else {
                bytes = Array(#"{"a":[1,-2.5e+3,"x\u00e9\n",true,null],"é":{"b":{}},"c":""}"#.utf8)
                for _ in 0..<Int.random(in: 0..<3, using: &generator) {
                    let at = Int.random(in: 0..<bytes.count, using: &generator)
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: bytes[at] = alphabet.randomElement(using: &generator)!
                    case 1: bytes.remove(at: at)
                    default: bytes.insert(alphabet.randomElement(using: &generator)!, at: at)
                    }
                }
            }
            guard let document = try? JSONDocument(parsing: ByteBuffer(bytes: bytes)) else { continue }
            taken += 1
            walk(document.root)
            // Foundation refuses what has no characters (half a surrogate pair), and repeats no member.
            guard taken % 16 == 0, !String(decoding: bytes, as: UTF8.self).contains("\\u") else { continue }
            #expect(
                (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil,
                "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(taken > 20_000)
    }

    @Test(
        "a whole number is read as one however it is written, and nothing else is",
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("2.0", 2), ("2e3", 2000),
            ("999999999999999999", 999_999_999_999_999_999),
            ("1000000000000000000", 1_000_000_000_000_000_000), ("9223372036854775807", .max),
            ("-9223372036854775808", .min), ("9223372036854775808", nil), ("0.5", nil), ("true", nil), ("\"1\"", nil),
        ] as [(String, Int?)])
    func wholeNumbers(text: String, number: Int?) throws {
        #expect(try JSONValue(parsing: ByteBuffer(string: text)).int == number)
    }

    @Test("members are found by what their keys say, of several the last, one at a time and two in a walk")
    func memberNames() throws {
        let text = #"{"a":1,"bb":[{"a":"\"}é"}],"a":2,"\u0062\u0062":{"x":"\\"},"c\u0063":3,"é":4}"#
        let document = try JSONDocument(parsing: ByteBuffer(string: text))
        #expect(document.member("a")?.int == 2)
        #expect(document.member("bb")?.kind == .object)
        #expect(document.member("bb")?.member("x")?.string == "\\")
        #expect(document.member("cc")?.int == 3)
        #expect(document.member("é")?.int == 4)
        #expect(document.member("b") == nil && document.member("") == nil && document.member("dd") == nil)
        let both = document.root.members("bb", "cc")
        #expect(both.first?.kind == .object && both.second?.int == 3)
        let one = document.root.members("x", "a")
        #expect(one.first == nil && one.second?.int == 2)
        let none = try JSONValue(parsing: ByteBuffer(string: "[1]")).members("a", "b")
        #expect(none.first == nil && none.second == nil)
    }

    private func walk(_ value: JSONValue) {
        _ = value.string
        _ = value.double
        _ = value.int
        for (_, member) in value.members { walk(member) }
        for element in value.elements { walk(element) }
    }
}
