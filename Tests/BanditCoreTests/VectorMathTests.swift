import BanditCore
import RealModule
import Testing

@Suite struct VectorMathTests {
    @Test("four exponentials and logarithms at once are those of the C library to an ulp or two")
    func againstLibrary() {
        var generator = Xoshiro256StarStar(seed: 15)
        for _ in 0..<20_000 {
            let x = SIMD4<Double>(
                700 * (2 * generator.uniform() - 1), 30 * (2 * generator.uniform() - 1), generator.normal(),
                1e-9 * generator.normal())
            let exponential = VectorMath.exp(x)
            for lane in 0..<4 {
                let expected = Double.exp(x[lane])
                #expect(abs(exponential[lane] - expected) <= 2 * expected.ulp, "exp \(x[lane])")
            }
            let positive = SIMD4<Double>(
                Double.exp(x[0]), generator.openUniform(), 1 + 1e-6 * x[1], Double.exp(0.01 * x[2]))
            let logarithm = VectorMath.log(positive)
            for lane in 0..<4 {
                let expected = Double.log(positive[lane])
                #expect(abs(logarithm[lane] - expected) <= 2 * expected.ulp, "log \(positive[lane])")
            }
        }
        #expect(VectorMath.log(SIMD4(1, 2, 0.5, 4)) == SIMD4(0, Double.log(2), Double.log(0.5), Double.log(4)))
    }

    @Test("what underflows is negligible, not infinite and not NaN")
    func ends() {
        let result = VectorMath.exp(SIMD4(-.infinity, -1e9, -701, 0))
        #expect(result[3] == 1)
        for lane in 0..<3 { #expect(result[lane] >= 0 && result[lane] < 1e-303) }
    }
}
