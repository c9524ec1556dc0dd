import Foundation
import SimulatedProvider
import TestSupport
import Testing
import Yams

extension EndToEnd {
    @Suite("the files of Config/deploy")
    struct DeploymentTests {
        private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()

        private static func text(_ path: String) throws -> String {
            try String(contentsOf: root.appending(path: path), encoding: .utf8)
        }

        private static func documents(_ path: String) throws -> [JSON] {
            try Yams.load_all(yaml: text(path)).map { document in
                JSON([UInt8](try JSONSerialization.data(withJSONObject: document)))
            }
        }

        // MARK: - Metrics

        /// Names of measurements, and the labels that each has.
        private typealias Labels = [String: Set<String>]

        private static func measurements(_ exposition: String) -> Labels {
            var found: Labels = [:]
            for line in exposition.split(separator: "\n") where !line.hasPrefix("#") {
                let name = String(line.prefix { $0 != "{" && $0 != " " })
                found[name, default: []].formUnion(
                    line.matches(of: /([a-z_]+)="/).map { String($0.output.1) })
            }
            return found
        }

        /// What a query in PromQL asks for that there is not.
        private static func missing(_ query: String, in known: Labels) -> [String] {
            var missing: [String] = []
            // Prometheus gives these to all that it scrapes.
            var labels: Set = ["instance", "job"]
            let asked = query.matches(of: /((?:bandit_router_[a-z_]+)|\bup\b)(?:\{([^}]*)\})?/)
            for match in asked {
                let name = String(match.output.1)
                guard let own = name == "up" ? [] : known[name] else {
                    missing.append(name)
                    continue
                }
                labels.formUnion(own)
                for matcher in (match.output.2 ?? "").matches(of: /([a-z_]+)\s*(?:=~|!~|!=|=)/)
                where !own.union(["instance", "job"]).contains(String(matcher.output.1)) {
                    missing.append("\(name){\(matcher.output.1)}")
                }
            }
            if asked.isEmpty { missing.append("a metric of the router") }
            for grouping in query.matches(of: /by\s*\(([^)]*)\)/) {
                for label in grouping.output.1.split(separator: ",") {
                    let label = label.trimmingCharacters(in: .whitespaces)
                    if !labels.contains(label) { missing.append("by (\(label))") }
                }
            }
            return missing
        }

        /// Every string under a key, wherever it stands.
        private static func strings(_ key: String, in json: JSON) -> [String] {
            switch json {
            case .object(let members):
                members.flatMap {
                    ($0.key == key ? [$0.value.string].compactMap(\.self) : []) + strings(key, in: $0.value)
                }
            case .array(let list): list.flatMap { strings(key, in: $0) }
            default: []
            }
        }

        @Test("every query of the Grafana dashboard and of the alerts asks for what /metrics has")
        func queries() async throws {
            let dashboard = JSON(try Self.text("Config/deploy/grafana/dashboard.json"))
            let rules = try Self.documents("Config/deploy/prometheus/alerts.yaml")[0]["groups"].list.flatMap {
                $0["rules"].list
            }
            try await withRouter(RouterFile(routeKeys: ["budget: { usd_per_request: 100 }"])) { world in
                // Something of everything: a refusal, a fault, feedback, a change of rewards.
                _ = try await world.post("/v1/chat/completions", "{}")
                world.provider.script([FaultPlan(status: 503)], for: "m-a")
                for index in 0..<120 {
                    let id = try await world.chat().header("x-bandit-decision-id")
                    _ = try await world.feedback(id, index < 80 ? "true" : "false")
                }
                let exposition = try await world.get("/metrics").text
                let known = Self.measurements(exposition)
                let queries = Self.strings("expr", in: dashboard)
                #expect(queries.count > 15)
                for query in queries { #expect(Self.missing(query, in: known) == [], "\(query)") }
                for variable in Self.strings("definition", in: dashboard) {
                    let match = try #require(variable.firstMatch(of: /^label_values\(([a-z_]+), ([a-z_]+)\)$/))
                    #expect(
                        known[String(match.output.1)]?.union(["instance"]).contains(String(match.output.2)) == true,
                        "\(variable)")
                }
                for legend in Self.strings("legendFormat", in: dashboard) {
                    for label in legend.matches(of: /\{\{\s*([a-z_]+)\s*\}\}/) {
                        let name = String(label.output.1)
                        #expect(name == "instance" || known.values.contains { $0.contains(name) }, "\(legend)")
                    }
                }
                #expect(rules.count >= 8)
                for rule in rules {
                    let query = rule["expr"].string ?? ""
                    #expect(Self.missing(query, in: known) == [], "\(query)")
                    #expect(["critical", "warning"].contains(rule["labels"]["severity"].string))
                    #expect(rule["annotations"].names == ["summary", "description"], "\(rule["alert"])")
                }
                // The operations guide has a row for every family.
                let guide = try Self.text("Sources/BanditRouter.docc/Operations.md")
                for family in exposition.matches(of: /# TYPE ([a-z_]+)/) {
                    #expect(guide.contains("| `\(family.output.1)` |"), "\(family.output.1) is not in Operations.md")
                }
            }
        }

