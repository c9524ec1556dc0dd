import Digests
import Testing

/// The vectors are those of FIPS 180-4 (NIST's examples) and RFC 4231.
@Suite("digests")
struct DigestTests {
    private func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    @Test(
        "SHA-256",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func sha256(text: String, digest: String) {
        #expect(hex(SHA256.hash(text.utf8)) == digest)
    }

    @Test("in parts it is the hash of the whole, however it is cut and however the bytes are kept")
    func parts() {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for cut in [0, 1, 63, 64, 65, 999, 1_000] {
            var hash = SHA256()
            hash.update(bytes[..<cut])
            hash.update(AnySequence(bytes[cut...]))
            #expect(hash.finalize() == SHA256.hash(bytes), "cut at \(cut)")
        }
    }

    @Test(
        "HMAC-SHA256",
        arguments: [
            (
                [UInt8](repeating: 0x0b, count: 20), "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ])
    func hmac(key: [UInt8], text: String, code: String) {
        let codes = HMACSHA256(key: key)
        // Twice: making one must not change what the next is made of.
        #expect(hex(codes.code(for: text.utf8)) == code)
        #expect(hex(codes.code(for: text.utf8)) == code)
    }

    @Test("codes made by many threads at once are right")
    func threads() async {
        let codes = HMACSHA256(key: Array("key".utf8))
        let expected = (0..<64).map { codes.code(for: [UInt8($0)]) }
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask { (0..<100).allSatisfy { _ in codes.code(for: [UInt8(number)]) == expected[number] } }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test("random bytes are as many as asked for, and differ")
    func random() {
        #expect(SystemRandom.bytes(0).isEmpty)
        #expect(SystemRandom.bytes(256).count == 256)
        #expect(SystemRandom.bytes(32) != SystemRandom.bytes(32))
    }
}
