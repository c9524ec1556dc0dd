import Foundation
import Testing

/// A file of the field, what is done with it and what is right.
struct FieldCase: Sendable, CustomTestStringConvertible {
    enum Folder: String, CaseIterable, Sendable { case log, stats, table, prompts, foreign, converted }

    static let folder =
        ProcessInfo.processInfo.environment["BANDIT_ROUTER_CASES"]
        ?? SimulateProcess.root.deletingLastPathComponent().appending(path: "shared/cases/evaluation").path()
    static var isThere: Bool { FileManager.default.fileExists(atPath: folder + "/log") }
    static func path(_ folder: Folder, _ file: String) -> String { "\(Self.folder)/\(folder.rawValue)/\(file)" }

    let file: String
    let status: Int32
    /// What either output must have.
    let says: [String]
    var flags: [String] = []
    /// The scale that the error names.
    var scale: String?

    init(_ file: String, _ status: Int32, _ says: String..., flags: [String] = [], scale: String? = nil) {
        (self.file, self.status, self.says, self.flags, self.scale) = (file, status, says, flags, scale)
    }

    var testDescription: String { ([file] + flags).joined(separator: " ") }

    func check(_ arguments: [String]) throws {
        let found = try SimulateProcess.run(arguments)
        #expect(found.status == status, "\(found.status) \(found.errors)")
        for part in says {
            #expect((found.output + found.errors).contains(part), "\(part): \(found.output)\(found.errors)")
        }
        // With bad input nothing stands on standard output.
        #expect(status != 3 || found.output.isEmpty)
    }

    // MARK: Logs

    /// Of the same 600 decisions, however they are written.
    private static let mean = "`logged` earns 0.478 [0.439, 0.522]"
    private static let uniform = "`uniform` earns 0.474 [0.432, 0.524]"

