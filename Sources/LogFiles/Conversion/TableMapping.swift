/// Where a benchmark's results have what an outcome table needs.
package struct TableMapping: Sendable {
    package enum Field: String, CaseIterable, Sendable {
        case id = "prompt_id"
        case category, prompt, model, score, cost, ptok, ctok, lat
        case latencySeconds = "lat_s"
    }

    /// How the scores of several models stand in the file.
    enum Shape {
        /// A row a prompt and a model.
        case long
        /// A row a prompt; the models are the columns with a partner `MODEL|total_cost`.
        case columnsWithCosts
        /// A row a prompt; the models are all columns but these.
        case columnsBut(Set<String>)
        /// An outcome table already: `score|MODEL`.
        case table
    }

    package var paths: [Field: [String]]
    var shape = Shape.long
    var marks: Set<String> = []
    var containers: Set<String>?
    var exclusions: [LogMapping.Exclusion] = []
    /// The model is named by the file, not by its rows.
    var isModelTheFile = false
    /// Several results of one prompt and model: the first value of this member is kept.
    var variant: String?
    /// A list of named statistics, and where a name and a value stand in each.
    var statistics: (list: String, name: String, value: String)?
    var notes: [String] = []

    package init(paths: [Field: [String]]) { self.paths = paths }

    func value(_ field: Field, of row: ForeignRow) -> ForeignValue? {
        for path in paths[field] ?? [] {
            if let value = row[path] { return value }
        }
        return nil
    }

    package static let kinds = [
        "table", "routerbench", "llmrouter", "routellm", "routerarena", "lm-eval", "promptfoo", "helm",
    ]

    package static func kind(_ name: String) -> TableMapping? {
        switch name {
        case "table":
            var mapping = TableMapping(
                paths: Dictionary(uniqueKeysWithValues: Field.allCases.map { ($0, [$0.rawValue]) }))
            mapping.shape = .table
            return mapping
        case "routerbench":
            var mapping = TableMapping(paths: [.id: ["sample_id"], .category: ["eval_name"], .prompt: ["prompt"]])
            mapping.shape = .columnsWithCosts
            return mapping
        case "routellm":
            var mapping = TableMapping(paths: [.prompt: ["prompt"]])
            mapping.shape = .columnsBut(["prompt", "", "index", "Unnamed: 0"])
            return mapping
        case "llmrouter":
            return TableMapping(paths: [
                .id: ["task_id"], .category: ["task_name"], .prompt: ["query"], .model: ["model_name"],
                .score: ["performance"],
                .cost: ["cost"], .ptok: ["input_tokens"], .ctok: ["output_tokens"], .latencySeconds: ["response_time"],
            ])
        case "routerarena": return routerArena
        case "lm-eval": return evaluationHarness
        case "promptfoo":
            var mapping = TableMapping(paths: [
                .id: ["testIdx"], .prompt: ["vars.q", "vars.question", "vars.prompt", "vars.input", "prompt.raw"],
                .model: ["provider.id", "provider"], .score: ["score"], .cost: ["cost", "response.cost"],
                .lat: ["latencyMs"], .ptok: ["response.tokenUsage.prompt"], .ctok: ["response.tokenUsage.completion"],
                .category: ["vars.category", "metadata.category"],
            ])
            mapping.marks = ["testIdx", "promptIdx"]
            mapping.containers = ["results"]
            mapping.variant = "promptIdx"
            return mapping
        case "helm":
            var mapping = TableMapping(paths: [.id: ["instance_id"]])
            mapping.marks = ["instance_id", "stats"]
            mapping.isModelTheFile = true
            mapping.variant = "perturbation.name"
            mapping.statistics = ("stats", "name.name", "mean")
            mapping.exclusions = [
                .unless("train_trial_index", ["0"], "train_trial_index is not 0: the same prompt again")
            ]
            return mapping
        default: return nil
        }
    }

    private static var routerArena: TableMapping {
        var mapping = TableMapping(paths: [
            .id: ["global index", "global_index"], .prompt: ["prompt"], .model: ["prediction"], .score: ["accuracy"],
            .cost: ["cost"],
            .ptok: ["generated_result.token_usage.input_tokens"], .ctok: ["generated_result.token_usage.output_tokens"],
        ])
        mapping.marks = ["global index", "prediction"]
        mapping.exclusions = [
            .unless("generated_result.success", ["true"], "generated_result.success is false: there was no answer")
        ]
        return mapping
    }

    private static var evaluationHarness: TableMapping {
        var mapping = TableMapping(paths: [
            .id: ["doc_id"],
            .prompt: ["doc.question", "doc.query", "doc.input", "doc.prompt", "arguments.gen_args_0.arg_0"],
        ])
        mapping.marks = ["doc_id", "resps"]
        mapping.isModelTheFile = true
        mapping.variant = "filter"
        return mapping
    }
}
