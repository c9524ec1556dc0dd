import Foundation
import Testing

/// Holds that no number from outside can end the process where it becomes an integer, or is counted with.
@Suite("Numbers")
struct NumberTests {
    /// The Swift sources of a target, by file name.
    static func sources(of target: String) throws -> [(file: String, lines: [Substring])] {
        let folder = ImportTests.root.appending(path: "Sources/\(target)")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        var found: [(String, [Substring])] = []
        for case let file as URL in files ?? .init() where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            found.append(
                ("\(target)/\(file.lastPathComponent)", text.split(separator: "\n", omittingEmptySubsequences: false)))
        }
        return found
    }

    static let targets = ImportTests.allowed.keys.filter { $0 != "Numbers" }.sorted()

    /// The compiler refuses `Int(x)` of a floating-point number wherever `Numbers` is seen (its declarations stand before those of the
    /// standard library and are marked; warnings are errors). What is left to see to is that it is seen in every file.
    @Test("every target shows Numbers to all its files", arguments: targets)
    func everyTarget(target: String) throws {
        let exports = try Self.sources(of: target).flatMap(\.lines).filter { $0 == "@_exported import Numbers" }
        #expect(exports.count == 1, "\(target) does not re-export Numbers")
    }

    @Test("warnings are errors, or the mark on unchecked conversions would be a mere remark")
    func warnings() throws {
        let manifest = try String(
            contentsOf: ImportTests.root.appending(path: "Package.swift"), encoding: .utf8)
        #expect(manifest.contains(".treatAllWarnings(as: .error)"))
        #expect(!manifest.contains(".treatWarning("))
    }

    @Test("the unchecked conversions of every integer type are marked")
    func everyType() throws {
        let text = try Self.sources(of: "Numbers").flatMap(\.lines).joined(separator: "\n")
        for type in ["Int", "UInt"] + ["8", "16", "32", "64"].flatMap({ ["Int\($0)", "UInt\($0)"] }) {
            let body = try #require(text.components(separatedBy: "extension \(type) {").dropFirst().first)
            for source in ["Double", "Float"] {
                let own = body.components(separatedBy: "\n}")[0]
                #expect(
                    own.contains("package init(_ source: \(source))")
                        && own.components(separatedBy: "@available(*, deprecated").count == 3, "\(type)(\(source))")
            }
        }
    }

    /// Where a conversion may trap, with the reason why it cannot.
    private static let trusted: [String: String] = [
        "BanditCore/ExactSums.swift": "the value was clamped to ±2^22 the line before; hot",
        "OffPolicy/BayesianBootstrap.swift": "a position within a sorted array; hot",
    ]

    @Test("conversions that may trap stand where it is said why they cannot")
    func trustedConversions() throws {
        for target in Self.targets {
            for (file, lines) in try Self.sources(of: target) {
                for (number, line) in lines.enumerated() where Self.mayTrap(line) {
                    #expect(Self.trusted[file] != nil, "\(file):\(number + 1): \(line)")
                }
            }
        }
    }

    /// Ways around the marked conversions: by name, or through types that are not marked.
    private static func mayTrap(_ line: Substring) -> Bool {
        let code = line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)[0]
        return ["(trusted:", ".Swift::", "CGFloat", "Float80", "Float16", "numericCast("].contains { code.contains($0) }
    }

    /// Names of what comes from outside, or is summed up from it.
    private static let outside =
        "promptTokens|completionTokens|cachedPromptTokens|cachedTokens|maxTokens|worstCase|reserved|spent|spentOfDay|costPerDay"

    /// Sums of them that stay small, because what goes in is clamped by its type.
    private static let clamped: [String: String] = [
        "ProviderClient/TokenUsage.swift": "both are at most Count.most",
        "RoutingEngine/DecisionRequest.swift": "both are at most Count.most",
    ]

    @Test(
        "counts and amounts from outside are added, subtracted and multiplied saturating, or are clamped by their type")
    func arithmetic() throws {
        let plain = try Regex(
            "\\b(\(Self.outside))\\)?\\s(\\+|-|\\*|\\+=|-=|\\*=)\\s|\\s(\\+|-|\\*|\\+=|-=)\\s([\\w.]+\\.)?(\(Self.outside))\\b"
        )
        for target in ["RoutingEngine", "DecisionStore", "ProviderClient", "Gateway"] {
            for (file, lines) in try Self.sources(of: target) where Self.clamped[file] == nil {
                for (number, line) in lines.enumerated() where !line.contains("\"") && !line.contains("USD") {
                    let code = line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)[0]
                    #expect(code.firstMatch(of: plain) == nil, "\(file):\(number + 1): \(line)")
                }
            }
        }
    }

    @Test("the rules see what they are there for")
    func recognition() {
        #expect(Self.mayTrap("let x = Int(trusted: y)") && Self.mayTrap("Int.Swift::init(x)"))
        #expect(!Self.mayTrap("let x = Int(saturating: y) // not (trusted:"))
    }

    /// What goes by the wall clock though it measures a duration: where the clock is set back it waits for as long.
    private static let wallClockWaits = [
        "NSCondition", "Date(timeIntervalSinceNow", "wait(until: Date", "Timer.scheduled",
    ]

    @Test("nothing waits by the wall clock")
    func waits() throws {
        for target in Self.targets {
            for (file, lines) in try Self.sources(of: target) {
                for (number, line) in lines.enumerated() {
                    let code = line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)[0]
                    #expect(
                        !Self.wallClockWaits.contains { code.contains($0) }, "\(file):\(number + 1): \(line)")
                }
            }
        }
    }
}
