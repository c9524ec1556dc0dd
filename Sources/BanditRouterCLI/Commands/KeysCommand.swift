import ArgumentParser
import DecisionStore
import Foundation
import Gateway
import RoutingEngine

/// Makes, lists and deletes API keys; a running router takes the change up within a second.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make, list and delete API keys.",
        subcommands: [KeysCreateCommand.self, KeysListCommand.self, KeysDeleteCommand.self])
}

enum KeyOutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

struct KeysCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a key and print it once: only its hash is kept.",
        discussion: "The first key ends keyless mode for good: from then on every request needs one.")

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "What the key is for.") var name: String
    @Option(help: "chat, outcome, feedback, read or admin; repeat for several.") var scope: [KeyScope]
    @Option(help: "Keys of one group may give feedback on each other's decisions.") var group: String?
    @Option(help: "Requests a minute, at most.") var requestsPerMinute: Int?
    @Option(help: "Tokens a minute, at most.") var tokensPerMinute: Int?
    @Option(help: "Requests at the same time, at most.") var concurrent: Int?
    @Option(help: "US dollars a day (UTC), at most.") var usdPerDay: Double?
    @Option(help: "text or json.") var format = KeyOutputFormat.text

    func validate() throws {
        guard !scope.isEmpty else { throw ValidationError("give at least one --scope") }
        for (flag, text) in [("--name", name), ("--group", group ?? "")] where text.utf8.count > TextLimit.name {
            throw ValidationError("\(flag) is longer than \(TextLimit.name) bytes")
        }
        for (flag, value) in [
            ("--requests-per-minute", requestsPerMinute), ("--tokens-per-minute", tokensPerMinute),
            ("--concurrent", concurrent),
        ] {
            if let value, !(1...Count.most).contains(value) {
                throw ValidationError("\(flag) must be from 1 to \(Count.most)")
            }
        }
        if let usdPerDay, !(usdPerDay >= 1e-9 && usdPerDay < 1e9) {
            throw ValidationError("--usd-per-day must be above 0, from a billionth, and below a billion")
        }
    }

    func run() throws {
        let configuration = try options.load().configuration
        do {
            let made = try KeyAdministration(configuration).create(
                name: name, scopes: scope, group: group, requestsPerMinute: requestsPerMinute,
                tokensPerMinute: tokensPerMinute, concurrent: concurrent, usdPerDay: usdPerDay)
            switch format {
            case .json: print(String(decoding: made.json, as: UTF8.self))
            case .text:
                print(made.text)
                FileHandle.standardError.write(Data("This is the only time the key is shown.\n".utf8))
            }
        } catch {
            RouterHost.refuse(error)
        }
    }
}

struct KeysListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the keys in force, without the keys.")

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "text or json.") var format = KeyOutputFormat.text

    func run() throws {
        let configuration = try options.load().configuration
        do {
            let administration = try KeyAdministration(configuration)
            switch format {
            case .json: print(String(decoding: try administration.listJSON(), as: UTF8.self))
            case .text:
                for key in try administration.list() {
                    print("\(key.id)  \(key.scopes.joined(separator: ","))  \(key.name)")
                }
            }
        } catch {
            RouterHost.refuse(error)
        }
    }
}

struct KeysDeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Revoke a key, at once.")

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The key's id, as `keys list` shows it.") var id: String

    func run() throws {
        let configuration = try options.load().configuration
        do {
            guard try KeyAdministration(configuration).delete(id) else {
                throw SetupError(description: "no key in force has the id '\(id)'")
            }
        } catch {
            RouterHost.refuse(error)
        }
    }
}

extension KeyScope: ExpressibleByArgument {}
