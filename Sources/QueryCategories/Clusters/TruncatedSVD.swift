import BanditCore
import RealModule

/// The leading right singular vectors of a sparse matrix, by randomised subspace iteration.
struct TruncatedSVD {
    private static let oversampling = 8
    private static let iterations = 4

    let rank: Int
    /// `[column][vector]`, orthonormal columns.
    let rightVectors: [Float]

    /// - Parameters:
    ///   - rows: sparse rows as pairs of column and value.
    ///   - rank: vectors wanted, ≥ 1; at most the smaller side of the matrix come back meaningful.
    init(_ rows: [[(term: Int, weight: Float)]], columns: Int, rank: Int, generator: inout SplitMix64) {
        let rank = max(1, min(rank, columns, rows.count))
        let width = min(rank + Self.oversampling, max(1, columns), max(1, rows.count))
        var basis = (0..<(columns * width)).map { _ in Float(generator.gaussian()) }
        Self.orthonormalise(&basis, rows: columns, width: width)
        for _ in 0..<Self.iterations {
            let image = Self.multiply(rows, basis, width: width)
            basis = Self.multiplyTransposed(rows, image, columns: columns, width: width)
            Self.orthonormalise(&basis, rows: columns, width: width)
        }
        let image = Self.multiply(rows, basis, width: width)
        var gram = [Double](repeating: 0, count: width * width)
        for row in 0..<rows.count {
            for i in 0..<width {
                for j in i..<width {
                    gram[i * width + j] += Double(image[row * width + i]) * Double(image[row * width + j])
                }
            }
        }
        for i in 0..<width { for j in 0..<i { gram[i * width + j] = gram[j * width + i] } }
        let rotation = SymmetricEigen(gram, size: width)
        let kept = min(rank, width)
        var vectors = [Float](repeating: 0, count: columns * kept)
        for column in 0..<columns {
            for k in 0..<kept {
                var sum = 0.0
                for i in 0..<width {
                    sum += Double(basis[column * width + i]) * rotation.vectors[i * width + rotation.order[k]]
                }
                vectors[column * kept + k] = Float(sum)
            }
        }
        self.rank = kept
        rightVectors = vectors
    }

    private static func multiply(_ rows: [[(term: Int, weight: Float)]], _ basis: [Float], width: Int) -> [Float] {
        var result = [Float](repeating: 0, count: rows.count * width)
        for (position, row) in rows.enumerated() {
            for (term, weight) in row {
                for k in 0..<width { result[position * width + k] += weight * basis[term * width + k] }
            }
        }
        return result
    }

    private static func multiplyTransposed(
        _ rows: [[(term: Int, weight: Float)]], _ image: [Float], columns: Int, width: Int
    ) -> [Float] {
        var result = [Float](repeating: 0, count: columns * width)
        for (position, row) in rows.enumerated() {
            for (term, weight) in row {
                for k in 0..<width { result[term * width + k] += weight * image[position * width + k] }
            }
        }
        return result
    }

    /// Modified Gram–Schmidt, twice for accuracy; a column without anything new becomes zero.
    private static func orthonormalise(_ matrix: inout [Float], rows: Int, width: Int) {
        for _ in 0..<2 {
            for k in 0..<width {
                for earlier in 0..<k {
                    var dot: Float = 0
                    for row in 0..<rows { dot += matrix[row * width + k] * matrix[row * width + earlier] }
                    for row in 0..<rows { matrix[row * width + k] -= dot * matrix[row * width + earlier] }
                }
                var norm: Float = 0
                for row in 0..<rows { norm += matrix[row * width + k] * matrix[row * width + k] }
                let scale = norm > 1e-12 ? 1 / norm.squareRoot() : 0
                for row in 0..<rows { matrix[row * width + k] *= scale }
            }
        }
    }
}

/// Eigenvectors of a symmetric matrix by cyclic Jacobi rotations (Golub, Van Loan, §8.5).
struct SymmetricEigen {
    /// `[row][vector]`.
    private(set) var vectors: [Double]
    private(set) var values: [Double]
    /// Vectors by falling eigenvalue.
    let order: [Int]

    init(_ matrix: [Double], size: Int) {
        var a = matrix
        var v = [Double](repeating: 0, count: size * size)
        for i in 0..<size { v[i * size + i] = 1 }
        for _ in 0..<30 {
            var off = 0.0
            for i in 0..<size { for j in 0..<size where i != j { off += a[i * size + j] * a[i * size + j] } }
            if off < 1e-18 { break }
            for p in 0..<size {
                for q in (p + 1)..<max(p + 1, size) where a[p * size + q].magnitude > 1e-300 {
                    let theta = (a[q * size + q] - a[p * size + p]) / (2 * a[p * size + q])
                    let t = (theta < 0 ? -1 : 1) / (theta.magnitude + (theta * theta + 1).squareRoot())
                    let c = 1 / (t * t + 1).squareRoot()
                    let s = t * c
                    for k in 0..<size {
                        let (x, y) = (a[k * size + p], a[k * size + q])
                        a[k * size + p] = c * x - s * y
                        a[k * size + q] = s * x + c * y
                    }
                    for k in 0..<size {
                        let (x, y) = (a[p * size + k], a[q * size + k])
                        a[p * size + k] = c * x - s * y
                        a[q * size + k] = s * x + c * y
                    }
                    for k in 0..<size {
                        let (x, y) = (v[k * size + p], v[k * size + q])
                        v[k * size + p] = c * x - s * y
                        v[k * size + q] = s * x + c * y
                    }
                }
            }
        }
        let diagonal = (0..<size).map { a[$0 * size + $0] }
        values = diagonal
        vectors = v
        order = (0..<size).sorted { diagonal[$0] > diagonal[$1] }
    }
}

extension SplitMix64 {
    /// Standard normal, by Box and Muller.
    mutating func gaussian() -> Double {
        (-2 * Double.log(1 - uniform())).squareRoot() * Double.cos(2 * .pi * uniform())
    }
}
