import Foundation

/// A JSON value to look into: what is not there is `missing`, not null.
package enum JSON: Sendable, Equatable, Decodable {
    case missing
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .string(text)
        } else if let list = try? value.decode([JSON].self) {
            self = .array(list)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }

    /// `missing` where the bytes are no JSON.
    package init(_ bytes: [UInt8]) {
        self = (try? JSONDecoder().decode(JSON.self, from: Data(bytes))) ?? .missing
    }

    package init(_ text: String) { self.init(Array(text.utf8)) }

    package subscript(_ name: String) -> JSON {
        if case .object(let members) = self { members[name] ?? .missing } else { .missing }
    }

    package subscript(_ index: Int) -> JSON {
        if case .array(let list) = self, list.indices.contains(index) { list[index] } else { .missing }
    }

    package var string: String? { if case .string(let text) = self { text } else { nil } }
    package var number: Double? { if case .number(let number) = self { number } else { nil } }
    package var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    package var list: [JSON] { if case .array(let list) = self { list } else { [] } }
    package var names: Set<String> { if case .object(let members) = self { Set(members.keys) } else { [] } }
}
