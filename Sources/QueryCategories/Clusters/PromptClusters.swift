import BanditCore
import RealModule

/// Groups of prompts found without labels: TF-IDF of hashed words, a truncated SVD, and k-means with a seed.
///
/// Latent semantic analysis (Deerwester et al. 1990) by randomised subspace iteration (Halko, Martinsson, Tropp 2011,
/// doi:10.1137/090771806), then k-means++ (Arthur, Vassilvitskii 2007) on directions, the best of several starts.
/// The same texts, count and seed give the same clusters.
package struct PromptClusters: Sendable, Equatable {
    package static let countLimit = 1_000
    static let dimensions = 50
    static let restarts = 8

    /// Number of clusters.
    package var count: Int { names.count }
    /// A name for every cluster, unique, made of its most telling words.
    package let names: [String]
    /// Texts of the fit in every cluster.
    package let sizes: [Int]

    private let vocabulary: TermVocabulary
    /// `[term][dimension]`: right singular vectors.
    private let projection: [Float]
    /// `[cluster][dimension]`, of length 1.
    private let centroids: [Float]
    private let width: Int

    /// - Parameters:
    ///   - texts: what to fit on; at least one.
    ///   - count: clusters wanted, 1…1,000; fewer come back when there are fewer distinct texts.
    /// - Throws: `invalid_training_data` for no texts or a count out of range.
    /// - Complexity: O(words · dimensions + restarts · iterations · texts · count · dimensions).
    package init(fitting texts: [String], count: Int, seed: UInt64) throws(CategoryError) {
        guard !texts.isEmpty else {
            throw CategoryError(.invalidTrainingData, "clusters need at least one text")
        }
        guard (1...Self.countLimit).contains(count) else {
            throw CategoryError(
                .invalidTrainingData, "the number of clusters must be within 1 and \(Self.countLimit), not \(count)")
        }
        var vocabulary = TermVocabulary()
        let counted = texts.map { vocabulary.learn($0) }
        vocabulary.weigh(documents: texts.count)
        let rows = counted.map(vocabulary.vector(of:))
        var generator = SplitMix64(seed: seed)
        let svd = TruncatedSVD(
            rows, columns: vocabulary.count, rank: min(Self.dimensions, texts.count, max(1, vocabulary.count)),
            generator: &generator)
        let width = svd.rank
        let points = rows.flatMap { Self.direction(of: $0, projection: svd.rightVectors, width: width) }
        let fit = KMeans.best(
            of: Self.restarts, points: points, width: width, count: count, generator: &generator)
        self.vocabulary = vocabulary
        self.projection = svd.rightVectors
        self.width = width
        centroids = fit.centroids
        var sizes = [Int](repeating: 0, count: fit.count)
        for cluster in fit.assignments { sizes[cluster] += 1 }
        self.sizes = sizes
        names = vocabulary.names(of: fit.assignments, rows: rows, count: fit.count)
    }

    /// The cluster of a text, in 0..<count. A text without a known word goes to the largest cluster.
    package func assign(_ text: String) -> Int {
        let vector = vocabulary.vector(of: vocabulary.terms(of: text))
        let largest = sizes.indices.max { sizes[$0] < sizes[$1] } ?? 0
        guard !vector.isEmpty else { return largest }
        let point = Self.direction(of: vector, projection: projection, width: width)
        return KMeans.nearest(to: point[...], in: centroids, width: width).cluster
    }

    private static func direction(of row: [(term: Int, weight: Float)], projection: [Float], width: Int) -> [Float] {
        var point = [Float](repeating: 0, count: width)
        for (term, weight) in row {
            for dimension in 0..<width { point[dimension] += weight * projection[term * width + dimension] }
        }
        let length = point.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if length > 0 { for dimension in 0..<width { point[dimension] /= length } }
        return point
    }
}

/// Words and their inverse document frequencies.
struct TermVocabulary: Sendable, Equatable {
    static let limit = 100_000

    private var indexOf: [String: Int] = [:]
    private var words: [String] = []
    private var documents: [Int] = []
    private var idf: [Float] = []

    var count: Int { words.count }

    /// Counts a text's terms, learning new ones while there is room.
    mutating func learn(_ text: String) -> [Int: Int] {
        var counts: [Int: Int] = [:]
        for word in Self.words(of: text) {
            var index = indexOf[word]
            if index == nil, words.count < Self.limit {
                index = words.count
                indexOf[word] = words.count
                words.append(word)
                documents.append(0)
            }
            if let index { counts[index, default: 0] += 1 }
        }
        for term in counts.keys { documents[term] += 1 }
        return counts
    }

    func terms(of text: String) -> [Int: Int] {
        Self.words(of: text).reduce(into: [:]) { counts, word in
            if let index = indexOf[word] { counts[index, default: 0] += 1 }
        }
    }

    /// Smoothed inverse document frequencies: ln((1 + n) / (1 + df)) + 1.
    mutating func weigh(documents total: Int) {
        idf = documents.map { Float.log(Float(1 + total) / Float(1 + $0)) + 1 }
    }

    /// (1 + ln count) · idf, of length 1, by term.
    func vector(of counts: [Int: Int]) -> [(term: Int, weight: Float)] {
        var row = counts.sorted { $0.key < $1.key }.map { term, count in
            (term: term, weight: (1 + Float.log(Float(count))) * idf[term])
        }
        let length = row.reduce(0) { $0 + $1.weight * $1.weight }.squareRoot()
        if length > 0 { for position in row.indices { row[position].weight /= length } }
        return row
    }

    /// The three words with the largest mean weight in a cluster over that in all texts.
    func names(of assignments: [Int], rows: [[(term: Int, weight: Float)]], count: Int) -> [String] {
        var overall = [Float](repeating: 0, count: words.count)
        for row in rows { for (term, weight) in row { overall[term] += weight } }
        var result: [String] = []
        for cluster in 0..<count {
            var own = [Float](repeating: 0, count: words.count)
            var size = 0
            for (row, assigned) in zip(rows, assignments) where assigned == cluster {
                size += 1
                for (term, weight) in row { own[term] += weight }
            }
            let scores = own.indices.lazy.filter {
                own[$0] > 0 && words[$0].unicodeScalars.count > 2 && words[$0].first != "0"
            }
            .map { (term: $0, score: own[$0] / Float(size) - overall[$0] / Float(rows.count)) }
            let best = scores.sorted { ($1.score, $0.term) < ($0.score, $1.term) }.prefix(3).map { words[$0.term] }
            var name = best.isEmpty ? "other" : best.joined(separator: "-")
            if result.contains(name) { name += "-\(cluster)" }
            result.append(name)
        }
        return result
    }

    private static func words(of text: String) -> [String] {
        let tokenized = TokenizedText(text)
        return tokenized.tokens.compactMap { token in
            guard token.kind != .symbol else { return nil }
            return (Int(token.start)..<Int(token.end)).reduce(into: "") {
                $0.unicodeScalars.append(Unicode.Scalar(tokenized.scalars[$1]) ?? " ")
            }
        }
    }
}
