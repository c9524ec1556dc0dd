/// Where a request stands in a distributed trace: W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context-1/).
///
/// Only `traceparent` is taken; `tracestate` is for vendors whose spans the router does not make, and is dropped, as the
/// recommendation allows.
package struct TraceContext: Sendable, Equatable {
    /// 32 lower-case hexadecimal digits, not all 0.
    package let traceID: String
    /// The span of whoever sent the request: 16 digits, not all 0.
    package let parentID: String
    /// Whether the trace is recorded upstream of here; passed on as it came.
    package let isSampled: Bool

    /// Reads a `traceparent`; nil for what is none: the trace then begins anew elsewhere, and the request is served all the same.
    package init?(_ header: String?) {
        guard let header else { return nil }
        let bytes = Array(header.utf8)
        // A later version may append more, after another dash.
        guard bytes.count >= 55, bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash,
            let version = Self.number(bytes[0..<2]), version != 0xFF,
            bytes.count == 55 || (version > 0 && bytes[55] == Self.dash),
            let flags = Self.number(bytes[53..<55])
        else { return nil }
        let (trace, parent) = (bytes[3..<35], bytes[36..<52])
        for part in [trace, parent] {
            guard part.allSatisfy({ Self.digit($0) != nil }), part.contains(where: { $0 != UInt8(ascii: "0") }) else {
                return nil
            }
        }
        traceID = String(decoding: trace, as: UTF8.self)
        parentID = String(decoding: parent, as: UTF8.self)
        isSampled = flags & 1 == 1
    }

    /// The header to send on under a span of one's own.
    ///
    /// - Parameter span: 16 hexadecimal digits.
    package func header(span: String) -> String {
        "00-" + traceID + "-" + span + (isSampled ? "-01" : "-00")
    }

    /// A span's id of random bits.
    package static func spanID(_ random: UInt64) -> String {
        // All zeros would be no span.
        let digits = String(random == 0 ? 1 : random, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    private static let dash = UInt8(ascii: "-")

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt8? {
        guard let high = digit(digits[digits.startIndex]), let low = digit(digits[digits.startIndex + 1]) else {
            return nil
        }
        return high << 4 | low
    }
}
