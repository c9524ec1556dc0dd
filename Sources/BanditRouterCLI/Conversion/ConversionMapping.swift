import Foundation
import Yams

/// Which member of an export is which field: what `--map FIELD=PATH` and the file of `--mapping` say, flags last.
struct ConversionMapping {
    private(set) var fields: [(field: String, path: String, place: String)] = []
    private(set) var arms: [String]?

    /// - Parameter path: a YAML file with `FIELD: PATH` lines and, where it may be, `arms: [a, b]`.
    init(path: String?, flags: [String]) throws(CommandFailure) {
        if let path { try read(path) }
        for flag in flags {
            guard let sign = flag.firstIndex(of: "="), sign != flag.startIndex, flag.index(after: sign) != flag.endIndex
            else {
                throw .usage("--map must be FIELD=PATH, as in arm=model, not '\(flag)'")
            }
            fields.append((String(flag[..<sign]), String(flag[flag.index(after: sign)...]), "--map"))
        }
    }

    private mutating func read(_ path: String) throws(CommandFailure) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw .input("\(path): file: cannot be read")
        }
        let root: Node?
        do throws(YAMLDocument.SyntaxError) { root = try YAMLDocument(text: text).root } catch {
            throw .input("\(path)\(error.line.map { ":\($0)" } ?? ""): mapping: \(error.reason)")
        }
        guard case .mapping(let mapping) = root else { throw .input("\(path): mapping: must be FIELD: PATH lines") }
        for (key, value) in mapping {
            let name = key.string ?? ""
            let place = "\(path):\(key.mark?.line ?? 1)"
            if name == "arms", case .sequence(let names) = value {
                arms = names.compactMap(\.string)
                continue
            }
            guard let text = value.string, !text.isEmpty else {
                throw .input("\(place): \(name): must be the path of a member, as in `arm: model`")
            }
            fields.append((name, text, place))
        }
    }
}
