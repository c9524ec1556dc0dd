import BanditCore

/// The model file: magic, format and featurizer versions, shape, labels, numbers, then the rows that are not all zero.
/// A model with an embedding head has one more part (format 3): the embedding model's name, dimension, weights of the pool,
/// numbers and weights of the head. Little-endian throughout; the last eight bytes are the FNV-1a hash of everything before them.
extension CategoryModel {
    private static let magic: [UInt8] = Array("BRQC".utf8)
    private static let formatVersion: UInt8 = 2
    private static let formatVersionWithHead: UInt8 = 3

    package func encoded() -> [UInt8] {
        var bytes =
            Self.magic + [head == nil ? Self.formatVersion : Self.formatVersionWithHead, TextFeaturizer.version]
        bytes.appendInteger(UInt32(featurizer.bucketCount))
        bytes.appendInteger(UInt32(labels.count))
        for label in labels {
            bytes.appendInteger(UInt32(label.utf8.count))
            bytes.append(contentsOf: label.utf8)
        }
        bytes.appendInteger(temperature.bitPattern)
        for scale in scales { bytes.appendInteger(scale.bitPattern) }
        for bias in biases { bytes.appendInteger(bias.bitPattern) }
        var occupied = [UInt8](repeating: 0, count: featurizer.bucketCount / 8)
        let stride = labels.count
        for bucket in 0..<featurizer.bucketCount
        where weights[bucket * stride..<(bucket + 1) * stride].contains(where: { $0 != 0 }) {
            occupied[bucket / 8] |= 1 << UInt8(bucket % 8)
        }
        bytes.append(contentsOf: occupied)
        for bucket in 0..<featurizer.bucketCount where occupied[bucket / 8] & 1 << UInt8(bucket % 8) != 0 {
            for weight in weights[bucket * stride..<(bucket + 1) * stride] { bytes.append(UInt8(bitPattern: weight)) }
        }
        if let head {
            bytes.appendInteger(UInt32(head.model.utf8.count))
            bytes.append(contentsOf: head.model.utf8)
            bytes.appendInteger(UInt32(head.dimension))
            bytes.appendInteger(head.pool.words.bitPattern)
            bytes.appendInteger(head.pool.embedding.bitPattern)
            for number in head.scales + head.biases { bytes.appendInteger(number.bitPattern) }
            for weight in head.weights { bytes.append(UInt8(bitPattern: weight)) }
        }
        bytes.appendInteger(FNV1a(bytes).value)
        return bytes
    }

    /// - Throws: `invalid_model` saying what is wrong: not a model, another version, cut short, changed, or out of range.
    package init(decoding bytes: [UInt8]) throws(CategoryError) {
        func invalid(_ why: String) -> CategoryError { CategoryError(.invalidModel, "category model: \(why)") }
        guard bytes.count >= Self.magic.count, bytes.starts(with: Self.magic) else {
            throw invalid("not a category model file (it does not start with BRQC)")
        }
        guard bytes.count > Self.magic.count + 14 else { throw invalid("the file is cut short") }
        guard (Self.formatVersion...Self.formatVersionWithHead).contains(bytes[4]) else {
            throw invalid(
                "format version \(bytes[4]); this program reads \(Self.formatVersion) and \(Self.formatVersionWithHead)"
            )
        }
        guard bytes[5] == TextFeaturizer.version else {
            throw invalid("features of version \(bytes[5]), this program has \(TextFeaturizer.version): train it again")
        }
        var trailer = ByteReader(bytes[(bytes.count - 8)...])
        guard trailer.integer(UInt64.self) == FNV1a(bytes[..<(bytes.count - 8)]).value else {
            throw invalid("the checksum does not match: the file is damaged or cut short")
        }
        var reader = ByteReader(bytes[6..<(bytes.count - 8)])
        guard let buckets = reader.integer(UInt32.self).map(Int.init), TextFeaturizer.isValid(bucketCount: buckets),
            let labelCount = reader.integer(UInt32.self).map(Int.init), (1...Self.labelLimit).contains(labelCount),
            labelCount * buckets <= Self.weightLimit
        else { throw invalid("its shape is out of range") }
        var labels: [String] = []
        for _ in 0..<labelCount {
            guard let length = reader.integer(UInt32.self), length <= Self.labelBytesLimit,
                let text = reader.bytes(Int(length)), let label = String(validating: text, as: UTF8.self),
                !labels.contains(label)
            else { throw invalid("label \(labels.count + 1) cannot be read") }
            labels.append(label)
        }
        guard let temperature = reader.integer(UInt64.self).map(Double.init(bitPattern:)), temperature.isFinite,
            temperature > 0
        else { throw invalid("its temperature is not a positive number") }
        let numbers = (0..<(2 * labelCount)).compactMap { _ in reader.integer(UInt32.self).map(Float.init(bitPattern:))
        }
        guard numbers.count == 2 * labelCount, numbers.allSatisfy(\.isFinite),
            numbers[..<labelCount].allSatisfy({ $0 > 0 })
        else { throw invalid("its scales and biases are not finite numbers") }
        let featurizer = TextFeaturizer(bucketCount: buckets)
        var weights = [Int8](repeating: 0, count: featurizer.bucketCount * labelCount)
        guard let occupied = reader.bytes(featurizer.bucketCount / 8).map(Array.init) else {
            throw invalid("the file is cut short")
        }
        for bucket in 0..<featurizer.bucketCount where occupied[bucket / 8] & 1 << UInt8(bucket % 8) != 0 {
            guard let row = reader.bytes(labelCount) else { throw invalid("the file is cut short") }
            for (label, weight) in row.enumerated() { weights[bucket * labelCount + label] = Int8(bitPattern: weight) }
        }
        var head: EmbeddingHead?
        if bytes[4] == Self.formatVersionWithHead {
            guard let read = Self.head(from: &reader, labelCount: labelCount) else {
                throw invalid("its part on embeddings cannot be read")
            }
            head = read
        }
        guard reader.isAtEnd else { throw invalid("bytes are left over at the end") }
        self.init(
            labels: labels, featurizer: featurizer, weights: weights, scales: Array(numbers[..<labelCount]),
            biases: Array(numbers[labelCount...]), temperature: temperature, head: head)
    }

