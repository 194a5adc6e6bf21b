import FoundationEssentials
import TestSupport
import Testing

@testable import CryptoDigests

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
        struct Concatenation: Decodable {
            let crcA: String
            let crcB: String
            let lengthB: Int
            let crcAB: String
        }
        let vectors: [Vector]
        let concatenation: [Concatenation]
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
                #expect(CRC64(bytes: sum.bytes) == sum)
            }
        }
    }

    @Test("is read from eight bytes and no other number of them")
    func length() {
        for count in [0, 7, 9] { #expect(CRC64(bytes: [UInt8](repeating: 1, count: count)) == nil) }
    }

    @Test("is the same by every multiplication and by tables, for every length and alignment")
    func allWays() {
        let ways = [128, 512].filter { $0 <= CRC64.multipliedBits }
        for seed in 0..<40 { compare(ways, seed: seed) }
        for bits in [128, 512] {
            print("CRC-64 by \(bits) bits at a time: \(ways.contains(bits) ? "compared" : "not on this processor")")
        }
    }

    private func compare(_ ways: [Int], seed: Int) {
        let bytes = (0..<3000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761 &+ seed &* 97) >> 7) }
        for length in [0, 1, 63, 64, 65, 127, 128, 255, 256, 257, 319, 320, 511, 512, 700, 1000, 2048, 2900] {
            let part = bytes.span.extracting(seed..<seed + length)
            var byTables = CRC64()
            byTables.update(bytes.span.extracting(first: seed), multiplying: 0)
            byTables.update(part, multiplying: 0)
            for bits in ways {
                var sum = CRC64()
                sum.update(bytes.span.extracting(first: seed), multiplying: bits)
                sum.update(part, multiplying: bits)
                #expect(sum == byTables, "\(length) bytes at \(seed), \(bits) bits at a time")
            }
        }
    }

    @Test("the sums of two parts make the sum of the whole")
    func combination() throws {
        let known = try JSONDecoder().decode(Vectors.self, from: Data(Fixtures.bytes("crc64/vectors.json")))
        #expect(known.concatenation.count >= 4)
        for one in known.concatenation {
            let first = CRC64(value: try #require(UInt64(one.crcA, radix: 16)))
            let second = CRC64(value: try #require(UInt64(one.crcB, radix: 16)))
            let both = try #require(UInt64(one.crcAB, radix: 16))
            #expect(CRC64.combine(first, second, length: one.lengthB).value == both)
        }
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 131) }
        var whole = CRC64()
        whole.update(bytes.span)
        for cut in stride(from: 0, through: bytes.count, by: 777) {
            var (first, second) = (CRC64(), CRC64())
            first.update(bytes.span.extracting(first: cut))
            second.update(bytes.span.extracting(droppingFirst: cut))
            #expect(CRC64.combine(first, second, length: bytes.count - cut) == whole)
        }
    }
}
