import BanditCore
import PolicySimulator
import RoutingEngine

/// A scenario as it is written: what the files it names hold is not known yet.
struct ScenarioFile {
    enum EnvironmentKind: String, CaseIterable {
        case bernoulli
        case gaussian
        case drifting
        case outcomeTable = "outcome-table"
        case decisionLog = "decision-log"
    }

    /// How prompts of a table get their categories.
    enum Categories {
        case column
        case none
        case classifier(String, line: Int?)
        case clusters(count: Int, fit: String?, seed: UInt64, line: Int?)
    }

    struct TableFile {
        var path: String
        var line: Int?
        /// `[residue, …]` of `modulus`: only rows whose prompt id hashes there; nil: all.
        var rows: RowSelection?
    }

    struct Table {
        var file: TableFile
        var categories: Categories
        var orders: TableFile?
    }

    struct Log {
        var file: TableFile
        var skipInvalid: Int
        /// Only decisions of this route, and those that name none; nil: all.
        var route: String?
        /// The router's configuration, which says what the rewards of a store are.
        var configuration: String?
    }

    struct Arm {
        var id: String
        var line: Int?
        var price: ArmPrice?
        var expectedInputTokens: Double
        var expectedOutputTokens: Double
        var prior: ArmPrior

        var expectedCostUSD: Double? {
            price.map {
                (expectedInputTokens * $0.inputPerMillionUSD + expectedOutputTokens * $0.outputPerMillionUSD) / 1e6
            }
        }
    }

    /// A synthetic world; names are resolved already.
    struct Synthetic {
        var categories: [String]
        var weights: [Double]
        var arms: [String]
        var means: CellMeans
        /// Standard deviations of rewards, `[category][arm]`; empty for kinds that have none.
        var deviations: [Double]
        var drifts: [Drift]
        var costSpread: Double
        var latencySpread: Double
    }

    /// A policy whose kind and numbers are known; its arm (`fixed`) may turn out to be unknown.
    struct Policy {
        var id: String
        var line: Int?
        var kind: SimulatedPolicy.Kind
        var pooling: Pooling
        var concentration: Concentration
        var graded: Bool?
        var explorationFloor: Double
        var halfLife: Int?
        var affinity: Affinity
        var paced: Bool
    }

    /// A perturbation by the names of arms and categories.
    struct NamedPerturbation {
        enum Change {
            case cost(String, Double)
            case score(String, Double)
            case latency(String, Double)
            case add(String)
            case remove(String)
            case mix([(category: String, weight: Double, line: Int?)])
        }

        var at: Int
        var line: Int?
        var path: String
        var change: Change
    }

    struct NamedPoisoning {
        var arm: String?
        var line: Int?
        var path: String
        var share: Double
        var value: Double
        var rounds: Range<Int>
    }

    enum Horizon {
        case table
        case rounds(Int)
    }

    var path: String
    var title: String
    var kind = EnvironmentKind.bernoulli
    var synthetic: Synthetic?
    var table: Table?
    var logged: Log?
    var warmUp: TableFile?
    var perturbations: [NamedPerturbation] = []
    var arms: [Arm] = []
    var policies: [Policy] = []
    var objective = Objective()
    var budget: BudgetDefinition?
    var prior: (file: TableFile, mass: Double)?
    var feedback = FeedbackModel()
    var poisonings: [NamedPoisoning] = []
    /// Whether the scenario says how much feedback there is (else a fitted log does).
    var givesFeedbackRate = false
    var givesFeedbackDelay = false
    var sessions: SessionModel?
    /// Whether the mean costs of the table stand in for a price list.
    var usesMeanCostsAsPrices = false
    var horizon = Horizon.table
    var replications = 20
    var seed: UInt64 = 1

    init(path: String, title: String) {
        self.path = path
        self.title = title
    }
}

/// Which rows of a table take part: those whose hash of the prompt id, modulo `of`, is in `parts`.
struct RowSelection: Equatable {
    var modulus: Int
    var parts: [Int]

    /// FNV-1a (64 bits) of the id's UTF-8 bytes, so that anybody can make the same split.
    static func hash(_ id: String) -> UInt64 { FNV1a(id.utf8).value }

    func contains(_ id: String) -> Bool { parts.contains(Int(Self.hash(id) % UInt64(modulus))) }
}
