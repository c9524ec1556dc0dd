import Foundation
import Testing

/// What is written down and of no use to anybody.
@Suite("Nothing unused")
struct DeclarationTests {
    /// Names that the standard library or a library asks for, so that nobody of ours need say them.
    private static let required: Set = ["debugDescription", "underestimatedCount"]
    private static let keywords: Set = [
        "func", "var", "let", "struct", "enum", "class", "protocol", "typealias", "actor",
    ]
    /// Words that may stand between `package` and what is declared.
    private static let modifiers: Set = [
        "static", "final", "mutating", "consuming", "borrowing", "override", "indirect", "nonisolated", "lazy", "weak",
        "private", "internal", "set", "unsafe", "convenience", "required",
    ]

    private static func swiftFiles(below folder: String) -> [URL] {
        let root = ImportTests.root.appending(path: folder)
        let all = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        return (all ?? .init()).compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    }

    /// The words of each line that has any, without comments: a name that only a text mentions is not used.
    static func words(of text: some Collection<UInt8>) -> [(line: Int, words: [String])] {
        var lines: [(line: Int, words: [String])] = []
        var (line, words, word) = (1, [String](), [UInt8]())
        var (isComment, wasSlash) = (false, false)
        func isOfWord(_ byte: UInt8) -> Bool {
            byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte >= 0x30 && byte <= 0x39 || byte == 0x5F || byte >= 0x80
        }
        for byte in text {
            if isOfWord(byte) {
                if !isComment { word.append(byte) }
                wasSlash = false
                continue
            }
            if !word.isEmpty {
                words.append(String(decoding: word, as: UTF8.self))
                word.removeAll(keepingCapacity: true)
            }
            if byte == 0x0A {
                if !words.isEmpty { lines.append((line, words)) }
                words.removeAll(keepingCapacity: true)
                line += 1
                isComment = false
            }
            if byte == 0x2F, wasSlash { isComment = true }
            wasSlash = byte == 0x2F
        }
        return lines
    }

    /// What a line declares for other targets; nil for any other line.
    static func declared(by words: [String]) -> String? {
        guard let visible = words.firstIndex(where: { $0 == "package" || $0 == "public" }) else { return nil }
        for index in words.indices.dropFirst(visible + 1) {
            if keywords.contains(words[index]), index + 1 < words.count, !keywords.contains(words[index + 1]) {
                return words[index + 1]
            }
            guard modifiers.contains(words[index]) || keywords.contains(words[index]) else { return nil }
        }
        return nil
    }

    @Test("every declaration that other targets can see is referred to somewhere")
    func declarations() throws {
        var uses: [String: Int] = [:]
        var found: [String: (count: Int, place: String)] = [:]
        for folder in ["Sources", "Tests"] {
            for file in Self.swiftFiles(below: folder) {
                for (line, words) in Self.words(of: try Data(contentsOf: file)) {
                    for word in words { uses[word, default: 0] += 1 }
                    guard folder == "Sources", let name = Self.declared(by: words) else { continue }
                    found[name, default: (0, "\(file.lastPathComponent):\(line)")].count += 1
                }
            }
        }
        #expect(found.count > 1_000, "the declarations are found at all")
        for (name, (count, place)) in found where !Self.required.contains(name) {
            #expect(uses[name, default: 0] > count, "\(place): nothing refers to \(name)")
        }
    }

    @Test(
        "a declaration is recognised in every form it can take",
        arguments: [
            ("    package func name(_ x: Int) {", "name"), ("    package static let name = 1", "name"),
            ("package final class Name: Sendable {", "Name"), ("    package private(set) var name = 0", "name"),
            ("    @inlinable package var name: Int { 1 }", "name"), ("package import NIOCore", nil),
            ("    package init() {}", nil), ("let name = package.name // package func other", nil),
            ("    package mutating func name() {}", "name"), ("    package class func name() {}", "name"),
        ] as [(String, String?)])
    func recognition(line: String, name: String?) {
        #expect(Self.words(of: Array((line + "\n").utf8)).first.flatMap { Self.declared(by: $0.words) } == name)
    }

    @Test("every arrow of the table is used by an import", arguments: ImportTests.allowed.keys.sorted())
    func arrows(target: String) throws {
        let imported = Set(try ImportTests.imports(of: target).map(\.module))
        let unused = ImportTests.allowed[target, default: []].subtracting(imported)
        #expect(unused.isEmpty, "\(target) imports none of \(unused.sorted())")
    }
}
