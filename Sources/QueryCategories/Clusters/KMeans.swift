import BanditCore

/// k-means on points of length 1 (so the nearest centroid is the one with the largest dot product).
struct KMeans {
    private static let iterationLimit = 60

    /// `[cluster][dimension]`, of length 1.
    private(set) var centroids: [Float]
    private(set) var assignments: [Int]
    /// Sum of dot products with the own centroid: larger is tighter.
    private(set) var cohesion: Double
    private(set) var count: Int

    /// The tightest of several starts.
    static func best(
        of restarts: Int, points: [Float], width: Int, count: Int, generator: inout SplitMix64
    ) -> KMeans {
        var best: KMeans?
        for _ in 0..<restarts {
            let run = KMeans(points: points, width: width, count: count, generator: &generator)
            if run.cohesion > best?.cohesion ?? -.infinity { best = run }
        }
        return best ?? KMeans(points: points, width: width, count: count, generator: &generator)
    }

    /// - Precondition: at least one point.
    init(points: [Float], width: Int, count wanted: Int, generator: inout SplitMix64) {
        let rows = points.count / width
        precondition(rows > 0, "k-means needs a point")
        centroids = Self.plusPlus(points: points, width: width, wanted: wanted, generator: &generator)
        count = centroids.count / width
        assignments = [Int](repeating: -1, count: rows)
        cohesion = 0
        for _ in 0..<Self.iterationLimit {
            var hasMoved = false
            cohesion = 0
            for row in 0..<rows {
                let near = Self.nearest(to: points[row * width..<(row + 1) * width], in: centroids, width: width)
                cohesion += Double(near.similarity)
                if near.cluster != assignments[row] {
                    assignments[row] = near.cluster
                    hasMoved = true
                }
            }
            if !hasMoved { break }
            moveCentroids(points: points, width: width)
        }
    }

    static func nearest(
        to point: ArraySlice<Float>, in centroids: [Float], width: Int
    ) -> (cluster: Int, similarity: Float) {
        var best = (cluster: 0, similarity: -Float.infinity)
        point.withUnsafeBufferPointer { point in
            centroids.withUnsafeBufferPointer { centroids in
                for cluster in 0..<(centroids.count / width) {
                    var dot: Float = 0
                    for k in 0..<width { dot += point[k] * centroids[cluster * width + k] }
                    if dot > best.similarity { best = (cluster, dot) }
                }
            }
        }
        return best
    }

    private mutating func moveCentroids(points: [Float], width: Int) {
        var sums = [Float](repeating: 0, count: centroids.count)
        for (row, cluster) in assignments.enumerated() {
            for k in 0..<width { sums[cluster * width + k] += points[row * width + k] }
        }
        for cluster in 0..<count {
            var norm: Float = 0
            for k in 0..<width { norm += sums[cluster * width + k] * sums[cluster * width + k] }
            guard norm > 1e-12 else { continue }  // an empty cluster keeps its place
            for k in 0..<width { centroids[cluster * width + k] = sums[cluster * width + k] / norm.squareRoot() }
        }
    }

    /// First centroids far apart: each drawn with probability proportional to the squared distance to the nearest so far.
    private static func plusPlus(
        points: [Float], width: Int, wanted: Int, generator: inout SplitMix64
    ) -> [Float] {
        let rows = points.count / width
        let first = generator.index(below: rows)
        var centroids = Array(points[first * width..<(first + 1) * width])
        var distances = [Double](repeating: .infinity, count: rows)
        while centroids.count / width < wanted {
            let newest = centroids.count - width
            for row in 0..<rows {
                var squared = 0.0
                for k in 0..<width {
                    let difference = Double(points[row * width + k] - centroids[newest + k])
                    squared += difference * difference
                }
                distances[row] = min(distances[row], squared)
            }
            let total = distances.reduce(0, +)
            guard total > 1e-9 else { break }  // no distinct point is left
            var draw = generator.uniform() * total
            var chosen = rows - 1
            for row in 0..<rows {
                draw -= distances[row]
                if draw < 0 {
                    chosen = row
                    break
                }
            }
            centroids += points[chosen * width..<(chosen + 1) * width]
        }
        return centroids
    }
}
