import LogFiles
import PolicySimulator
import Testing

@Suite("CSV and outcome tables")
struct OutcomeTableTests {
    private func records(_ text: String) throws -> [[String]] {
        let file = TemporaryFile(text)
        defer { withExtendedLifetime(file) {} }
        let reader = try CSVReader(path: file.path)
        var result: [[String]] = []
        while try reader.next() { result.append(try (0..<reader.fieldCount).map { try reader.field($0) }) }
        return result
    }

    private func reason(_ text: String) -> String? {
        let file = TemporaryFile(text)
        let error = #expect(throws: InputError.self) { try OutcomeTableReader.read(path: file.path) }
        withExtendedLifetime(file) {}
        return error.map { "\($0.line ?? 0): \($0.field): \($0.reason)" }
    }

    @Test("quoted commas, quotes, line ends, empty fields, CRLF and a byte order mark are read as RFC 4180 says")
    func csv() throws {
        #expect(
            try records("\u{feff}a,b\r\n\"x,1\",\"he said \"\"hi\"\"\r\nand left\"\r\n,\r\n\r\n\"\"\nlast,\"q\"")
                == [["a", "b"], ["x,1", "he said \"hi\"\r\nand left"], ["", ""], [""], ["last", "q"]])
        #expect(try records("a,b\r\n1,\r\n") == [["a", "b"], ["1", ""]])
    }

    @Test("a quote that is never closed, or stands within a plain field, is an error at the line its record begins")
    func badQuotes() throws {
        for (text, expected) in [
            ("prompt_id,score|a\np1,\"1\n2\n", "2: column 2: the quote is never closed"),
            ("prompt_id,score|a\np\"1,1\n", "2: column 1: a quote inside a field that is not quoted"),
            ("prompt_id,score|a\n\"p\"1,1\n", "2: column 1: characters after the closing quote"),
        ] { #expect(reason(text) == expected) }
    }

    @Test("an arm id may hold what the file format's other separators are")
    func armIDs() {
        for good in ["a", "openai/gpt-4o@2024:x", "1.5_b+c"] { #expect(OutcomeTableReader.isArmID(good)) }
        for bad in ["", "-a", "a|b", "a b", "é", "a,b"] { #expect(!OutcomeTableReader.isArmID(bad)) }
    }

    @Test("leading columns may be missing, an empty cell is unknown")
    func table() throws {
        let file = TemporaryFile(
            "prompt_id,category,score|a,score|m:1,cost|m:1,lat|a,note\np1,x,,1,0.5,,n\n\"p\n2\",y,0.25,0,,12,\n")
        let table = try OutcomeTableReader.read(path: file.path)
        withExtendedLifetime(file) {}
        #expect(table.promptIDs == ["p1", "p\n2"])
        #expect(table.categories == ["x", "y"])
        #expect(table.prompts == nil)
        #expect(table.models == ["a", "m:1"])
        #expect(table.score(row: 0, model: 0).isNaN)
        #expect(table.score(row: 0, model: 1) == 1)
        #expect(table.score(row: 1, model: 0) == 0.25)
        #expect(table.costUSD(row: 0, model: 0).isNaN)
        #expect(table.costUSD(row: 0, model: 1) == 0.5)
        #expect(table.latencyMS(row: 1, model: 0) == 12)
        #expect(table.latencyMS(row: 1, model: 1).isNaN)
        #expect(table.promptTokens == nil)
    }

    @Test(
        "semicolons and tabs separate too, and then numbers may have a decimal comma; Excel's first line names the separator"
    )
    func separators() throws {
        for (text, cost) in [
            ("prompt_id;score|a;cost|a;prompt\np;0;0,0004255;\"x; \"\"y\"\", z\"\n", 0.0004255),
            ("prompt_id\tscore|a\tcost|a\tprompt\np\t0.5\t1e-3\tx,y\n", 1e-3),
            ("sep=;\r\nprompt_id;score|a;cost|a;prompt\r\np;1;0.5;\r\n", 0.5),
            ("prompt_id,score|a,cost|a,prompt\np,1,0.25,x;y;z;w\n", 0.25),
        ] {
            let file = TemporaryFile(text)
            let table = try OutcomeTableReader.read(path: file.path)
            withExtendedLifetime(file) {}
            #expect(table.costUSD(row: 0, model: 0) == cost, "\(text)")
        }
    }

    @Test("all kinds of fault of a table are told in one run")
    func allFaults() {
        let file = TemporaryFile(
            "prompt_id,score|a,score|b,cost|a\np1,85,x,1\np2,100,1,-1\np2,0,1\np1,50,0,1\n")
        let error = #expect(throws: InputError.self) { try OutcomeTableReader.read(path: file.path) }
        withExtendedLifetime(file) {}
        let told = error?.description.split(separator: "\n").map { $0.dropFirst(file.path.count) } ?? []
        #expect(told.count == 5, "\(told)")
        #expect(
            told[0].hasPrefix(":2: score|a: 85 is outside [0, 1]; the file's rewards are from 0 to 100")
                && told[0].hasSuffix("(3 lines like it)"))
        #expect(
            told.contains(":2: score|b: \"x\" is not a finite number")
                && told.contains(":3: cost|a: -1 is outside [0, ∞)"))
        #expect(told.contains(":4: record: 3 fields where the header has 4"))
        #expect(told.contains(":5: prompt_id: \"p1\" is on line 2 already"))
    }

    @Test("every defect of a table is named with line, column and reason")
    func defects() {
        let head = "prompt_id,score|a,cost|a\n"
        for (text, expected) in [
            ("", "1: header: the file is empty"),
            (head, "1: rows: the table has a header but no rows"),
            ("id,score|a\n1,1\n", "1: prompt_id: the column is missing; the columns are id, score|a"),
            (
                "prompt_id,category\n1,x\n",
                "1: score|MODEL: the table has no score column; the columns are prompt_id, category"
            ),
            ("[{\"prompt_id\":1}]", "1: file: is JSON; an outcome table is CSV with a header: prompt_id,score|MODEL,…"),
            (
                head + "p,\"0,5\",1\n",
                "2: score|a: \"0,5\" is not a finite number "
                    + "(a decimal comma is read only where semicolons or tabs separate the fields)"
            ),
            ("prompt_id,score|a,score|a\n1,1,1\n", "1: score|a: the column appears twice"),
            ("prompt_id,score|a,cost|b\n1,1,1\n", "1: cost|b: the model has no score|b column"),
            ("prompt_id,score|a b\n1,1\n", "1: score|a b: \"a b\" is not an arm id: [A-Za-z0-9][A-Za-z0-9._:@/+-]*"),
            (head + "p,1,1\np,1,1\n", "3: prompt_id: \"p\" is on line 2 already"),
            (head + ",1,1\n", "2: prompt_id: empty"),
            (head + "p,1\n", "2: record: 2 fields where the header has 3"),

            (
                head + "p,7,1\n",
                "2: score|a: 7 is outside [0, 1]; the file's rewards are from 7 to 7: "
                    + "`bandit-router convert --from table --reward-scale 1:10` brings them to [0, 1] (with `--reward-sign -1` "
                    + "where less is better); its ends are those of the scale, not of what was given"
            ),
            (head + "p,nan,1\n", "2: score|a: \"nan\" is not a finite number"),
            (head + "p,1,-1\n", "2: cost|a: -1 is outside [0, ∞)"),
            (head + "p,x,1\n", "2: score|a: \"x\" is not a finite number"),
        ] { #expect(reason(text) == expected) }
    }

    @Test("the real tables are read whole", .enabled(if: sharedData != nil, "shared data is not here"))
    func realTables() throws {
        for (name, rows, models, uniform) in [
            ("ulab_llmrouter", 3012, 9, 0.427), ("mmlu_pro", 5985, 15, 0.481), ("paretobandit", 1804, 4, 0.895),
        ] {
            let table = try OutcomeTableReader.read(path: "\(sharedData!)/\(name).csv.gz")
            #expect(table.rowCount == rows)
            #expect(table.modelCount == models)
            let known = table.scores.filter { !$0.isNaN }
            #expect(abs(known.reduce(0, +) / Double(known.count) - uniform) < 0.012)
            #expect(table.categories?.count == rows && table.costsUSD != nil && table.prompts?.count == rows)
        }
    }
}
