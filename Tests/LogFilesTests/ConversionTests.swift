import Foundation
import LogFiles
import OffPolicy
import Testing

/// Exports of other systems in their own shapes, with made-up values.
@Suite("Converting exports")
struct ConversionTests {
    private func convert(
        _ kind: String, _ inputs: [String], _ change: (inout LogConversion) -> Void = { _ in }
    ) throws -> (report: ConversionReport, rows: [[String: Any]]) {
        let files = inputs.map { TemporaryFile($0) }
        let output = TemporaryFile(suffix: ".jsonl")
        defer { withExtendedLifetime((files, output)) {} }
        let report: ConversionReport
        if kind == "vw" {
            report = try VowpalConversion().run(input: files[0].path, output: output.path)
        } else {
            var conversion = LogConversion(kind: kind, mapping: try #require(LogMapping.kind(kind)))
            change(&conversion)
            report = try conversion.run(inputs: files.map(\.path), output: output.path)
        }
        let lines = String(decoding: output.bytes, as: UTF8.self).split(separator: "\n")
        let rows = try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:] }
        // What was written is a log.
        var options = DecisionLogBuilder.Options()
        if rows[0]["propensity"] == nil { options.propensities = .shares(byCategory: false) }
        var builder = DecisionLogBuilder(options)
        try JSONLinesLog(path: output.path).read(into: &builder, skipInvalid: 0, progress: nil)
        #expect(builder.log.counts.rows == report.written)
        return (report, rows)
    }

    private func table(_ kind: String, _ inputs: [String], _ change: (inout TableConversion) -> Void = { _ in }) throws
        -> (report: ConversionReport, text: String)
    {
        let output = TemporaryFile(suffix: ".csv")
        var conversion = TableConversion(kind: kind, mapping: try #require(TableMapping.kind(kind)))
        change(&conversion)
        let report = try conversion.run(inputs: inputs, output: output.path)
        _ = try OutcomeTableReader.read(path: output.path)
        return (report, String(decoding: output.bytes, as: UTF8.self))
    }

    private func refusal(_ kind: String, _ input: String) -> String {
        let file = TemporaryFile(input)
        let output = FileManager.default.temporaryDirectory.appending(path: "no-\(UUID().uuidString).jsonl").path
        let error = #expect(throws: InputError.self) {
            if let mapping = TableMapping.kind(kind) {
                _ = try TableConversion(kind: kind, mapping: mapping).run(inputs: [file.path], output: output)
            } else {
                _ = try LogConversion(kind: kind, mapping: LogMapping.kind(kind)!).run(
                    inputs: [file.path], output: output)
            }
        }
        withExtendedLifetime(file) {}
        #expect(
            !FileManager.default.fileExists(atPath: output)
                && !FileManager.default.fileExists(atPath: output + ".partial"))
        return error?.description ?? ""
    }

    private static func spend(_ id: String, _ model: String, status: String = "success", cache: String = "False")
        -> String
    {
        #"{"request_id":"\#(id)","call_type":"acompletion","spend":0.0007,"startTime":"2025-05-01T10:00:00+00:00","#
            + #""endTime":"2025-05-01T10:00:03.409167+00:00","model":"\#(model)","model_group":"smart","metadata":{"status":"x"},"#
            + #""cache_hit":"\#(cache)","session_id":"s0","status":"\#(status)","messages":{}}"#
    }

    @Test(
        "LiteLLM's spend logs, as an array and as CSV; failures, cached answers and repetitions are left out with the reason"
    )
    func litellm() throws {
        let rows = [
            Self.spend("r1", "openai/b"), Self.spend("r2", "openai/a"), Self.spend("r3", "openai/a", status: "failure"),
            Self.spend("r4", "openai/a", cache: "True"), Self.spend("r1", "openai/a"),
        ]
        let ratings = TemporaryFile("id,stars\nr1,5\nr2,1\nr9,3\n")
        let (report, log) = try convert("litellm", ["[" + rows.joined(separator: ", ") + "]"]) {
            $0.rewards = (ratings.path, "id", "stars")
            $0.scale = RewardScale(lowest: 1, highest: 5)
        }
        #expect(
            log.count == 2 && report.read == 5 && report.withReward == 2 && report.arms == ["openai/a", "openai/b"])
        #expect(log[0]["arm"] as? String == "openai/b" && log[0]["arms"] as? [String] == ["openai/a", "openai/b"])
        #expect(log[0]["latency_ms"] as? Double == 3409.167 && log[0]["cost_usd"] as? Double == 0.0007)
        #expect(
            log[0]["route"] as? String == "smart" && log[0]["reward"] as? Double == 1
                && log[1]["reward"] as? Double == 0)
        #expect(log[0]["propensity"] == nil && report.notes.contains { $0.contains("--propensities shares") })
        #expect(
            report.dropped.map { "\($0.count) \($0.reason.prefix(20))" } == [
                "1 status is not succes", "1 cache_hit: the answe", "1 the same request_id ",
            ])
        let csv =
            "request_id,call_type,spend,startTime,endTime,model,model_group,metadata,cache_hit,status\r\n"
            + "c1,acompletion,0.001,2025-05-01T10:00:00+00:00,2025-05-01T10:00:01+00:00,m,smart,\"{\"\"a\"\": 1}\",False,success\r\n"
        #expect(try convert("litellm", [csv]).rows[0]["latency_ms"] as? Double == 1000)
    }

    @Test("Langfuse's observations with scores on traces and observations; of several scores one must be named")
    func langfuse() throws {
        func observation(_ id: String, _ trace: String, type: String = "GENERATION") -> String {
            #"{"id":"\#(id)","trace_id":"\#(trace)","type":"\#(type)","start_time":"2025-05-01 10:00:00.123000","#
                + #""end_time":"2025-05-01 10:00:02.456000","provided_model_name":"m-\#(trace)","total_cost":0.0004,"latency":2.333,"#
                + #""session_id":"s","trace_name":"support","metadata":{"category":"code"}}"#
        }
        func score(_ name: String, trace: String, observation: String = "null", _ value: String) -> String {
            #"{"id":"x","trace_id":"\#(trace)","observation_id":\#(observation),"name":"\#(name)","value":\#(value),"data_type":"NUMERIC"}"#
        }
        let observations = [observation("o1", "t1"), observation("o2", "t2"), observation("o3", "t1", type: "SPAN")]
            .joined(separator: "\n")
        let scores = [
            score("ok", trace: "t1", "1"), score("ok", trace: "t2", observation: "\"o2\"", "0"),
            score("ok", trace: "t2", "null"),
        ]
        let (report, log) = try convert("langfuse", [observations, scores.joined(separator: "\n")])
        #expect(log.count == 2 && log[0]["reward"] as? Double == 1 && log[1]["reward"] as? Double == 0)
        #expect(log[0]["category"] as? String == "code" && log[0]["latency_ms"] as? Double == 2333)
        #expect(report.dropped.contains { $0.reason.hasPrefix("type is not GENERATION") && $0.count == 1 })
        #expect(report.dropped.contains { $0.reason == "scores that are no numbers" && $0.count == 1 })
        let two = (scores + [score("speed", trace: "t1", "0.5")]).joined(separator: "\n")
        let error = #expect(throws: InputError.self) { try convert("langfuse", [observations, two]) }
        #expect(error?.reason.contains("--score names the one that is the reward: ok (3), speed (1)") == true)
        #expect(
            try convert("langfuse", [observations, two]) { $0.score = "speed" }.rows[0]["reward"] as? Double == 0.5)
    }

    @Test("TensorZero's inferences with feedback on inferences and on episodes")
    func tensorZero() throws {
        func inference(_ id: String, _ episode: String, _ variant: String) -> String {
            #"{"id":"\#(id)","function_name":"answer","variant_name":"\#(variant)","episode_id":"\#(episode)","input":"{}","#
                + #""processing_time_ms":1439,"timestamp":"2025-05-01 10:00:00","tags":{}}"#
        }
        let feedback =
            #"{"id":"f","target_id":"i1","metric_name":"thumbs_up","value":false}"# + "\n"
            + #"{"id":"g","target_id":"e2","metric_name":"thumbs_up","value":true}"#
        let (report, log) = try convert(
            "tensorzero", [[inference("i1", "e1", "b"), inference("i2", "e2", "a")].joined(separator: "\n"), feedback])
        #expect(log.map { $0["reward"] as? Double } == [0, 1] && report.arms == ["a", "b"])
        #expect(log[0]["latency_ms"] as? Double == 1439 && log[0]["route"] as? String == "answer")
    }

    @Test("Vowpal Wabbit's JSON and text: costs turned, the ranked actions put in order, other lines left out")
    func vowpal() throws {
        let dsjson = [
            #"{"_label_cost":-1.0,"_label_probability":0.8,"_label_Action":3,"Timestamp":"2025-03-01T10:00:28.1726275Z","EventId":"e1","#
                + #""a":[3,1,2],"c":{"_multi":[{"_tag":"x"},{"i":{"id":"y"}},{}]},"p":[0.8,0.1,0.1]}"#,
            #"{"RewardValue":1,"EventId":"e1"}"#, "[checkpoint]",
            #"{"_label_cost":-0.0,"_label_probability":0.1,"_label_Action":1,"EventId":"e2","_skipLearn":true,"a":[1],"c":{"_multi":[{}]},"p":[1]}"#,
        ].joined(separator: "\n")
        let (report, log) = try convert("vw", [dsjson])
        #expect(log.count == 1 && log[0]["arms"] as? [String] == ["3", "x", "y"] && log[0]["arm"] as? String == "3")
        #expect(log[0]["probabilities"] as? [Double] == [0.8, 0.1, 0.1] && log[0]["reward"] as? Double == 1)
        #expect(report.dropped.map(\.count) == [1, 1, 1])
        let text =
            "shared |User lang=en\n|Action model=a\n0:-1.0:0.3333 |Action model=b\n\nshared |User\n0:-0.0:0.5 |Action model=a\n|Action model=b\n"
        let adf = try convert("vw", [text]).rows
        #expect(
            adf.map { $0["arm"] as? String } == ["model=b", "model=a"] && adf.map { $0["reward"] as? Double } == [1, 0])
        #expect(adf[0]["propensity"] as? Double == 0.3333)
        let wide =
            #"{"_label_cost":5,"_label_probability":1,"_label_Action":1,"EventId":"e","a":[1],"c":{"_multi":[{}]},"p":[1]}"#
        let error = #expect(throws: InputError.self) { try convert("vw", [wide]) }
        #expect(error?.reason.contains("5.0 is outside the scale from -1.0 to 0.0") == true)
    }

    @Test("the Open Bandit Dataset, Helicone and OpenRouter")
    func others() throws {
        let obd =
            ",timestamp,item_id,position,click,propensity_score,user_feature_0\n"
            + "0,2019-11-24 00:03:13.442536+00:00,14,3,0,0.5,x\n1,2019-11-24 00:03:14+00:00,2,1,1,0.5,x\n"
        let bandit = try convert("obd", [obd]).rows
        #expect(bandit[0]["arms"] as? [String] == ["2", "14"] && bandit[0]["category"] as? String == "3")
        #expect(bandit.map { $0["reward"] as? Double } == [0, 1] && bandit[1]["decision_id"] as? String == "1")
        func request(_ id: String, _ rating: String, status: Int = 200) -> String {
            #"{"request_id":"\#(id)","request_created_at":"2025-05-01T10:00:00.000Z","request_model":"m","request_properties":"#
                + #"{"Helicone-Session-Id":"s0"},"response_status":\#(status),"delay_ms":1896,"costUSD":0.0007,"feedback_rating":\#(rating),"#
                + #""scores":{"accuracy":46}}"#
        }
        let requests = [request("1", "false"), request("2", "null"), request("3", "true", status: 500)].joined(
            separator: "\n")
        let helicone = try convert("helicone", [requests])
        #expect(
            helicone.rows.map { $0["reward"] as? Double } == [0, nil]
                && helicone.rows[0]["session_id"] as? String == "s0")
        let scored = try convert("helicone", [requests]) {
            $0.score = "accuracy"
            $0.scale = RewardScale(lowest: 0, highest: 100)
        }
        #expect(scored.rows.map { $0["reward"] as? Double } == [0.46, 0.46])
        let activity =
            "generation_id,created_at,cost_total,model_permaslug,cancelled,generation_time_ms,app_name\n"
            + "g1,2025-05-01 10:00:00.123,0.00009274,openai/m,false,3008,myapp\ng2,2025-05-01 10:00:00.123,0.1,openai/m,true,1,myapp\n"
        let router = try convert("openrouter", [activity])
        #expect(router.rows.count == 1 && router.rows[0]["cost_usd"] as? Double == 0.00009274)
        #expect(router.report.dropped.map(\.reason) == ["cancelled: nobody saw the whole answer"])
    }

    @Test("any table or JSON by a mapping; what a mapping misses is told with what there is")
    func generic() throws {
        let csv = "event_id;ts;segment;action;propensity;good\n1;2025-01-02 03:04:00;us;b;0,6;yes\n"
        let paths: [LogMapping.Field: String] = [.id: "event_id", .time: "ts", .category: "segment", .arm: "action"]
        func map(_ conversion: inout LogConversion) {
            for (field, path) in paths { conversion.mapping.paths[field] = [path] }
            conversion.mapping.arms = ["a", "b"]
        }
        let log = try convert("generic", [csv], map).rows
        #expect(log[0]["arms"] as? [String] == ["a", "b"] && log[0]["propensity"] as? Double == 0.6)
        #expect(log[0]["time"] as? String == "2025-01-02T03:04:00.000Z" && log[0]["reward"] is NSNull)
        let error = #expect(throws: InputError.self) {
            try convert("generic", [csv]) {
                map(&$0)
                $0.mapping.paths[.reward] = ["good"]
            }
        }
        #expect(error?.description.hasSuffix(":2: reward: must be a number, is \"yes\"") == true)
        #expect(refusal("generic", csv).contains("no arm, which would be the arm; the rows have action, event_id"))
        #expect(
            refusal("generic", csv).hasSuffix(
                "--map arm=NAME says which one it is, perhaps --map arm=action --map decision_id=event_id --map time=ts "
                    + "--map category=segment"))
        let nested = #"{"response":{"model.name":"m"},"score":0.5}"#
        let found = try convert("generic", [nested]) {
            $0.mapping.paths[.arm] = ["response.model.name"]
            $0.mapping.paths[.reward] = ["score"]
        }
        #expect(found.rows[0]["arm"] as? String == "m" && found.rows[0]["decision_id"] as? String == "row-1")
        #expect(found.report.notes.isEmpty == false)
    }

    @Test(
        "what can be no log is refused with the reason, and so is another kind's file, which is named; nothing is left behind"
    )
    func refusals() {
        let arena = #"{"id":"1","model_a":"x","model_b":"y","winner":"model_b","timestamp":1750000000.0}"#
        #expect(refusal("generic", arena).contains("votes between two answers"))
        #expect(refusal("litellm", arena).contains("votes between two answers"))
        let usage =
            #"{"object":"page","data":[{"object":"bucket","start_time":1,"end_time":2,"results":[{"num_model_requests":4}]}]}"#
        #expect(refusal("generic", usage).contains("sums over many requests"))
        #expect(
            refusal("openrouter", "date,model,usage,requests,prompt_tokens\n2025-05-01,m,0.1,7,9\n").contains(
                "sums over many"))
        #expect(refusal("generic", "p_log,r,p_pred,n\n0.8,1,0,1\n").contains("inputs (p_log, r, p_pred, n)"))
        #expect(refusal("langfuse", Self.spend("1", "m")).contains("this looks like --from litellm"))
        #expect(
            refusal("routerbench", "prompt,a,b\nx,True,False\n").contains(
                "no column MODEL|total_cost; the rows have prompt, a, b"))
        #expect(refusal("generic", "PAR1\u{15}\u{4}\u{15}\u{10}\u{12}").contains("is a Parquet file"))
        #expect(
            refusal("litellm", "[" + Self.spend("1", "m", status: "failure") + "]").contains(
                "none is a decision: 1 status is not"))
        // A value that is bad deep in the file leaves no file either.
        let bad = Self.spend("1", "m") + "\n" + Self.spend("2", "m").replacingOccurrences(of: "0.0007", with: "-1")
        #expect(refusal("litellm", bad).contains(":2: cost_usd: -1.0 is negative"))
    }

    @Test("tables with a column a model")
    func wideTables() throws {
        let bench = TemporaryFile(
            "sample_id,prompt,eval_name,m1,x/m2,m1|model_response,x/m2|model_response,m1|total_cost,x/m2|total_cost,oracle_model_to_route_to\r\n"
                + "s.0,\"['a, b']\",math,0.0,0.25,['B'],['B'],0.0005,0.0006,m1\r\n")
        #expect(
            try table("routerbench", [bench.path]).text
                == "prompt_id,category,prompt,score|m1,score|x/m2,cost|m1,cost|x/m2\ns.0,math,\"['a, b']\",0.0,0.25,0.0005,0.0006\n"
        )
        let routellm = TemporaryFile("prompt,m 1,b\r\n\"Q:\r\nA\",True,False\r\nshort,False,True\r\n")
        let found = try table("routellm", [routellm.path])
        #expect(
            found.text.hasPrefix("prompt_id,prompt,score|m-1,score|b\nprompt-")
                && found.text.hasSuffix("short,short,0.0,1.0\n"))
        let marks = TemporaryFile("prompt_id;score|a;score|b;cost|a\np;85;0;0,5\nq;;100;\n")
        let scaled = try table("table", [marks.path]) { $0.scale = RewardScale(lowest: 0, highest: 100) }
        #expect(scaled.text == "prompt_id,score|a,score|b,cost|a,cost|b\np,0.85,0.0,0.5,\nq,,1.0,,\n")
        #expect(scaled.report.dropped.map(\.reason) == ["no score (score|a)"])
    }

    @Test("tables with a row a prompt and model")
    func longTables() throws {
        func llmrouter(_ query: String, _ model: String, _ performance: Double) -> String {
            #"{"task_name":"qa","query":"\#(query)","model_name":"\#(model)","input_tokens":60,"output_tokens":120,"#
                + #""response_time":2.5,"performance":\#(performance),"task_id":null}"#
        }
        let long = TemporaryFile(
            [llmrouter("q0", "a", 0), llmrouter("q0", "b", 1), llmrouter("q1", "a", 0.5), llmrouter("q0", "a", 1)]
                .joined(separator: "\n"))
        let found = try table("llmrouter", [long.path])
        #expect(
            found.text == "prompt_id,category,prompt,score|a,score|b,ptok|a,ptok|b,ctok|a,ctok|b,lat|a,lat|b\n"
                + "q0,qa,q0,0.0,1.0,60.0,60.0,120.0,120.0,2500.0,2500.0\nq1,qa,q1,0.5,,60.0,,120.0,,2500.0,\n")
        #expect(found.report.dropped.map(\.reason) == ["another result of the same prompt and model"])
        let arena = TemporaryFile(
            #"[{"global index":"A_0","prompt":"x","prediction":"o/m","generated_result":{"success":true,"token_usage":{"input_tokens":9}},"cost":1e-5,"accuracy":1.0},"#
                + #"{"global index":"A_1","prompt":"y","prediction":"o/n","generated_result":{"success":true},"cost":1e-5,"accuracy":0.0}]"#
        )
        let one = try table("routerarena", [arena.path])
        #expect(one.report.notes.contains { $0.contains("the score of one model only: that is the log of one router") })
        let promptfoo = TemporaryFile(
            #"{"evalId":"e","results":{"version":3,"prompts":[{"raw":"x"}],"results":[{"promptIdx":0,"testIdx":0,"provider":{"id":"openai:a"},"#
                + #""vars":{"q":"how"},"score":0.5,"latencyMs":497,"cost":0.0001},{"promptIdx":1,"testIdx":0,"provider":{"id":"openai:b"},"#
                + #""vars":{"q":"how"},"score":1,"latencyMs":5,"cost":0.0002}],"stats":{}}}"#)
        #expect(
            try table("promptfoo", [promptfoo.path]).text
                == "prompt_id,prompt,score|openai:a,score|openai:b,cost|openai:a,"
                + "cost|openai:b,lat|openai:a,lat|openai:b\n0,how,0.5,1.0,0.0001,0.0002,497.0,5.0\n")
    }

    @Test("tables with a file a model: the path or MODEL=PATH names it, one filter and one metric count")
    func filesOfModels() throws {
        func sample(_ id: Int, _ filter: String, _ value: Double) -> String {
            #"{"doc_id":\#(id),"doc":{"question":"q\#(id)"},"resps":[["x"]],"filter":"\#(filter)","metrics":["exact_match"],"exact_match":\#(value)}"#
        }
        let a = TemporaryFile(
            [sample(0, "strict", 1), sample(0, "flexible", 0), sample(1, "strict", 0)].joined(separator: "\n"))
        let b = TemporaryFile([sample(0, "strict", 0), sample(1, "strict", 1)].joined(separator: "\n"))
        let harness = try table("lm-eval", ["llama-8b=\(a.path)", "mistral=\(b.path)"])
        #expect(harness.text == "prompt_id,prompt,score|llama-8b,score|mistral\n0,q0,1.0,0.0\n1,q1,0.0,1.0\n")
        #expect(harness.report.dropped.map(\.reason) == ["filter is flexible, and strict is taken"])
        let helm = TemporaryFile(
            #"[{"instance_id":"id0","train_trial_index":0,"stats":[{"name":{"name":"num_tokens"},"mean":9},"#
                + #"{"name":{"name":"exact_match"},"mean":1.0}]},{"instance_id":"id0","train_trial_index":1,"stats":[]}]"#
        )
        let found = try table("helm", ["m=\(helm.path)"])
        #expect(found.text == "prompt_id,score|m\nid0,1.0\n")
        let wrong = #expect(throws: InputError.self) { try table("helm", ["m=\(helm.path)"]) { $0.score = "bleu" } }
        #expect(wrong?.reason.contains("no statistic bleu among num_tokens, exact_match") == true)
    }

    @Test("shares are propensities where a split was random, with the caveat; a log that a rule made is refused")
    func shares() throws {
        func line(_ index: Int, _ arm: String, _ category: String) -> String {
            #"{"decision_id":\#(index),"arms":["a","b"],"arm":"\#(arm)","category":"\#(category)","reward":\#(index % 2)}"#
        }
        func load(_ lines: [String], _ source: PropensitySource) throws -> DecisionLog {
            let file = TemporaryFile(lines.joined(separator: "\n"))
            defer { withExtendedLifetime(file) {} }
            var options = DecisionLogBuilder.Options()
            options.propensities = source
            return try JSONLinesLog(path: file.path).load(options)
        }
        let random = (0..<200).map { line($0, $0 % 4 == 0 ? "a" : "b", "x") }
        let log = try load(random, .shares(byCategory: false))
        #expect(log.rows.propensity[0] == 0.25 && log.rows.propensity[1] == 0.75)
        #expect(log.rows.hasProbabilities(in: 0..<200) && log.rows.probabilities.values == [0.25, 0.75])
        #expect(
            log.notes.count == 1 && log.notes[0].contains("hold only if the arm was drawn at random with these shares"))
        let byCategory = (0..<400).map {
            line($0, $0 % (($0 / 200) == 0 ? 4 : 2) == 0 ? "a" : "b", $0 / 200 == 0 ? "x" : "y")
        }
        let split = try load(byCategory, .shares(byCategory: true))
        #expect(split.rows.propensity[0] == 0.25 && split.rows.propensity[399] == 0.5)
        // Shares that differ by category are told where the whole is taken.
        let skewed = (0..<400).map {
            line($0, ($0 / 200 == 0) == ($0 % 10 == 0) ? "a" : "b", $0 / 200 == 0 ? "x" : "y")
        }
        #expect(try load(skewed, .shares(byCategory: false)).notes[1].contains("--propensities shares:by=category"))
        let rule = (0..<200).map { line($0, $0 % 2 == 0 ? "a" : "b", $0 % 2 == 0 ? "x" : "y") }
        let error = #expect(throws: InputError.self) { try load(rule, .shares(byCategory: true)) }
        #expect(
            error?.reason.contains("nothing was drawn at random") == true
                && error?.reason.contains("Turn exploration on") == true)
        let bare = #expect(throws: InputError.self) { try load(random, .logged) }
        #expect(
            bare?.reason.contains(
                "missing, and so are the probabilities; if the arm was drawn at random with fixed shares") == true)
        #expect(bare?.count == 200)
    }

    @Test("a line that begins as an object and is none is a fault; NaN is a missing value")
    func brokenLines() throws {
        let good = #"{"decision_id":"1","arm":"a","reward":1}"#
        let missing = #"{"decision_id":"2","arm":"b","reward":NaN,"note":"NaN"}"#
        let (report, rows) = try convert("generic", [good + "\n" + missing + "\nstarted\n"])
        #expect(report.written == 2 && report.withReward == 1)
        #expect(rows.map { $0["decision_id"] as? String } == ["1", "2"])
        #expect(report.dropped.map(\.reason) == ["no JSON object"])
        #expect(refusal("generic", good + "\n" + good.dropLast(9)).contains(":2: json: the line ends in the middle"))
        let infinite = good.replacingOccurrences(of: ":1}", with: ":Infinity}")
        #expect(refusal("generic", good + "\n" + infinite + "\n" + infinite).contains(":2: json: not valid JSON"))
    }
}
