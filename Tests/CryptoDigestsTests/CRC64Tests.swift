import CryptoDigests
import FoundationEssentials
import TestSupport
import Testing

@Suite("CRC-64")
struct CRC64Tests {
    private struct Vectors: Decodable {
        struct Vector: Decodable {
            let name: String
            let length: Int
            let crc64Hex: String
            let headerValue: String
            let inputHex: String?
        }
        let vectors: [Vector]
    }

    private func bytes(hex: String) -> [UInt8] {
        let digits = Array(hex).compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }

    @Test("agrees with the recorded vectors, whole and cut in two anywhere")
    func vectors() throws {
        let vectors = try JSONDecoder().decode(Vectors.self, from: Data(Fixtures.bytes("crc64/vectors.json"))).vectors
        let checked = vectors.filter { $0.inputHex != nil }
        #expect(checked.count >= 5)
        for vector in checked {
            let input = bytes(hex: vector.inputHex ?? "")
            for cut in 0...input.count {
                var sum = CRC64()
                sum.update(input.span.extracting(first: cut))
                sum.update(input.span.extracting(droppingFirst: cut))
                #expect(sum.value == UInt64(vector.crc64Hex, radix: 16), "\(vector.name), cut at \(cut)")
                #expect(Data(sum.bytes).base64EncodedString() == vector.headerValue)
            }
        }
    }
}
