import Foundation
import Gateway
import TestSupport
import Testing

@Suite("heads of requests")
struct RequestHeadTests {
    private func visitor(
        _ fields: [(String, String)], allowed: [String] = [], host: String = "localhost:8080", isKeyless: Bool = true
    ) -> Visitor {
        var browser = BrowserFields()
        for (name, value) in fields { browser.take(name, value) }
        return OriginPolicy(allowed).visitor(browser, host: host, isKeyless: isKeyless)
    }

    @Test("pages are told apart by what browsers say, and nothing a page can say makes it the router's own")
    func visitors() {
        #expect(visitor([]) == .program && visitor([("user-agent", "x")]) == .program)
        #expect(visitor([("origin", "http://localhost:8080")]) == .ownPage)
        #expect(visitor([("origin", "HTTP://LOCALHOST:8080")]) == .ownPage)
        #expect(visitor([("origin", "http://localhost")], host: "localhost:80") == .ownPage)
        #expect(visitor([("origin", "https://localhost:443")], host: "localhost") == .ownPage)
        #expect(visitor([("origin", "http://localhost:443")], host: "localhost") == .foreign)
        #expect(visitor([("sec-fetch-site", "none")]) == .unnamedPage)
        #expect(visitor([("sec-fetch-site", "anything")]) == .foreign)
        for origin in [
            "null", "", "http://localhost", "http://localhost:8080.evil", "localhost:8080", "file://", "http://",
        ] {
            #expect(visitor([("origin", origin)]) == .foreign, "\(origin)")
        }
        #expect(visitor([("origin", "http://")], host: "") == .foreign)
        // Behind a proxy that names another host, the browser's word counts, but not without keys.
        let proxied = [("origin", "https://router.example"), ("sec-fetch-site", "same-origin")]
        #expect(visitor(proxied, isKeyless: false) == .ownPage && visitor(proxied) == .foreign)
        let app = [("origin", "https://App.example"), ("sec-fetch-site", "cross-site")]
        #expect(visitor(app, allowed: ["https://app.example"]) == .allowed(origin: "https://App.example"))
        #expect(visitor(app, allowed: ["*"]) == .foreign)
        #expect(visitor(app, allowed: ["*"], isKeyless: false).allowedOrigin == "https://App.example")
        #expect(visitor([("origin", "null")], allowed: ["*"], isKeyless: false) == .foreign)
    }

    @Test("targets: a path, or a server with a path; nothing else")
    func targets() throws {
        let plain = try #require(RequestTarget("/v1/models?x=1?2"))
        #expect(plain.path == "/v1/models" && plain.query == "?x=1?2" && plain.authority == nil)
        let absolute = try #require(RequestTarget("HTTPS://host.example:8443?x"))
        #expect(absolute.path == "/" && absolute.query == "?x" && absolute.authority == "host.example:8443")
        for target in ["*", "host:443", "", "http:/x", "http:///x", "ftp://host/x", "http://a b/", "http://u@h/", "v1"]
        {
            #expect(RequestTarget(target) == nil, "\(target)")
        }
    }

    @Test("hosts: names, addresses, ports")
    func hosts() {
        for host in ["a", "a.b:1", "127.0.0.1:65535", "[::1]", "[fe80::1%1]:80", "münchen", "a_b", "h:"] {
            #expect(HostName.isValid(host), "\(host)")
        }
        for host in [
            "", ":80", "a b", "a/b", "u@h", "a:b", "[::1", "[x]", "a:1:2", "a\t", String(repeating: "a", count: 513),
        ] {
            #expect(!HostName.isValid(host), "\(host)")
        }
    }

    @Test("the budget of bodies never goes beyond its limit, and keeps an eighth for ordinary bodies")
    func budget() {
        let budget = BodyBudget(limit: 1 << 20)
        let most = (1 << 20) - (1 << 17)
        #expect(budget.take(most, held: 0) && !budget.take(1, held: most) && budget.inFlight == most)
        #expect(budget.take(65_536, held: 0) && !budget.take(1, held: 65_536))
        #expect(budget.take(65_536, held: 0) && !budget.take(1, held: 0) && budget.inFlight == 1 << 20)
        budget.give(1 << 20)
        #expect(budget.inFlight == 0 && !budget.take(2 << 20, held: 0) && budget.inFlight == 0)
    }

    @Test("memory is the least of the machine's and of all control groups around the process, of either version")
    func memory() throws {
        let folder = try TemporaryFolder()
        func limit(_ membership: String) throws -> Int {
            try folder.write(membership, to: "membership")
            return MemoryLimit.bytes(root: folder("cgroup"), membership: folder("membership"))
        }
        let machine = try limit("")
        #expect(machine > 1 << 20)
        for (path, text) in [
            ("cgroup/a", "memory.max"), ("cgroup/a/b", "memory.max"), ("cgroup/memory/c", "memory.limit_in_bytes"),
        ] {
            try FileManager.default.createDirectory(atPath: folder(path), withIntermediateDirectories: true)
            try folder.write(path.hasSuffix("/a") ? "1048576\n" : "2097152\n", to: path + "/" + text)
        }
        #expect(try limit("0::/a\n") == 1_048_576)
        #expect(try limit("0::/a/b\n") == 1_048_576, "the group around it is the narrower one")
        #expect(try limit("5:cpu:/a\n7:pids,memory:/c\n") == 2_097_152)
        #expect(try limit("0::/not/here\n") == machine)
        try folder.write("max\n", to: "cgroup/a/memory.max")
        #expect(try limit("0::/a\n") == machine)
        try folder.write("1048576\n", to: "cgroup/memory.max")
        #expect(
            try limit("0::/system.slice/docker-x.scope\n") == 1_048_576, "a container sees its own group at the mount")
        let server = ServerDefinition()
        #expect(server.bodyBudget(memory: 1 << 40) == 512 << 20 && server.bodyBudget(memory: 1 << 20) == 64 << 20)
        #expect(server.bodyBudget(memory: 4 << 30) == 256 << 20)
        #expect(ServerDefinition(maxInFlightBodyBytes: 5).bodyBudget(memory: 1 << 30) == 5)
    }
}
