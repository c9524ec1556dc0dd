import BanditCore
import BanditRouterCLI
import Foundation
import Gateway
import RoutingEngine
import Testing

@Suite("bandit-router import-priors, as a process")
struct ImportPriorsTests {
    private static let table = """
        prompt_id,category,score|a,score|b,cost|a,lat|b
        p1,x,1,0,0.001,100
        p2,y,0.5,1,0.003,
        p3,x,0,,0.001,300
        p4,x,1,0,,200

        """

    @Test("cells are means over the rows that know them, under the route's own names")
    func cells() throws {
        try SimulateProcess.withFolder { folder in
            let (table, output) = (folder.appending(path: "t.csv").path(), folder.appending(path: "p.json").path())
            try Data(Self.table.utf8).write(to: URL(filePath: table))
            let result = try SimulateProcess.run([
                "import-priors", table, "--mass", "20", "--weight", "0.5", "--arm", "a=vendor/a:1", "--category",
                "y=chat", "--output", output,
            ])
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("2 categories × 2 arms, 4 cells of 4 prompts"))
            let priors = try PriorsFile.read(path: output)
            #expect(priors.mass == 20 && priors.weight == 0.5 && priors.cells.count == 4)
            let a = try #require(priors.cells.first { $0.category == "x" && $0.arm == "vendor/a:1" })
            #expect(a.rewards.count == 3 && abs(a.rewards.sum - 2) < 1e-12)
            #expect(a.costsUSD.count == 3 && abs(a.costsUSD.sum / a.costsUSD.count - 0.001) < 1e-15)
            let b = try #require(priors.cells.first { $0.category == "x" && $0.arm == "b" })
            #expect(b.rewards.count == 2 && b.rewards.sum == 0)
            #expect(abs(b.latenciesMS.sum / b.latenciesMS.count - 200) < 1e-9)
            #expect(priors.cells.contains { $0.category == "chat" && $0.arm == "b" })
        }
    }

    @Test("unknown names are usage, bad tables bad input, and neither leaves a file")
    func mistakes() throws {
        try SimulateProcess.withFolder { folder in
            let (table, output) = (folder.appending(path: "t.csv").path(), folder.appending(path: "p.json").path())
            try Data(Self.table.utf8).write(to: URL(filePath: table))
            for (arguments, status, words) in [
                ([table, "--arm", "c=d"], 2, "no model 'c' (a, b)"), ([table, "--arm", "c"], 2, "OLD=NEW"),
                ([table, "--arm", "a=b"], 2, "the same arm"), ([table, "--mass", "0"], 2, "--mass"),
                ([table, "--category", "z=w"], 2, "no category 'z'"), (["nowhere.csv"], 3, "nowhere.csv"),
                ([table, "--classifier", "nowhere.json"], 3, "prompt"),
            ] as [([String], Int32, String)] {
                let result = try SimulateProcess.run(["import-priors"] + arguments + ["--output", output])
                #expect(result.status == status, "\(arguments): \(result.errors)")
                #expect(result.errors.contains(words), "\(arguments): \(result.errors)")
                #expect(!FileManager.default.fileExists(atPath: output))
            }
        }
    }

    @Test("a file that nobody's command wrote is refused with the place")
    func badFiles() throws {
        try SimulateProcess.withFolder { folder in
            let path = folder.appending(path: "p.json").path()
            func reason(_ text: String) throws -> String {
                try Data(text.utf8).write(to: URL(filePath: path))
                do {
                    _ = try PriorsFile.read(path: path)
                    return "read"
                } catch { return error.reason }
            }
            func file(_ arm: String, mass: String = "100", format: String = PriorsFile.format) -> String {
                #"{"format":"\#(format)","mass":\#(mass),"weight":0.8,"categories":[{"id":"x","arms":[\#(arm)]}]}"#
            }
            let good = #"{"id":"a","rows":10,"mean":0.5,"mean_square":0.5}"#
            let whole = try reason(file(good))
            #expect(whole == "read")
            #expect(try reason(file(good + "," + good)) == "category x, arm a: stands twice")
            #expect(try reason(file(good, mass: "0")).contains("mass must be above 0"))
            #expect(try reason(file(good, format: "other")).contains("format is “other”"))
            #expect(try reason(file("")) == "categories name no arm")
            #expect(
                try reason(file(#"{"id":"a","rows":10,"mean":1.5,"mean_square":1}"#)).contains("mean must be from 0"))
            #expect(try reason(file(#"{"id":"a","rows":10,"mean":0.5,"mean_square":0.1}"#)).contains("mean_square"))
            #expect(
                try reason(file(#"{"id":"a","rows":10,"mean":0.5}"#)) == "categories[0].arms[0].mean_square is missing")
            #expect(try reason("{").contains("no JSON"))
        }
    }

    @Test("a route's priors must be readable and know one of its arms")
    func configuration() throws {
        let route = "routes: [{ id: auto, arms: [sim] }]"
        func problem(_ path: String) throws -> String {
            let text = minimalText.replacing(route, with: "routes: [{ id: auto, arms: [sim], priors: \(path) }]")
            return try #require(problems(text).first).description
        }
        #expect(try problem("nowhere.json").contains("nowhere.json: cannot be read"))
        try SimulateProcess.withFolder { folder in
            let path = folder.appending(path: "p.json")
            let cell = PriorsFile.Arm(id: "other", rows: 3, mean: 0.5, mean_square: 0.5)
            let file = PriorsFile(mass: 50, weight: 1, categories: [PriorsFile.Category(id: "general", arms: [cell])])
            try file.encoded().write(to: path)
            #expect(try problem(path.path()).contains("says nothing of any arm of the route; it knows other"))
        }
        let text = minimalText.replacing(route, with: "routes: [{ id: auto, arms: [sim], priors: \(priorsPath) }]")
        let priors = try #require(try parse(text).configuration.routes.first?.priors)
        #expect(priors.mass == 50 && priors.cells.map(\.arm) == ["sim"])
    }
}