        @Test(
            "a query for what there is not would be noticed",
            arguments: [
                ("sum(rate(bandit_router_requests[1m]))", ["bandit_router_requests"]),
                (#"bandit_router_in_flight{arm="a"}"#, ["bandit_router_in_flight{arm}"]),
                ("sum by (arm) (bandit_router_in_flight)", ["by (arm)"]),
                (#"sum by (instance) (bandit_router_in_flight{instance=~"x"})"#, []),
                ("vector(1)", ["a metric of the router"]),
            ])
        func control(query: String, missing: [String]) {
            #expect(Self.missing(query, in: ["bandit_router_in_flight": []]) == missing)
        }

        // MARK: - Configurations

        private func check(_ configuration: String) async throws {
            let folder = try TemporaryFolder()
            try folder.write(configuration, to: "router.yaml")
            let result = try await RouterProgram.run(
                ["check", "--config", folder("router.yaml")], environment: ["OPENAI_API_KEY": "sk-test"])
            let complaints = result.errors.split(separator: "\n")
            // It listens on all addresses; that a key is needed first is told in the file itself. How many files may be open is the machine's to say.
            #expect(
                result.status == 0
                    && complaints.allSatisfy { $0.contains("server.host") || $0.contains("server.max_connections") },
                "\(result.errors)")
        }

        @Test("the container's configuration is good, and the files that are copied into it exist")
        func docker() async throws {
            try await check(try Self.text("Config/deploy/docker/router.yaml"))
            let lines = try Self.text("Config/deploy/docker/Dockerfile").split(separator: "\n")
            for line in lines where line.hasPrefix("COPY ") && !line.contains("--from") {
                for source in line.split(separator: " ").dropFirst().dropLast() where !source.hasSuffix("*") {
                    #expect(FileManager.default.fileExists(atPath: Self.root.appending(path: source).path), "\(line)")
                }
            }
            #expect(lines.contains { $0.hasPrefix("USER ") && !$0.contains("root") && !$0.hasPrefix("USER 0") })
            #expect(lines.contains { $0.hasPrefix("HEALTHCHECK") })
            let compose = try Self.documents("Config/deploy/docker/compose.yaml")[0]
            #expect(compose["services"].names == ["router", "prometheus", "grafana"])
            for service in compose["services"].names {
                for mount in compose["services"][service]["volumes"].list.compactMap(\.string) {
                    let parts = mount.split(separator: ":")
                    let source = String(parts[0])
                    if source.hasPrefix(".") {
                        let file = Self.root.appending(path: "Config/deploy/docker/\(source)").standardized.path
                        // The key is made by whoever deploys; how, the file says.
                        #expect(
                            source == "./prometheus-key" || FileManager.default.fileExists(atPath: file), "\(mount)")
                    } else {
                        #expect(compose["volumes"].names.contains(source), "\(mount)")
                    }
                }
            }
        }

        @Test("the Kubernetes manifest: a good configuration, ports and probes that fit it, nothing run as root")
        func kubernetes() async throws {
            let objects = try Self.documents("Config/deploy/kubernetes/bandit-router.yaml")
            func object(_ kind: String) throws -> JSON { try #require(objects.first { $0["kind"].string == kind }) }
            let configuration = try #require(try object("ConfigMap")["data"]["router.yaml"].string)
            try await check(configuration)
            let pod = try object("StatefulSet")["spec"]["template"]["spec"]
            let container = pod["containers"][0]
            let port = try #require(container["ports"][0]["containerPort"].number)
            let parsed = try Self.parse(configuration)
            #expect(parsed["server"]["port"].number == port)
            #expect(try object("Service")["spec"]["ports"][0]["port"].number == port)
            #expect(try object("NetworkPolicy")["spec"]["ingress"][0]["ports"][0]["port"].number == port)
            #expect(pod["securityContext"]["runAsNonRoot"].bool == true)
            for one in [container, pod["initContainers"][0]] {
                #expect(one["securityContext"]["readOnlyRootFilesystem"].bool == true)
                #expect(one["securityContext"]["allowPrivilegeEscalation"].bool == false)
            }
            // The store lies on what outlives the pod.
            let mounts = container["volumeMounts"].list
            let store = try #require(parsed["store"]["path"].string)
            let mount = try #require(mounts.first { store.hasPrefix(($0["mountPath"].string ?? "?") + "/") })
            let claim = try object("StatefulSet")["spec"]["volumeClaimTemplates"][0]["metadata"]["name"]
            #expect(mount["name"] == claim)
            try await withRouter { world in
                for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
                    let path = try #require(container[probe]["httpGet"]["path"].string)
                    #expect(try await world.get(path).status == 200, "\(probe) \(path)")
                }
                let scrape = try Self.documents("Config/deploy/prometheus/prometheus.yaml")[0]["scrape_configs"][0]
                #expect(try await world.get(scrape["metrics_path"].string ?? "?").status == 200)
            }
        }

        private static func parse(_ yaml: String) throws -> JSON {
            JSON([UInt8](try JSONSerialization.data(withJSONObject: try #require(try Yams.load(yaml: yaml)))))
        }

        // MARK: - systemd

        private static let analyze = "/usr/bin/systemd-analyze"

        @Test(
            "systemd takes the unit without a complaint",
            .enabled(if: FileManager.default.isExecutableFile(atPath: analyze), "there is no systemd-analyze here"))
        func systemd() async throws {
            let unit = try Self.text("Config/deploy/systemd/bandit-router.service")
            #expect(unit.contains("DynamicUser=yes") && unit.contains("ProtectSystem=strict"))
            let folder = try TemporaryFolder()
            // The program is where the test built it, and its documentation where nobody looks.
            try folder.write(
                unit.replacing("/usr/local/bin/bandit-router", with: RouterProgram.url.path),
                to: "bandit-router.service")
            let verify = try RouterProcess(
                ["verify", folder("bandit-router.service")], program: Self.analyze,
                environment: ProcessInfo.processInfo.environment)
            #expect(await verify.exitStatus() == 0)
            #expect(verify.errors.text.isEmpty, "\(verify.errors.text)")
        }
    }
}
