import Foundation

/// A page of the documentation, as text.
struct Article: Sendable, CustomStringConvertible {
    /// From the root of the package.
    let path: String

    var description: String { path }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The README, and every article and README of the folders.
    static let all: [Article] = {
        var found = [Article(path: "README.md")]
        for folder in ["Sources/BanditRouter.docc", "Simulations", "Config"] {
            let files = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
            for case let file as String in files ?? .init() where file.hasSuffix(".md") {
                found.append(Article(path: folder + "/" + file))
            }
        }
        return found.sorted { $0.path < $1.path }
    }()

    private var text: String {
        (try? String(contentsOf: Self.root.appending(path: path), encoding: .utf8)) ?? ""
    }

    /// Fenced blocks of some languages; "" is a fence without one.
    func blocks(of languages: [String]) -> [String] {
        var blocks: [String] = []
        var current: [String] = []
        var language: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                if let open = language {
                    if languages.contains(open) { blocks.append(current.joined(separator: "\n")) }
                    (language, current) = (nil, [])
                } else {
                    language = String(line.dropFirst(3))
                }
            } else if language != nil {
                current.append(String(line))
            }
        }
        return blocks
    }

    /// The commands of a block: comments left out, continued lines joined.
    static func commandLines(_ block: String) -> [String] {
        block.replacing("\\\n", with: " ").split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }

    /// Outside of fences.
    private var prose: String {
        var isInside = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            if line.hasPrefix("```") {
                isInside.toggle()
                return false
            }
            return !isInside
        }.joined(separator: "\n")
    }

    private var inlineCode: [String] { prose.matches(of: /`([^`\n]+)`/).map { String($0.output.1) } }

    /// What follows `bandit-router` wherever it is a command, up to the end of that command.
    var routerCommands: [String] {
        let lines = inlineCode + blocks(of: ["", "sh", "bash", "shell"]).flatMap(Self.commandLines)
        return lines.flatMap { line in
            // In the middle of a line the name is a unit, an image or an argument.
            line.matches(of: /(?:^|[;|&(]\s*)(?:\S*\/)?bandit-router ([^|;#&>)]*)/).map { String($0.output.1) }
        }
    }

    /// Files of the package that are named in code or linked to.
    var paths: [String] {
        let folder = (path as NSString).deletingLastPathComponent
        let named = inlineCode.flatMap { $0.split(separator: " ").map(String.init) }.filter {
            $0.wholeMatch(of: /(Sources|Tests|Config|Simulations|Notebooks)\/[A-Za-z0-9_.\/+-]+/) != nil
        }
        let linked = prose.matches(of: /\]\(([^)#\s]+)\)/).map { String($0.output.1) }.filter { !$0.contains("://") }
        return named
            + linked.map { target in
                let isResource = path.hasPrefix("Sources/BanditRouter.docc") && !target.contains(".")
                return isResource
                    ? "Sources/BanditRouter.docc/Resources/\(target).png"
                    : folder.isEmpty ? target : "\(folder)/\(target)"
            }
    }

    /// Articles of the catalogue that are referred to.
    var articles: [String] { text.matches(of: /<doc:([A-Za-z]+)>/).map { String($0.output.1) } }
}
