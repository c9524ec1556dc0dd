import LogFiles
import WireFormats

/// JSON that keeps the order its fields are given in: equal reports are equal bytes.
indirect enum JSONText {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONText])
    case object([(String, JSONText)])

    /// null where there is none; JSON has no word for infinite or not a number either.
    static func optional(_ value: Double?) -> JSONText {
        guard let value, value.isFinite else { return .null }
        return .number(value)
    }

    /// Two spaces a level; arrays of numbers on one line.
    var text: String {
        var bytes: [UInt8] = []
        write(to: &bytes, indent: 0)
        bytes.append(0x0a)
        return String(decoding: bytes, as: UTF8.self)
    }

    private var isScalar: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }

    private func write(to bytes: inout [UInt8], indent: Int) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += "\(value)".utf8
        case .number(let value): bytes += (value.isFinite ? "\(value)" : "null").utf8
        case .string(let value): JSONString.append(value, to: &bytes)
        case .array(let items):
            let isFlat = items.allSatisfy(\.isScalar)
            Self.list(items, "[", "]", isFlat: isFlat, to: &bytes, indent: indent) { item, bytes in
                item.write(to: &bytes, indent: indent + 2)
            }
        case .object(let fields):
            Self.list(fields, "{", "}", isFlat: false, to: &bytes, indent: indent) { field, bytes in
                JSONString.append(field.0, to: &bytes)
                bytes += ": ".utf8
                field.1.write(to: &bytes, indent: indent + 2)
            }
        }
    }

    private static func list<T>(
        _ items: [T], _ open: String, _ close: String, isFlat: Bool, to bytes: inout [UInt8], indent: Int,
        _ write: (T, inout [UInt8]) -> Void
    ) {
        bytes += open.utf8
        for (index, item) in items.enumerated() {
            if index > 0 { bytes += (isFlat ? ", " : ",").utf8 }
            if !isFlat { bytes += ("\n" + String(repeating: " ", count: indent + 2)).utf8 }
            write(item, &bytes)
        }
        if !isFlat, !items.isEmpty { bytes += ("\n" + String(repeating: " ", count: indent)).utf8 }
        bytes += close.utf8
    }
}
