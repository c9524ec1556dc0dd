import RoutingEngine
import WireFormats

/// What reading the configuration again has changed.
package struct ReloadReport: Sendable, Equatable {
    /// Ids of arms or of routes.
    package struct Changes: Sendable, Equatable {
        package var added: [String] = []
        package var removed: [String] = []
        package var changed: [String] = []

        package var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

        init<Value: Equatable>(from old: [Value], to new: [Value], id: (Value) -> String) {
            let before = Dictionary(old.map { (id($0), $0) }, uniquingKeysWith: { first, _ in first })
            let after = Set(new.map(id))
            added = new.map(id).filter { before[$0] == nil }
            removed = old.map(id).filter { !after.contains($0) }
            changed = new.filter { value in before[id(value)].map { $0 != value } ?? false }.map(id)
        }

        fileprivate func write(to json: inout JSONBytes) {
            json.object {
                $0.member("added", added)
                $0.member("removed", removed)
                $0.member("changed", changed)
            }
        }
    }

    package let arms: Changes
    package let routes: Changes
    /// Other sections that differ from before, by the file's names.
    package let sections: [String]
    /// Arms added while serving that stay.
    package let kept: [String]
    /// Arms added while serving that the file stands against.
    let skipped: [AddedArms.Skipped]

    init(from old: RouterConfiguration, to new: RouterConfiguration, skipped: [AddedArms.Skipped]) {
        arms = Changes(from: old.arms, to: new.arms) { $0.id }
        routes = Changes(from: old.routes, to: new.routes) { $0.id }
        let parts: [(String, Bool)] = [
            ("server", old.server != new.server), ("providers", old.providers != new.providers),
            ("categories", old.categories != new.categories), ("classifier", old.classifier != new.classifier),
            ("params", old.phrasings != new.phrasings), ("aliases", old.aliases != new.aliases),
            ("feedback", old.feedback != new.feedback),
            ("privacy", old.privacy != new.privacy), ("health", old.health != new.health),
            ("limits", old.limits != new.limits), ("logging", old.logging != new.logging),
        ]
        sections = parts.filter(\.1).map(\.0)
        kept = new.arms.filter(\.isAdded).map(\.id)
        self.skipped = skipped
    }

    /// In words, for the log.
    package var words: String {
        func list(_ what: String, _ changes: Changes) -> [String] {
            [("+", changes.added), ("-", changes.removed), ("~", changes.changed)].filter { !$0.1.isEmpty }.map {
                "\(what) \($0.0)\($0.1.joined(separator: ","))"
            }
        }
        let all =
            list("arms", arms) + list("routes", routes) + sections
            + skipped.map { "added arm \($0.id) left out: \($0.reason)" }
        return all.isEmpty ? "nothing" : all.joined(separator: "; ")
    }

    var json: [UInt8] {
        var json = JSONBytes()
        json.object { json in
            json.member("status", "reloaded")
            json.key("arms")
            arms.write(to: &json)
            json.key("routes")
            routes.write(to: &json)
            json.member("sections", sections)
            json.key("added_arms")
            json.object { json in
                json.member("kept", kept)
                json.key("skipped")
                json.array { json in
                    for arm in skipped {
                        json.object {
                            $0.member("arm", arm.id)
                            $0.member("reason", arm.reason)
                        }
                    }
                }
            }
        }
        return json.bytes
    }
}
