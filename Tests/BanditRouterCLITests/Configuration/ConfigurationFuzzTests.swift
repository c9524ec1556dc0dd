import BanditCore
import BanditRouterCLI
import Foundation
import Gateway
import QueryCategories
import RoutingEngine
import TestSupport
import Testing

@Suite("Configurations at random")
struct ConfigurationFuzzTests {
    static let pieces = [
        "&a ", "*a", "<<: *a", "<<: ", "${", "${X}", "${X:-1}", "}", "- ", ": ", "{", "[", "]", ",", "!!int ", "!x ",
        "| ", "> ", "\t", "\n", "  ",
        "'", "\"", "#", "? ", "---\n", "...\n", "%YAML 1.1\n", "\u{0}", "\u{FEFF}", "\u{2028}", "\u{E123}", "é", "\\",
        "\\x", "null", "~",
        "1e999", "-0", "99999999999999999999", "id: auto\n", "  port: 1\n", "kind: fixed\n", "(?<", "\\p{", "[[:",
        "{2,1}", "*+?",
    ]

    /// Cases of each part; `BANDIT_ROUTER_FUZZ_CASES` asks for more than every run of the tests can afford.
    static let cases = ProcessInfo.processInfo.environment["BANDIT_ROUTER_FUZZ_CASES"].flatMap(Int.init) ?? 600

    /// One or two cuts, copies, swaps and insertions.
    static func mutated(_ text: String, using generator: inout Xoshiro256StarStar) -> String {
        var scalars = Array(text.unicodeScalars)
        var lines: [ArraySlice<Unicode.Scalar>] { scalars.split(separator: "\n", omittingEmptySubsequences: false) }
        for _ in 0..<Int.random(in: 1...2, using: &generator) {
            let at = Int.random(in: 0...scalars.count, using: &generator)
            switch Int.random(in: 0..<9, using: &generator) {
            case 7, 8:
                let bytes = NumberEdges.replaced(
                    in: Array(String(String.UnicodeScalarView(scalars)).utf8),
                    place: Int.random(in: 0..<512, using: &generator), edge: Int.random(in: 0..<64, using: &generator))
                scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
            case 0: scalars.insert(contentsOf: pieces.randomElement(using: &generator)!.unicodeScalars, at: at)
            case 1 where at < scalars.count: scalars.remove(at: at)
            case 2 where at < scalars.count:
                scalars[at] = pieces.randomElement(using: &generator)!.unicodeScalars.first!
            case 3: scalars.removeSubrange(at..<min(scalars.count, at + Int.random(in: 1...40, using: &generator)))
            case 4:
                let line = lines.randomElement(using: &generator)!
                scalars.insert(contentsOf: ["\n"] + Array(line) + ["\n"], at: at)
            case 5:
                var all = lines
                all.swapAt(.random(in: 0..<all.count, using: &generator), .random(in: 0..<all.count, using: &generator))
                scalars = Array(all.joined(separator: ["\n"]))
            default:
                if let scalar = scalars.indices.contains(at) ? scalars[at] : nil { scalars.insert(scalar, at: at) }
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    @Test("mutated files are read or refused with lines, never a crash, and say no secret", arguments: 0..<8)
    func mutations(_ part: Int) throws {
        var generator = Xoshiro256StarStar(seed: 20_260_101 + UInt64(part))
        var good = 0
        var bad = 0
        for _ in 0..<Self.cases {
            let text = Self.mutated(
                Bool.random(using: &generator) ? fullText : ConfigurationAliasTests.text, using: &generator)
            let lines = 1 + text.unicodeScalars.count { ["\n", "\r", "\u{2028}", "\u{2029}", "\u{85}"].contains($0) }
            do throws(ConfigurationFailure) {
                let configuration = try parse(text).configuration
                good += 1
                let written = configuration.tree(showsSecrets: true).yaml
                #expect(throws: Never.self) {
                    let again = try parse(written, environment: [:]).configuration
                    #expect(again == configuration, "\(text)")
                }
                // What is accepted can be served from: no number in it makes a posterior that is none.
                if let catalogue = try? configuration.catalogue(categories: ["general"]) {
                    let published = Published(catalogue: catalogue, state: LearnerState(), asOf: 1_767_323_045_678_901)
                    for route in published.routes {
                        let distribution = route.categories[0].distribution(over: route.plan.all).probabilities
                        #expect(abs(distribution.reduce(0, +) - 1) < 1e-6, "\(text)")
                    }
                }
            } catch {
                bad += 1
                for problem in error.problems {
                    #expect(
                        problem.line.map { (1...lines).contains($0) } ?? true, "\(problem) of \(lines) lines:\n\(text)")
                    #expect(!problem.description.contains("\n") && !problem.reason.isEmpty)
                    #expect(!problem.description.contains("top-secret"), "\(problem)")
                }
            }
        }
        #expect(good > 20 && bad > 200, "\(good) good, \(bad) bad: the mutations are too wild or too tame")
    }

    static let patternPieces = [
        "(", ")", "[", "]", "{", "}", "?", "*", "+", "|", "^", "$", "\\", ".", "-", ",", "0", "9", "99999999999", "a",
        "z", "<", ">", "=", "!", ":",
        "\\d", "\\w", "\\b", "\\B", "\\p", "\\u", "\\x", "\\Q", "\\E", "\\k", "\\g", "\\N", "\\R", "\\X", "\\K", "\\G",
        "(?<n>", "(?:", "(?i)", "(?=", "(?<!",
        "(?>", "(?|", "(?P<", "(?(", "(*", "[[:alpha:]]", "[^", "&&", "--", "~~", "{2,1}", "{1,}", "{,3}", "\\1",
        "\\10", "é", "😀", "\u{301}", " ", "#",
    ]

    @Test("patterns at random are compiled or refused, never a crash", arguments: 0..<2)
    func patterns(_ part: Int) throws {
        var generator = Xoshiro256StarStar(seed: 77 + UInt64(part))
        var configuration = try parse(minimalText).configuration
        var good = 0
        for _ in 0..<Self.cases {
            let pattern = (0..<Int.random(in: 1...8, using: &generator))
                .map { _ in Self.patternPieces.randomElement(using: &generator)! }.joined()
            configuration.categories = [CategoryDefinition(id: "c", patterns: [pattern])]
            let found = problems(configuration.tree(showsSecrets: true).yaml)
            #expect(
                found.allSatisfy { $0.key == "categories[0].patterns[0]" && !$0.description.contains("\n") }, "\(found)"
            )
            if found.isEmpty { good += 1 }
        }
        #expect(good > Self.cases / 20 && good < Self.cases, "\(good) good")
    }

    @Test("bytes at random are refused", arguments: 0..<4)
    func noise(_ part: Int) throws {
        var generator = Xoshiro256StarStar(seed: 7 + UInt64(part))
        for _ in 0..<Self.cases {
            let text = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
                Bool.random(using: &generator)
                    ? Self.pieces.randomElement(using: &generator)!
                    : String(Unicode.Scalar(UInt8.random(in: 0...255, using: &generator)))
            }.joined()
            #expect(!problems(text).isEmpty)
        }
    }
}
