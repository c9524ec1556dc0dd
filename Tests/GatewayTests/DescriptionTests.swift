import DecisionStore
import Foundation
import Gateway
import Logging
import RoutingEngine
import TestSupport
import Testing

@Suite("description of the HTTP interface")
struct DescriptionTests {
    private static let document = JSON(APIDescription.document)

    @Test("every method and path that is served is described, and nothing else")
    func complete() throws {
        let folder = try TemporaryFolder()
        let configuration = RouterConfiguration(
            store: StoreDefinition(path: folder("s.sqlite")),
            providers: [ProviderDefinition(id: "p", kind: .openai, baseURL: "http://127.0.0.1:9/v1")],
            arms: [ArmDefinition(id: "a", provider: "p", model: "m")],
            routes: [RouteDefinition(id: "auto", arms: ["a"])])
        let server = try GatewayServer(
            configuration, logger: Logger(label: "test"), readConfiguration: { configuration })
        defer { server.runtime.store.close() }
        let (served, described) = (Set(server.operations), Set(APIDescription.described))
        #expect(served.subtracting(described) == [], "served, not described")
        #expect(described.subtracting(served) == [], "described, not served")
        #expect(APIDescription.described.count == described.count)
    }

    /// Every value of a key, wherever it stands.
    private func all(_ key: String, in json: JSON) -> [JSON] {
        switch json {
        case .object(let members): members.flatMap { ($0.key == key ? [$0.value] : []) + all(key, in: $0.value) }
        case .array(let list): list.flatMap { all(key, in: $0) }
        default: []
        }
    }

    @Test("references lead somewhere, every schema and response is used, operations have ids of their own")
    func references() {
        let document = Self.document
        #expect(document["openapi"].string == "3.1.0")
        let references = Set(all("$ref", in: document).compactMap(\.string))
        #expect(references.count > 60)
        for reference in references {
            let target = reference.split(separator: "/").dropFirst().reduce(document) { $0[String($1)] }
            #expect(target != .missing, "\(reference)")
        }
        for part in ["schemas", "responses", "headers"] {
            for name in document["components"][part].names {
                #expect(references.contains("#/components/\(part)/\(name)"), "\(part) \(name) is not used")
            }
        }
        let ids = all("operationId", in: document["paths"]).compactMap(\.string)
        #expect(ids.count == APIDescription.described.count && Set(ids).count == ids.count)
    }

    @Test("every operation has its errors: 401 with a key, 413 with a body, 500; parts of the path are declared")
    func operations() {
        for path in Self.document["paths"].names {
            for method in Self.document["paths"][path].names {
                let operation = Self.document["paths"][path][method]
                let answers = operation["responses"]
                let isOpen = operation["security"] == .array([])
                #expect(answers.names.contains("401") == !isOpen, "\(method) \(path)")
                #expect(answers.names.isSuperset(of: ["400", "403", "500"]), "\(method) \(path)")
                if operation["requestBody"] != .missing { #expect(answers.names.contains("413"), "\(path)") }
                let declared = operation["parameters"].list.filter { $0["in"].string == "path" }
                #expect(
                    declared.compactMap { $0["name"].string }
                        == path.split(separator: "/").filter { $0.hasPrefix("{") }.map {
                            String($0.dropFirst().dropLast())
                        })
                #expect(
                    answers.names.contains { $0.hasPrefix("2") || $0.hasPrefix("3") }
                        && operation["summary"].string != nil)
            }
        }
    }

    @Test("the article on the HTTP interface has a row for every operation, and says who may use it")
    func article() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/BanditRouter.docc/HTTPInterface.md")
        let rows = try String(contentsOf: path, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `") }
        var expected: Set<String> = []
        for path in Self.document["paths"].names where !path.hasPrefix("/dashboard/") {
            for method in Self.document["paths"][path].names {
                let operation = Self.document["paths"][path][method]
                let text = operation["description"].string ?? ""
                let scope =
                    operation["security"] == .array([])
                    ? "none" : (text.firstMatch(of: /scope `(\w+)`/)?.output.1).map { "`\($0)`" } ?? "any key"
                expected.insert(
                    "| `\(method.uppercased()) \(path)` | \(scope) | \(operation["summary"].string ?? "") |")
            }
        }
        let written = Set(rows.map(String.init))
        #expect(expected.subtracting(written).sorted() == [], "served, not in the article")
        #expect(written.subtracting(expected).sorted() == [], "in the article, not served")
    }
}
