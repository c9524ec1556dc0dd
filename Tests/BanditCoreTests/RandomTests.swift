import BanditCore
import RealModule
import Testing

@Suite struct RandomTests {
    @Test("xoshiro256** and SplitMix64 give the published outputs")
    func vectors() {
        var xoshiro = Xoshiro256StarStar(state: (1, 2, 3, 4))
        let expected: [UInt64] = [
            11520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360, 607_988_272_756_665_600,
            16_172_922_978_634_559_625, 8_476_171_486_693_032_832, 10_595_114_339_597_558_777,
            2_904_607_092_377_533_576,
        ]
        for value in expected { #expect(xoshiro.next() == value) }
        var split = SplitMix64(seed: 1_234_567)
        for value: UInt64 in [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ] {
            #expect(split.next() == value)
        }
    }

    @Test("streams of one seed neither repeat nor correlate")
    func streams() {
        var firsts: Set<UInt64> = []
        for stream in 0..<10_000 {
            var generator = Xoshiro256StarStar(seed: 42, stream: UInt64(stream))
            firsts.insert(generator.next())
        }
        #expect(firsts.count == 10_000)
        // 45 pairs of neighbouring streams; correlation of 20,000 pairs is below 5/√n but for 1 in 4e4 runs.
        for stream in 0..<45 {
            var left = Xoshiro256StarStar(seed: 7, stream: UInt64(stream))
            var right = Xoshiro256StarStar(seed: 7, stream: UInt64(stream + 1))
            var sum = 0.0
            for _ in 0..<20_000 { sum += (left.uniform() - 0.5) * (right.uniform() - 0.5) }
            #expect(abs(sum / 20_000 * 12) < 5 / 20_000.0.squareRoot())
        }
    }

    @Test("normal, exponential, Gumbel and Student draws follow their laws, tails included")
    func location() {
        var generator = Xoshiro256StarStar(seed: 11)
        let n = 60_000
        let normals = (0..<n).map { _ in generator.normal() }
        #expect(Check.kolmogorov(normals) { 0.5 * Double.erfc(-$0 / 2.0.squareRoot()) } < 2.7)
        let far = (0..<2_000_000).reduce(0) { count, _ in count + (abs(generator.normal()) > 3.7 ? 1 : 0) }
        let expected = 2_000_000 * Double.erfc(3.7 / 2.0.squareRoot())
        #expect(abs(Double(far) - expected) < 5 * expected.squareRoot(), "beyond the ziggurat's base")
        #expect(Check.kolmogorov((0..<n).map { _ in generator.exponential() }) { 1 - Double.exp(-$0) } < 2.7)
        #expect(Check.kolmogorov((0..<n).map { _ in generator.gumbel() }) { Double.exp(-Double.exp(-$0)) } < 2.7)
        for degrees in [1.0, 2.5, 30] {
            let sample = (0..<5_000).map { _ in generator.studentT(degrees: degrees) }
            #expect(Check.kolmogorov(sample) { StudentT.cumulative($0, degrees: degrees) } < 2.7)
        }
    }

    @Test("beta draws follow their law for shapes from a thousandth to ten million")
    func betas() {
        var generator = Xoshiro256StarStar(seed: 12)
        for (alpha, beta) in [
            (1.0, 1.0), (0.5, 0.5), (0.1, 3), (2.3, 0.7), (60, 40), (1.0, 1e4), (1e3, 0.2), (7e5, 3e5), (1e7, 1e7),
        ] {
            let posterior = BetaPosterior(alpha: alpha, beta: beta)
            let sample = (0..<5_000).map { _ in generator.beta(alpha, beta) }
            #expect(Check.kolmogorov(sample) { posterior.cumulative($0) } < 2.7, "Beta(\(alpha), \(beta))")
        }
        // At a thousandth nearly all the mass is at the ends; its split and what is between are known.
        let posterior = BetaPosterior(alpha: 1e-3, beta: 2e-3)
        var counts = [0, 0, 0, 0]
        let edges = [1e-200, 0.5, 1 - 1e-12]
        for _ in 0..<50_000 {
            let x = generator.beta(1e-3, 2e-3)
            #expect(x >= 0 && x <= 1)
            counts[edges.filter { x > $0 }.count] += 1
        }
        let cumulative = edges.map { posterior.cumulative($0) }
        let (value, degrees) = Check.chiSquare(
            counts, [cumulative[0], cumulative[1] - cumulative[0], cumulative[2] - cumulative[1], 1 - cumulative[2]])
        #expect(value < Check.bound(degrees: degrees))
    }

    @Test("gamma draws have the mean and the variance of their shape")
    func gammas() {
        var generator = Xoshiro256StarStar(seed: 13)
        let n = 40_000.0
        for shape in [1e-3, 0.01, 0.3, 1, 1.5, 40, 1e4, 1e7] {
            var (sum, squares, logs) = (0.0, 0.0, 0.0)
            for _ in 0..<Int(saturating: n) {
                let x = generator.gamma(shape: shape)
                sum += x
                squares += (x - shape) * (x - shape)
                logs += generator.logGamma(shape: shape)
            }
            // Variance shape, fourth central moment 3·shape² + 6·shape.
            #expect(abs(sum / n - shape) < 5 * (shape / n).squareRoot(), "mean of \(shape)")
            #expect(
                abs(squares / n - shape) < 5 * ((2 * shape * shape + 6 * shape) / n).squareRoot(),
                "variance of \(shape)")
            // Mean of log G is ψ(shape); by difference of log Γ. Its variance is about 1/shape² below 1.
            let step = 1e-4 * shape
            let digamma = (Double.logGamma(shape + step) - Double.logGamma(shape - step)) / (2 * step)
            let deviation = (1 / (shape * shape) + 1 / shape).squareRoot()
            #expect(abs(logs / n - digamma) < 5 * deviation / n.squareRoot() + 2e-6 * abs(digamma), "log of \(shape)")
        }
    }

    @Test("indices below a bound are uniform")
    func indices() {
        var generator = Xoshiro256StarStar(seed: 14)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[generator.index(below: 7)] += 1 }
        let (value, degrees) = Check.chiSquare(counts, [Double](repeating: 1 / 7.0, count: 7))
        #expect(value < Check.bound(degrees: degrees))
    }
}
