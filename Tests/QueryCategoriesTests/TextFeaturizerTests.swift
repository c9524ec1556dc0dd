import QueryCategories
import Testing

@Suite("Text features")
struct TextFeaturizerTests {
    private let featurizer = TextFeaturizer()

    @Test(
        "case, accents, digits and marks without meaning do not change the features",
        arguments: [
            ("Write a Poem!", "write a poem"), ("Übersetze das, bitte.", "ubersetze das bitte"),
            ("12 apples", "47 apples"), ("don't", "dont"), ("don’t", "dont"), ("e\u{301}te", "été"),
            ("ПРИВЕТ мир", "привет мир"), ("  a   b\n", "a b"), ("“quoted”", "\"quoted\""), ("???????", "???"),
        ])
    func folding(left: String, right: String) {
        #expect(featurizer.features(of: left) == featurizer.features(of: right))
        #expect(featurizer.features(of: left).count > 0)
    }

    @Test(
        "what means something is kept apart",
        arguments: [
            ("a < b", "a > b"), ("cat", "act"), ("dog bites man", "man bites dog"), ("写诗", "诗写"), ("12", "1234"),
        ])
    func distinctions(left: String, right: String) {
        #expect(featurizer.features(of: left) != featurizer.features(of: right))
    }

    @Test("the instruction block has length 1 and the material length one half, whatever the text")
    func lengths() {
        let instruction = featurizer.features(of: "Summarise the following article in two sentences")
        #expect(abs(instruction.values.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
        let long = featurizer.features(of: (0..<400).map { "word\($0 % 7) other" }.joined(separator: " "))
        #expect(abs(long.values.reduce(0) { $0 + $1 * $1 } - 1.25) < 1e-4)
    }

    @Test("nothing but spaces and marks has no features", arguments: ["", "  \n\t", "... , !", "\u{200B}"])
    func empty(text: String) {
        #expect(featurizer.features(of: text).count == 0)
    }

    @Test("buckets stay within the table at every size")
    func buckets() {
        for count in [256, 13_328, 1 << 20] {
            let small = TextFeaturizer(bucketCount: count)
            let features = small.features(of: "Explain the theory of relativity to a five year old, s'il vous plaît 请")
            #expect(features.indices.allSatisfy { $0 < UInt32(small.bucketCount) })
            #expect(features.count > 50)
        }
    }

    @Test("what stands between the start and the end of a long text weighs less than the instruction")
    func middle() {
        let filler = (0..<300).map { "filler\($0 % 3)" }.joined(separator: " ")
        let first = featurizer.features(of: "translate this " + filler)
        let middle = featurizer.features(of: filler + " translate this " + filler)
        let plain = Set(featurizer.features(of: "translate this").indices)
        #expect(plain.subtracting(first.indices).count < plain.count / 4)
        #expect(plain.intersection(middle.indices).count < plain.count / 4)
    }

    @Test("texts of megabytes are read at both ends only")
    func bounded() {
        let huge = String(repeating: "été 请 word ", count: 200_000)
        #expect(featurizer.features(of: huge).count < 3_000)
    }

    @Test("the hash functions are those of the stated version")
    func version() {
        let features = featurizer.features(of: "golden text 1")
        #expect(TextFeaturizer.version == 2)
        #expect(features.indices.prefix(4) == [35936, 43043, 49467, 33129])
        // All of them, in their order.
        #expect(features.indices.reduce(UInt32(0)) { $0 &* 31 &+ $1 } == 3697953317)
    }
}
