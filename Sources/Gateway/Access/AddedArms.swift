import DecisionStore
import NIOCore
import RoutingEngine
import Synchronization
import WireFormats

/// The arms that were added while serving: laid over the configuration file whenever it is read.
final class AddedArms: Sendable {
    /// An arm that does not fit the file any more, and why.
    struct Skipped: Sendable, Equatable {
        let id: String
        let reason: String
    }

    /// Arms kept, at most; no route has more than 128.
    static let limit = 1_000
    /// Of one description, bytes.
    static let bodyLimit = 65_536

    private let arms: Mutex<[AddedArm]>

    init(_ arms: [AddedArm]) { self.arms = Mutex(arms) }

    func arm(_ id: String) -> AddedArm? { arms.withLock { $0.first { $0.id == id } } }

    func put(_ arm: AddedArm) {
        arms.withLock { arms in
            if let known = arms.firstIndex(where: { $0.id == arm.id }) { arms[known] = arm } else { arms.append(arm) }
        }
    }

    func remove(_ id: String) { arms.withLock { $0.removeAll { $0.id == id } } }

    /// Whether another one may be kept.
    var hasRoom: Bool { arms.withLock { $0.count < Self.limit } }

    /// Adds them to what the file says.
    ///
    /// - Returns: those that the file stands against; they are kept all the same, for a file that does not.
    func apply(to configuration: inout RouterConfiguration) -> [Skipped] {
        var skipped: [Skipped] = []
        for arm in arms.withLock({ $0 }) {
            do throws(GatewayError) {
                var changed = configuration
                let document = try JSONDocument.object(ByteBuffer(string: arm.body))
                _ = try ArmEndpoints.add(document, to: &changed)
                configuration = changed
            } catch {
                skipped.append(Skipped(id: arm.id, reason: error.message))
            }
        }
        return skipped
    }

    /// A description with a change laid over it: what the change names counts, the rest stays.
    static func merged(_ body: String, with change: JSONDocument) throws(GatewayError) -> String {
        let base = try JSONDocument.object(ByteBuffer(string: body))
        let text = object(base.root, change.root, deeper: ["prior", "expected_tokens"])
        guard text.utf8.count <= bodyLimit else { throw .tooLarge(bodyLimit) }
        return text
    }

    private static func object(_ base: JSONValue, _ change: JSONValue, deeper: Set<String>) -> String {
        let changed = change.members
        var members: [String] = []
        for (name, value) in base.members {
            guard let (_, new) = changed.first(where: { $0.key == name }) else {
                members.append(JSONString.quoted(name) + ":" + String(buffer: value.rawBytes))
                continue
            }
            let isDeeper = deeper.contains(name) && value.kind == .object && new.kind == .object
            members.append(
                JSONString.quoted(name) + ":"
                    + (isDeeper ? object(value, new, deeper: []) : String(buffer: new.rawBytes)))
        }
        for (name, value) in changed where !base.members.contains(where: { $0.key == name }) {
            members.append(JSONString.quoted(name) + ":" + String(buffer: value.rawBytes))
        }
        return "{" + members.joined(separator: ",") + "}"
    }
}
