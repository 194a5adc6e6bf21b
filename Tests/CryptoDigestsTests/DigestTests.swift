import CryptoDigests
import Testing

@Suite("Digests")
struct DigestTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    @Test("SHA-256 and MD5 of known texts")
    func known() {
        let text = Array("abc".utf8)
        #expect(
            hex(Digest.of(text.span, .sha256)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(hex(Digest.of(text.span, .md5)) == "900150983cd24fb0d6963f7d28e17f72")
        #expect(hex(Digest.of(Span<UInt8>(), .md5)) == "d41d8cd98f00b204e9800998ecf8427e")
    }

    @Test("do not depend on how the bytes are cut", arguments: [1, 7, 64, 1000])
    func pieces(step: Int) {
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var digest = Digest(.sha256)
        for start in stride(from: 0, to: bytes.count, by: step) {
            digest.update(bytes.span.extracting(start..<min(start + step, bytes.count)))
        }
        #expect(digest.finish() == Digest.of(bytes.span, .sha256))
    }

    @Test("HMAC-SHA256 of RFC 4231, test case 2")
    func hmac() {
        let code = MessageAuthentication.hmacSHA256(
            Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(hex(code) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(MessageAuthentication.equal(code, code))
        #expect(!MessageAuthentication.equal(code, Array(code.dropLast()) + [0]))
        #expect(!MessageAuthentication.equal(code, Array(code.dropLast())))
    }
}
