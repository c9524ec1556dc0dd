import Testing
import WireFormats

@Suite("JSON bytes and instants")
struct TextTests {
    @Test("members, elements and nulls are written in order, with commas where they belong")
    func structure() {
        var json = JSONBytes()
        json.object { json in
            json.member("a", 1)
            json.member("b", nil as String?)
            json.key("c")
            json.array { json in
                json.value(true)
                json.object { _ in }
                json.array { _ in }
                json.value("x")
            }
            json.member("d", [0.5, 2])
            json.member("e", ["p", "q"])
            json.key("f")
            json.raw("{\"z\":1}")
            json.member("g", false)
        }
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"{"a":1,"b":null,"c":[true,{},[],"x"],"d":[0.5,2],"e":["p","q"],"f":{"z":1},"g":false}"#)
    }

    @Test("strings are escaped as RFC 8259 asks, and nothing else")
    func strings() {
        var json = JSONBytes()
        json.value("\"\\/\n\r\t\u{0}\u{1f}\u{7f}é😀")
        #expect(
            String(decoding: json.bytes, as: UTF8.self) == #""\"\\/\n\r\t\u0000\u001f"# + "\u{7f}é😀\"")
    }

    @Test("numbers round-trip; what JSON cannot hold is null")
    func numbers() {
        func text(_ number: Double?) -> String {
            var json = JSONBytes()
            json.value(number)
            return String(decoding: json.bytes, as: UTF8.self)
        }
        #expect(text(0.1) == "0.1" && text(1) == "1" && text(-3) == "-3" && text(1e300) == "1e+300")
        #expect(text(.nan) == "null" && text(.infinity) == "null" && text(nil) == "null")
        #expect(Double(text(1.0 / 3)) == 1.0 / 3 && Double(text(9_007_199_254_740_992)) == 9_007_199_254_740_992)
    }

    @Test("instants are written in UTC with microseconds, and read back")
    func instants() {
        #expect(RFC3339.exactText(microseconds: 0) == "1970-01-01T00:00:00.000000Z")
        #expect(RFC3339.exactText(microseconds: -1) == "1969-12-31T23:59:59.999999Z")
        #expect(RFC3339.exactText(microseconds: 1_767_323_045_678_901) == "2026-01-02T03:04:05.678901Z")
        for time: Int64 in [0, 1, -1, 951_782_400_000_000, 4_102_444_799_999_999, -62_135_596_800_000_000] {
            #expect(RFC3339.microseconds(RFC3339.exactText(microseconds: time)) == time)
        }
    }

    @Test("reads any offset and any number of digits, and refuses what is no instant")
    func parsing() {
        let time: Int64 = 1_767_323_045_000_000
        for good in [
            "2026-01-02T03:04:05Z", "2026-01-02t03:04:05z", "2026-01-02 03:04:05.000Z", "2026-01-02T05:04:05+02:00",
            "2026-01-01T22:34:05-04:30",
        ] {
            #expect(RFC3339.microseconds(good) == time, "\(good)")
        }
        #expect(RFC3339.microseconds("2026-01-02T03:04:05.1234567Z") == time + 123_456)
        #expect(RFC3339.microseconds("2024-02-29T00:00:00Z") != nil)
        for bad in [
            "", "2026-01-02", "2026-01-02T03:04:05", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05+2:00",
            "2026-01-02T03:04:05Zx",
            "x026-01-02T03:04:05Z", "2026-01-02T03:04:05+24:00",
        ] {
            #expect(RFC3339.microseconds(bad) == nil, "\(bad)")
        }
    }
}
