import BanditCore
package import Foundation
package import RoutingEngine

/// The file between `import-priors` and a route's `priors`: what an outcome table says of every category and arm.
///
/// JSON: `{"format", "mass", "weight", "categories": [{"id", "arms": [{"id", "rows", "mean", "mean_square", "cost_usd",
/// "latency_ms"}]}]}`; costs (USD) and latencies (ms) are means over the rows where they are known, null where none is.
package struct PriorsFile: Codable, Equatable {
    package struct Failure: Error {
        package var reason: String
    }

    package struct Category: Codable, Equatable {
        package var id: String
        package var arms: [Arm]

        package init(id: String, arms: [Arm]) {
            self.id = id
            self.arms = arms
        }
    }

    package struct Arm: Codable, Equatable {
        package var id: String
        package var rows: Double
        package var mean: Double
        package var mean_square: Double
        package var cost_usd: Double?
        package var latency_ms: Double?

        package init(
            id: String, rows: Double, mean: Double, mean_square: Double, cost_usd: Double? = nil,
            latency_ms: Double? = nil
        ) {
            self.id = id
            self.rows = rows
            self.mean = mean
            self.mean_square = mean_square
            self.cost_usd = cost_usd
            self.latency_ms = latency_ms
        }
    }

    package static let format = "bandit-router-priors-1"

    package var format = Self.format
    package var mass: Double
    package var weight: Double
    package var categories: [Category]

    package init(mass: Double, weight: Double, categories: [Category]) {
        self.mass = mass
        self.weight = weight
        self.categories = categories
    }

    /// Reads and checks a file: every number is finite and in its range, every id stands once.
    package static func read(path: String) throws(Failure) -> RoutePriors {
        guard let data = FileManager.default.contents(atPath: path) else { throw Failure(reason: "cannot be read") }
        let file: PriorsFile
        do {
            file = try JSONDecoder().decode(PriorsFile.self, from: data)
        } catch let DecodingError.keyNotFound(key, context) {
            throw Failure(reason: "\(place(context.codingPath + [key])) is missing")
        } catch let DecodingError.typeMismatch(_, context), let DecodingError.valueNotFound(_, context) {
            throw Failure(reason: "\(place(context.codingPath)) has a value of another type")
        } catch {
            throw Failure(reason: "is no JSON that import-priors writes")
        }
        return try file.checked(path: path)
    }

    private static func place(_ path: [any CodingKey]) -> String {
        path.map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }.joined(separator: ".")
            .replacing(".[", with: "[")
    }

    private func checked(path: String) throws(Failure) -> RoutePriors {
        func require(_ holds: Bool, _ reason: @autoclosure () -> String) throws(Failure) {
            if !holds { throw Failure(reason: reason()) }
        }
        try require(format == Self.format, "format is “\(format)”, not “\(Self.format)”")
        try require(mass > 0 && mass <= 1e6, "mass must be above 0 and at most 1000000")
        try require(weight >= 0 && weight <= 1, "weight must be from 0 to 1")
        var cells: [RoutePriors.Cell] = []
        var seen: Set<[String]> = []
        for category in categories {
            for arm in category.arms {
                let name = "category \(category.id), arm \(arm.id)"
                try require(seen.insert([category.id, arm.id]).inserted, "\(name): stands twice")
                try require(arm.rows > 0 && arm.rows <= 1e9, "\(name): rows must be above 0")
                try require(arm.mean >= 0 && arm.mean <= 1, "\(name): mean must be from 0 to 1")
                try require(
                    arm.mean_square >= arm.mean * arm.mean - 1e-9 && arm.mean_square <= arm.mean + 1e-9,
                    "\(name): mean_square must be from mean² to mean")
                try require(arm.cost_usd.map { $0 >= 0 && $0 <= 1e6 } ?? true, "\(name): cost_usd must not be negative")
                try require(
                    arm.latency_ms.map { $0 >= 0 && $0 <= 1e9 } ?? true, "\(name): latency_ms must not be negative")
                func sums(_ mean: Double?) -> SignalSums {
                    guard let mean else { return SignalSums() }
                    return SignalSums(count: arm.rows, sum: arm.rows * mean, sumSquares: arm.rows * mean * mean)
                }
                cells.append(
                    RoutePriors.Cell(
                        category: category.id, arm: arm.id,
                        rewards: SignalSums(
                            count: arm.rows, sum: arm.rows * arm.mean, sumSquares: arm.rows * arm.mean_square),
                        costsUSD: sums(arm.cost_usd), latenciesMS: sums(arm.latency_ms)))
            }
        }
        try require(!cells.isEmpty, "categories name no arm")
        return RoutePriors(path: path, mass: mass, weight: weight, cells: cells)
    }

    /// As JSON, keys in the alphabet's order, the same bytes for the same content.
    package func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}