    private static func head(from reader: inout ByteReader, labelCount: Int) -> EmbeddingHead? {
        guard let length = reader.integer(UInt32.self), length <= EmbeddingHead.modelBytesLimit,
            let name = reader.bytes(Int(length)), let model = String(validating: name, as: UTF8.self),
            let dimension = reader.integer(UInt32.self).map(Int.init),
            EmbeddingHead.dimensionRange.contains(dimension), dimension * labelCount <= weightLimit,
            let words = reader.integer(UInt64.self).map(Double.init(bitPattern:)), words.isFinite, words >= 0,
            let share = reader.integer(UInt64.self).map(Double.init(bitPattern:)), share.isFinite, share >= 0
        else { return nil }
        var numbers: [Float] = []
        for _ in 0..<(2 * labelCount) {
            guard let bits = reader.integer(UInt32.self) else { return nil }
            numbers.append(Float(bitPattern: bits))
        }
        guard numbers.allSatisfy(\.isFinite), numbers[..<labelCount].allSatisfy({ $0 > 0 }),
            let weights = reader.bytes(dimension * labelCount)
        else { return nil }
        return EmbeddingHead(
            model: model, dimension: dimension, weights: weights.map { Int8(bitPattern: $0) },
            scales: Array(numbers[..<labelCount]), biases: Array(numbers[labelCount...]),
            pool: EmbeddingHead.PoolWeights(words: words, embedding: share))
    }

    static func contentHash(
        labels: [String], bucketCount: Int, weights: [Int8], scales: [Float], biases: [Float], temperature: Double
    ) -> String {
        var head: [UInt8] = [TextFeaturizer.version]
        head.appendInteger(UInt32(bucketCount))
        for label in labels { head += Array(label.utf8) + [0] }
        for number in scales + biases { head.appendInteger(number.bitPattern) }
        head.appendInteger(temperature.bitPattern)
        var hash = FNV1a(head)
        weights.withUnsafeBufferPointer { weights in
            for weight in weights where weight != 0 { hash.add(UInt8(bitPattern: weight)) }
            // Positions count too: the running sum of the places of what is not zero.
            var places = FNV1a(from: 0)
            for position in weights.indices where weights[position] != 0 { places.step(UInt64(position)) }
            hash.step(places.value)
        }
        return "cm-" + hash.digits
    }
}

extension [UInt8] {
    fileprivate mutating func appendInteger(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}

private struct ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
        guard let bytes = bytes(Value.bitWidth / 8) else { return nil }
        var value: Value = 0
        for (offset, byte) in bytes.enumerated() { value |= Value(truncatingIfNeeded: byte) << Value(8 * offset) }
        return value
    }
}
