import QueryCategories
import Testing

@Suite("Category model")
struct CategoryModelTests {
    static let rows: [LabelledText] = (0..<40).flatMap { row in
        [
            LabelledText(text: "book a flight to city number \(row) tomorrow", label: "travel"),
            LabelledText(text: "transfer \(row) dollars to my savings account", label: "bank"),
            LabelledText(text: "how long do i boil eggs for \(row) people", label: "food"),
        ]
    }

    private static func trained(_ change: (inout TrainingOptions) -> Void = { _ in }) throws -> (
        CategoryModel, TrainingReport
    ) {
        var options = TrainingOptions()
        options.epochs = 6
        change(&options)
        return try CategoryModel.train(rows, options: options)
    }

    @Test("it learns what tells labels apart, and says how well on rows it had not seen")
    func learns() throws {
        let (model, report) = try Self.trained()
        #expect(model.labels == ["travel", "bank", "food"])
        #expect(report.heldOutRows == 12 && report.rows == 120)
        #expect(report.accuracy == 1)
        #expect(report.confusion == [[4, 0, 0], [0, 4, 0], [0, 0, 4]])
        #expect(report.labels.allSatisfy { $0.precision == 1 && $0.recall == 1 && $0.count == 4 })
        let probabilities = model.probabilities(of: "i want to boil potatoes")
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-12)
        #expect(probabilities[2] > 0.5)
    }

    @Test("the same rows and options give the same model, another seed another one")
    func reproducible() throws {
        let (first, _) = try Self.trained()
        let (second, _) = try Self.trained()
        let (other, _) = try Self.trained { $0.seed = 2 }
        #expect(first == second && first.hash == second.hash && first.encoded() == second.encoded())
        #expect(other.hash != first.hash)
        #expect(first.hash.hasPrefix("cm-") && first.hash.count == 19)
    }

    @Test("a file read back is the same model")
    func roundTrip() throws {
        let (model, report) = try Self.trained()
        let bytes = model.encoded()
        let read = try CategoryModel(decoding: bytes)
        #expect(read == model)
        #expect(report.modelBytes == bytes.count && report.modelHash == read.hash)
        #expect(read.probabilities(of: "pay the bill") == model.probabilities(of: "pay the bill"))
    }

    @Test("a damaged file is refused wherever it is damaged")
    func damaged() throws {
        let bytes = try Self.trained { $0.bucketCount = 256 }.0.encoded()
        for length in stride(from: 0, to: bytes.count, by: 37) {
            #expect(throws: CategoryError.self) { try CategoryModel(decoding: Array(bytes[..<length])) }
        }
        for position in stride(from: 0, to: bytes.count, by: 29) {
            var changed = bytes
            changed[position] ^= 0x10
            let error = #expect(throws: CategoryError.self) { try CategoryModel(decoding: changed) }
            #expect(error?.code == .invalidModel)
        }
        var newer = bytes
        newer[4] = 9
        let error = #expect(throws: CategoryError.self) { try CategoryModel(decoding: newer) }
        #expect(error?.message.contains("format version 9") == true)
        let text = #expect(throws: CategoryError.self) { try CategoryModel(decoding: Array("hello, not a model".utf8)) }
        #expect(text?.message.contains("not a category model") == true)
    }

    @Test("bad training data is named by its row")
    func badRows() throws {
        func message(_ rows: [LabelledText]) -> String? {
            let error = #expect(throws: CategoryError.self) { try CategoryModel.train(rows) }
            #expect(error?.code == .invalidTrainingData)
            return error?.message
        }
        #expect(message([])?.contains("2 to 1000 different labels") == true)
        #expect(message(Self.rows.filter { $0.label == "food" })?.contains("there are 1") == true)
        #expect(message(Self.rows + [LabelledText(text: "", label: "food")]) == "row 121: the text is empty")
        #expect(message([LabelledText(text: "a", label: "")])?.contains("row 1: the label") == true)
    }

    @Test("the table shrinks until the model fits its limit")
    func sizeLimit() throws {
        let (model, report) = try Self.trained { $0.sizeLimitBytes = 10_000 }
        #expect(model.featurizer.bucketCount == 3_112)
        #expect(report.modelBytes <= 10_000)
        let many = (0..<300).flatMap { label in
            (0..<2).map { LabelledText(text: "word\(label) variant\($0)", label: "label\(label)") }
        }
        var options = TrainingOptions()
        options.epochs = 1
        let (wide, wideReport) = try CategoryModel.train(many, options: options)
        #expect(wide.labels.count == 300 && wideReport.modelBytes <= 2_000_000)
    }

    @Test("rows given to hold out are measured and not learned from")
    func heldOutSource() throws {
        let misleading = (0..<10).map { _ in LabelledText(text: "boil eggs", label: "bank") }
        let (model, report) = try CategoryModel.train(Self.rows, heldOut: misleading)
        #expect(report.heldOutRows == 10 && report.accuracy == 0)
        let calm = model.probabilities(of: "boil eggs for dinner")
        #expect(calm[2] == calm.max())
    }

    @Test("progress runs through all phases to the end")
    func progress() throws {
        var seen: [TrainingProgress] = []
        var options = TrainingOptions()
        options.epochs = 3
        options.fits = 2
        _ = try CategoryModel.train(Self.rows, options: options) { seen.append($0) }
        #expect(seen.filter { $0.phase == .validating }.map(\.done) == Array(1...6))
        #expect(seen.filter { $0.phase == .fitting }.map(\.done) == Array(1...6))
        #expect(seen.allSatisfy { $0.done <= $0.total })
    }

    @Test("confidence is calibrated: where labels are noise at a known rate, confidence is that rate")
    func calibration() throws {
        var generator = Lehmer(state: 3)
        // One word in five is labelled wrongly: the right confidence is about 0.8.
        let rows = (0..<3_000).map { row -> LabelledText in
            let isA = row % 2 == 0
            let label = generator.below(5) == 0 ? !isA : isA
            return LabelledText(text: isA ? "alpha beta \(row)" : "gamma delta \(row)", label: label ? "a" : "b")
        }
        let (model, report) = try CategoryModel.train(rows)
        #expect(report.calibrationError < 0.06)
        #expect(abs((model.probabilities(of: "alpha beta").max() ?? 0) - 0.8) < 0.1)
        #expect(abs(report.accuracy - 0.8) < 0.06)
        let answeredAll = report.abstention.first
        #expect(answeredAll?.coverage == 1 && answeredAll?.accuracy == report.accuracy)
        #expect(zip(report.abstention, report.abstention.dropFirst()).allSatisfy { $0.coverage >= $1.coverage })
    }
}
