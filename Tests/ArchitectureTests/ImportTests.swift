import Foundation
import Testing

/// Holds the imports of the sources against the arrows of the design.
@Suite("Architecture")
struct ImportTests {
    /// Modules of this package and of others that each target may import, beside `Numbers`, which all do. Modules of the standard
    /// library come with it.
    static let allowed: [String: Set<String>] = [
        "Numbers": [],
        "WireFormats": ["NIOCore", "Glibc"],
        "Digests": ["CCrypto", "Glibc"],
        "BanditCore": ["RealModule"],
        "OffPolicy": ["BanditCore", "RealModule"],
        "QueryCategories": ["BanditCore", "RealModule"],
        "RoutingEngine": ["BanditCore", "Synchronization"],
        "DecisionStore": [
            "BanditCore", "RoutingEngine", "CSQLite", "Synchronization", "Foundation", "Glibc", "Dispatch",
        ],
        "Dialects": ["WireFormats", "Digests", "NIOCore", "Synchronization"],
        "ProviderClient": [
            "WireFormats", "Dialects", "Digests", "CCurl", "NIOCore", "Synchronization", "Glibc", "Foundation",
        ],
        "SimulatedProvider": [
            "WireFormats", "BanditCore", "Hummingbird", "HTTPTypes", "NIOCore", "Logging",
            "Synchronization", "Foundation", "Glibc",
        ],
        "PolicySimulator": [
            "WireFormats", "BanditCore", "OffPolicy", "RoutingEngine", "RealModule",
        ],
        "LogFiles": [
            "WireFormats", "OffPolicy", "PolicySimulator", "CZlib", "NIOCore", "Synchronization", "Dispatch",
            "Foundation",
        ],
        "DashboardPage": ["Digests"],
        "Gateway": [
            "WireFormats", "BanditCore", "QueryCategories", "RoutingEngine", "DecisionStore", "Dialects",
            "ProviderClient",
            "DashboardPage", "CMalloc", "CZlib",
            "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore", "NIOPosix", "NIOHTTP1",
            "NIOHTTPTypesHTTP1", "NIOSSL", "Logging",
            "ServiceLifecycle",
            "Synchronization", "Digests", "Foundation", "Glibc", "Dispatch",
        ],
        "BanditRouterCLI": [
            "WireFormats", "BanditCore", "OffPolicy", "QueryCategories", "RoutingEngine", "DecisionStore",
            "Dialects", "ProviderClient",
            "SimulatedProvider", "PolicySimulator", "LogFiles", "Gateway", "ArgumentParser", "Yams", "Logging",
            "ServiceLifecycle", "UnixSignals", "Synchronization", "Foundation", "NIOCore",
        ],
    ]

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The Swift files below a folder, with the modules each imports.
    static func imports(of target: String) throws -> [(file: String, line: Int, module: String)] {
        let folder = root.appending(path: "Sources/\(target)")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        var found: [(String, Int, String)] = []
        for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                guard let module = importedModule(in: line) else { continue }
                found.append(("\(target)/\(file.lastPathComponent)", number + 1, module))
            }
        }
        return found
    }

    /// The module that a line imports; nil for any other line.
    static func importedModule(in line: Substring) -> String? {
        // Imports stand at the margin; an indented one is an example in a text.
        guard line.first != " " else { return nil }
        var words = line.split(separator: " ").map(String.init)
        while let first = words.first,
            first.hasPrefix("@") || ["public", "package", "internal", "private"].contains(first)
        {
            words.removeFirst()
        }
        guard words.first == "import", words.count >= 2 else { return nil }
        let kinds: Set = ["struct", "class", "enum", "func", "protocol", "var", "let", "typealias"]
        let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
        return String(name.split(separator: ".")[0])
    }

    @Test("every target imports only what the design allows", arguments: allowed.keys.sorted())
    func arrows(target: String) throws {
        let imports = try Self.imports(of: target)
        let wrong = imports.filter {
            !Self.allowed[target, default: []].contains($0.module) && ($0.module != "Numbers" || target == "Numbers")
        }
        #expect(wrong.isEmpty, "\(wrong.map { "\($0.file):\($0.line) imports \($0.module)" }.joined(separator: "; "))")
    }

    @Test("the table of Architecture.md is the one that the imports are held against")
    func article() throws {
        let text = try String(
            contentsOf: Self.root.appending(path: "Sources/BanditRouter.docc/Architecture.md"), encoding: .utf8)
        var written: [String: Set<String>] = [:]
        for line in text.split(separator: "\n") {
            let columns = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard columns.count == 3, let name = columns[0].wholeMatch(of: /`(\w+)`/)?.output.1,
                Self.allowed[String(name)] != nil
            else { continue }
            written[String(name)] = Set(columns[2].matches(of: /`(\w+)`/).map { String($0.output.1) })
        }
        let own = Set(Self.allowed.keys)
        for (target, modules) in Self.allowed {
            #expect(written[target] == modules.intersection(own), "\(target)")
        }
    }

    @Test("every folder of Sources has a row in the table, so that none escapes it")
    func everyTargetIsListed() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "Sources").path())
        let exempt: Set = ["CCrypto", "CCurl", "CMalloc", "CSQLite", "CZlib", "BanditRouter.docc"]
        #expect(Set(folders).subtracting(exempt) == Set(Self.allowed.keys))
        for target in Self.allowed.keys {
            #expect(
                try target == "Numbers" || !Self.imports(of: target).isEmpty,
                "\(target) was not read, or imports nothing")
        }
    }

    @Test(
        "an import is recognised in every form it can take",
        arguments: [
            ("import CSQLite", "CSQLite"), ("package import CSQLite", "CSQLite"),
            ("@preconcurrency import CSQLite", "CSQLite"),
            ("import struct Foundation.Data", "Foundation"), ("public import NIOCore", "NIOCore"),
        ])
    func recognition(line: String, module: String) {
        #expect(Self.importedModule(in: Substring(line)) == module)
        #expect(Self.importedModule(in: "// import CSQLite") == nil)
    }

    @Test("no source file is longer than 500 lines")
    func sizes() throws {
        for target in Self.allowed.keys {
            let folder = Self.root.appending(path: "Sources/\(target)")
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
            for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
                let lines = try String(contentsOf: file, encoding: .utf8).split(
                    separator: "\n", omittingEmptySubsequences: false)
                #expect(lines.count <= 500, "\(target)/\(file.lastPathComponent) has \(lines.count) lines")
            }
        }
    }
}