    static let logs: [FieldCase] = [
        FieldCase("arms_null.jsonl.gz", 3, ":1: arms: must be the list of names", "(600 lines like it)"),
        FieldCase("base.jsonl.gz", 0, mean, uniform, "the log can tell"),
        FieldCase("bool_reward.jsonl.gz", 0, mean, uniform),
        FieldCase("category_number.jsonl.gz", 0, mean, "1 categories"),
        FieldCase(
            "decimal_comma.jsonl.gz", 3,
            #":1: reward: must be a number, true, false or null, is the string "0,0": write 0.0"#),
        FieldCase("int_arm_indices.jsonl.gz", 0, mean, uniform),
        FieldCase("int_ids.jsonl.gz", 0, mean, uniform),
        FieldCase("json_array.json.gz", 0, mean, uniform),
        FieldCase("json_pretty_objects.json", 0, "100 rows, 100 used", "The effective sample size is 100, below 200."),
        FieldCase("latin1.jsonl.gz", 3, "not valid UTF-8", "iconv -f WINDOWS-1252 -t UTF-8", "(291 lines like it)"),
        FieldCase("log.jsonl.bz2", 3, "compressed with bzip2", "bzip2 -dc FILE | gzip"),
        FieldCase("log.jsonl.xz", 3, "compressed with xz", "xz -dc FILE | gzip"),
        FieldCase("log.jsonl.zst", 3, "compressed with zstd", "zstd -dc FILE | gzip"),
        FieldCase("log.parquet", 3, "is a Parquet file", "read_parquet"),
        FieldCase("log.zip", 3, "is a zip archive", "unzip -p FILE"),
        FieldCase("one_to_zero_reward.jsonl.gz", 0, "`logged` earns 0.000 [0.000, 0.00615]", "the log hardly can"),
        FieldCase("percent_reward.jsonl.gz", 3, "`--reward-scale 0:100` brings them to [0, 1]", "(287 lines like it)"),
        FieldCase("percent_reward.jsonl.gz", 0, mean, uniform, flags: ["--reward-scale", "0:100"]),
        FieldCase(
            "probs_as_dict.jsonl.gz", 3,
            ":1: probabilities: must be a list of numbers in the order of arms, is an object"),
        FieldCase(
            "prop_5e-324.jsonl.gz", 1, mean, "The effective sample size is 1, below 50.",
            "Line 10 (propensity 5e-324) carries 100 % of all weight."),
        FieldCase("rounded_3_digits.jsonl.gz", 0, mean, "600 rows have rounded probabilities", "off by 0.001 at most"),
        FieldCase("rounded_4_digits.jsonl.gz", 0, mean, "600 rows have rounded probabilities", "off by 0.0003 at most"),
        FieldCase("rounded_6_digits.jsonl.gz", 0, mean, "600 rows have rounded probabilities", "off by 1e-06 at most"),
        FieldCase("session_number.jsonl.gz", 0, mean, uniform, "The 600 rows are of 200 sessions"),
        FieldCase("slate.jsonl.gz", 3, "slates cannot be judged", ":1: propensity: must be a number, is a list"),
        FieldCase("stars_1_5.jsonl.gz", 3, "`--reward-scale 1:5` brings them to [0, 1]"),
        FieldCase("stars_1_5.jsonl.gz", 0, "`logged` earns 0.502 [0.472, 0.531]", flags: ["--reward-scale", "1:5"]),
        FieldCase(
            "string_propensity.jsonl.gz", 3,
            #":1: propensity: must be a number, is the string "0.3": write the number without quotes"#),
        FieldCase(
            "string_reward.jsonl.gz", 3, #":1: reward: must be a number, true, false or null, is the string "bad""#),
        FieldCase("time_ms.jsonl.gz", 0, mean, uniform),
        FieldCase("time_s.jsonl.gz", 0, mean, uniform),
        FieldCase("utf16.jsonl.gz", 3, "text in UTF-16", "iconv -f UTF-16 -t UTF-8"),
        FieldCase(
            "vw_cost.jsonl.gz", 3, "if they are costs, less being better, `--reward-sign -1` makes rewards of them"),
        FieldCase("vw_cost.jsonl.gz", 0, mean, uniform, flags: ["--reward-sign", "-1"]),
        FieldCase("wrapped_object.json.gz", 0, mean, uniform),
    ]

    // MARK: Logs of known truth

    static let statistics: [FieldCase] = [
        // Only happy users of b speak: the arms are worth the same.
        FieldCase(
            "feedback_mnar.jsonl.gz", 1, "The share of silence differs by arm (b 71.4 %, a 49 %)", "NOT shown",
            "whatever the silent think", "it falls where the silent are less content by",
            flags: ["evaluate", "--policy", "fixed:a", "--policy", "fixed:b", "--gate", "fixed:b > fixed:a"]),
        FieldCase(
            "feedback_mnar.jsonl.gz", 0, "feedback is missing at random", "shown by dr",
            flags: [
                "evaluate", "--policy", "fixed:b", "--gate", "fixed:b > fixed:a", "--assume", "missing-at-random",
            ]),
        // Both arms pay .5: no policy earns more.
        FieldCase(
            "learning_false_gate.jsonl", 1, "gate thompson > 0.5: NOT shown",
            flags: ["replay", "--policy", "thompson", "--gate", "thompson > 0.5"]),
        FieldCase(
            "rare_clicks.jsonl.gz", 1, "About 9 rewards of what this policy would choose differ from 0, below 10",
            "gate uniform > 0.001: NOT shown", "gate uniform < 0.01: shown",
            flags: ["evaluate", "--policy", "uniform", "--gate", "uniform > 0.001", "--gate", "uniform < 0.01"]),
        FieldCase(
            "sessions.jsonl.gz", 0, "logged: weak", "--cluster session makes the error of the mean 4.51 times as large",
            flags: ["evaluate", "--policy", "logged"]),
        FieldCase(
            "sessions.jsonl.gz", 1, "logged: ok", "gate fixed:a > 0.5: NOT shown",
            flags: ["evaluate", "--cluster", "session", "--policy", "logged", "--gate", "fixed:a > 0.5"]),
        FieldCase(
            "thompson.jsonl.gz", 0, "logged: ok", "uniform: ok",
            flags: ["evaluate", "--policy", "logged", "--policy", "uniform"]),
        // The same router, that logged 1/n.
        FieldCase(
            "thompson_logged_1_over_n_prop_only.jsonl.gz", 1, "logged: weak", "uniform: refused", "fixed:a: refused",
            "arm b in category code was drawn 613 times where the logged propensities promise about 247",
            flags: ["evaluate", "--policy", "logged", "--policy", "uniform", "--policy", "fixed:a"]),
        FieldCase(
            "thumbs_up_only.jsonl.gz", 1, "logged: weak", "every reward given is the same",
            "gate logged > 0.5: NOT shown",
            flags: ["evaluate", "--policy", "logged", "--gate", "logged > 0.5"]),
        FieldCase(
            "thumbs_up_only.jsonl.gz", 1, "gate logged > 0.5: NOT shown", "assuming missing-at-random",
            flags: ["evaluate", "--policy", "logged", "--gate", "logged > 0.5", "--assume", "missing-at-random"]),
    ]

    // MARK: Tables and prompts

    static let tables: [FieldCase] = [
        FieldCase("base.csv", 0, "2 arms, 2 categories"),
        FieldCase("missing_arm_cells.csv", 3, "no arm has a score for the prompt p4"),
        FieldCase(
            "one_score_a_row.csv", 3,
            "that is a log of what was chosen, not a table of what every model would have earned"),
        FieldCase(
            "score_1_10.csv", 3, ":2: score|gpt-4o-mini: 3 is outside [0, 1]", "--reward-scale 1:10`", scale: "1:10"),
        FieldCase(
            "score_percent.csv", 3, ":2: score|gpt-4o-mini: 85 is outside [0, 1]", "--reward-scale 0:100`",
            scale: "0:100"),
        FieldCase("semicolon.csv", 0, "2 arms, 2 categories"),
        FieldCase("semicolon_decimal_comma.csv", 0, "2 arms, 2 categories"),
        FieldCase("tab.tsv", 0, "2 arms, 2 categories"),
    ]

    static let prompts: [FieldCase] = [
        FieldCase(
            "alpaca.jsonl", 3, "the keys are category, input, instruction, output, and --prompt names the one",
            "(120 lines like it)"),
        FieldCase("alpaca.jsonl", 0, #""held_out_rows":"#, flags: ["--prompt", "instruction"]),
        FieldCase("base.csv", 0, #""held_out_rows":12"#, #""accuracy":1"#),
        FieldCase("many_labels.csv", 0, #""measured":false"#, #""accuracy":null"#),
        FieldCase("one_each.csv", 0, #""measured":false"#, #""accuracy":null"#, #""abstention":[]"#),
        FieldCase("semicolon.csv", 0, #""held_out_rows":12"#, #""accuracy":1"#),
    ]
}

/// An export of another system and what becomes of it.
struct ForeignCase: Sendable, CustomTestStringConvertible {
    let kind: String
    let files: [String]
    /// What the conversion says it made, or why it did not.
    let says: String
    var notes: [String] = []
    var mapping: [String] = []
    /// Of the evaluation.
    var flags: [String] = []
    var status: Int32 = 0
    var judgement = ""
    var isTable = false
    /// The same file, converted by hand.
    var converted: String?

    var testDescription: String { "\(kind) \(files.joined(separator: " "))" }

    private static let noReward = "LiteLLM logs no reward"

    static let all: [ForeignCase] = [
        ForeignCase(
            kind: "litellm", files: ["litellm_spend_logs.json"],
            says:
                "80 decisions of 80 rows, 3 arms (openai/claude-3-5-haiku, openai/gpt-4o-mini, openai/mistral-small); 0 with a reward",
            notes: [noReward], flags: ["--propensities", "shares", "--metric", "cost_usd"],
            judgement: "`logged` costs $0.49 per 1,000 [$0.43, $0.55]; the log hardly can, if arms were drawn at random"
        ),
        ForeignCase(
            kind: "litellm", files: ["litellm_spend_logs.csv"], says: "80 decisions of 80 rows, 3 arms",
            notes: [noReward], flags: ["--propensities", "shares", "--metric", "cost_usd"],
            judgement: "`logged` costs $0.49 per 1,000 [$0.43, $0.55]"),
        ForeignCase(
            kind: "langfuse", files: ["langfuse_observations.jsonl", "langfuse_scores.jsonl"],
            says: "80 decisions of 80 rows, 3 arms (claude-3-5-haiku, gpt-4o-mini, mistral-small); 43 with a reward",
            notes: ["a score of a trace counts for every generation"], flags: ["--propensities", "shares"], status: 1,
            judgement: "The effective sample size is 43, below 50."),
        ForeignCase(
            kind: "tensorzero", files: ["tensorzero_chat_inference.jsonl", "tensorzero_boolean_feedback.jsonl"],
            says: "80 decisions of 80 rows, 3 arms (claude-3-5-haiku, gpt-4o-mini, mistral-small); 29 with a reward",
            notes: ["feedback on an episode"], flags: ["--propensities", "shares"], status: 1,
            judgement: "The effective sample size is 29, below 50."),
        ForeignCase(
            kind: "vw", files: ["vw_dsjson.jsonl"], says: "220 decisions of 221 rows, 4 arms",
            flags: ["--policy", "logged"], judgement: "`logged` earns 0.345 [0.283, 0.410]; the log can tell.",
            converted: "vw.jsonl"),
        ForeignCase(
            kind: "vw", files: ["vw_cb_adf.txt"], says: "50 decisions of 50 rows, 3 arms",
            flags: ["--policy", "logged"],
            judgement: "`logged` earns 0.320 [0.183, 0.520]"),
        ForeignCase(
            kind: "obd", files: ["obd_random_men_300.csv"], says: "250 decisions of 250 rows, 34 arms",
            flags: ["--policy", "logged"], judgement: "`logged` earns 0.000 [0.000, 0.015]; the log hardly can",
            converted: "obd.jsonl"),
        ForeignCase(
            kind: "helicone", files: ["helicone.jsonl"],
            says: "80 decisions of 80 rows, 3 arms (claude-3-5-haiku, gpt-4o-mini, mistral-small); 62 with a reward",
            flags: ["--propensities", "shares"], judgement: "`logged` earns 0.419 [0.274, 0.614]"),
        ForeignCase(
            kind: "openrouter", files: ["openrouter_activity.csv"], says: "80 decisions of 80 rows, 1 arms",
            notes: ["there is one arm", "OpenRouter logs no reward"],
            flags: ["--propensities", "shares", "--metric", "cost_usd"], status: 3,
            judgement: "nothing was drawn at random"),
        ForeignCase(
            kind: "generic", files: ["decisions_rewards.csv"], says: "200 decisions of 200 rows, 3 arms",
            mapping: ["--map", "arm=decision"], flags: ["--propensities", "shares"],
            judgement:
                "`logged` earns 0.495 [0.429, 0.564]; the log can tell, if arms were drawn at random with their shares."
        ),
        ForeignCase(
            kind: "generic", files: ["logged_table.csv"], says: "300 decisions of 300 rows, 3 arms",
            mapping: [
                "--map", "arm=action", "--map", "decision_id=event_id", "--map", "time=ts", "--map", "category=segment",
            ],
            flags: ["--policy", "logged"], judgement: "`logged` earns 0.483 [0.430, 0.540]; the log can tell.",
            converted: "table.jsonl"),
        ForeignCase(
            kind: "helm", files: ["helm_per_instance_stats.json"], says: "40 prompts of 40 rows, 1 models",
            judgement: "1 arms", isTable: true),
        ForeignCase(
            kind: "llmrouter", files: ["llmrouter_routing_data.jsonl"], says: "100 prompts of 120 rows, 3 models",
            notes: ["100 prompts lack the score of some model"], judgement: "3 arms", isTable: true),
        ForeignCase(
            kind: "promptfoo", files: ["promptfoo_results.json"], says: "40 prompts of 80 rows, 2 models",
            judgement: "2 arms", isTable: true),
        ForeignCase(
            kind: "routellm", files: ["routellm_mmlu.csv"], says: "60 prompts of 60 rows, 2 models",
            judgement: "2 arms",
            isTable: true),
        ForeignCase(
            kind: "routerarena", files: ["routerarena_predictions.json"], says: "60 prompts of 60 rows, 2 models",
            notes: ["that is the log of one router without probabilities"], status: 3,
            judgement: "no prompt has a known score of two models", isTable: true),
        ForeignCase(
            kind: "routerbench", files: ["routerbench_0shot.csv"], says: "60 prompts of 60 rows, 3 models",
            judgement: "3 arms", isTable: true),
        ForeignCase(
            kind: "lm-eval", files: ["samples_gsm8k_llama-8b.jsonl", "samples_gsm8k_mistral-7b.jsonl"],
            says: "40 prompts of 160 rows, 2 models (llama-8b, mistral-7b)",
            notes: ["left out 80: filter is flexible-extract, and strict-match is taken"], judgement: "2 arms",
            isTable: true),
    ]

    static let refused: [ForeignCase] = [
        ForeignCase(kind: "generic", files: ["arena_preference.jsonl"], says: "these are votes between two answers"),
        ForeignCase(kind: "generic", files: ["openai_usage.json"], says: "these are sums over many requests"),
        ForeignCase(kind: "openrouter", files: ["openai_usage.json"], says: "these are sums over many requests"),
        ForeignCase(kind: "generic", files: ["vw_estimators.csv"], says: "these are an estimator's inputs"),
        ForeignCase(kind: "vw", files: ["vw_estimators.csv"], says: "these are an estimator's inputs"),
        ForeignCase(kind: "generic", files: ["logged_table.parquet"], says: "is a Parquet file"),
        ForeignCase(kind: "generic", files: ["logged_table.pkl"], says: "is a Python pickle"),
        ForeignCase(
            kind: "generic", files: ["logged_table.csv"],
            says: "perhaps --map arm=action --map decision_id=event_id --map time=ts --map category=segment"),
        ForeignCase(
            kind: "langfuse", files: ["langfuse_scores.jsonl"],
            says: "these are scores: the file of the decisions comes first"),
        ForeignCase(kind: "tensorzero", files: ["tensorzero_boolean_feedback.jsonl"], says: "these are scores"),
        ForeignCase(kind: "litellm", files: ["helicone.jsonl"], says: "this looks like --from helicone"),
    ]
}
