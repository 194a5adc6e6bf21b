import FoundationEssentials

/// Base64 as headers, block ids, keys and signatures carry it, and as tokens do.
public enum Base64 {
    public static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// The bytes of padded Base64 without white space; `nil` for anything else.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.count % 4 == 0 else { return nil }
        return Data(base64Encoded: String(text)).map { [UInt8]($0) }
    }

    /// The form that needs no escape in a URL, without padding (RFC 4648, section 5).
    public static func encodeURL(_ bytes: [UInt8]) -> String {
        String(
            encode(bytes).compactMap { character in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            })
    }

    /// The bytes of the form for URLs; `nil` for anything else, padding and bits left over included.
    public static func decodeURL(_ text: some StringProtocol) -> [UInt8]? {
        guard text.utf8.allSatisfy(isURLDigit), text.utf8.count % 4 != 1 else { return nil }
        let plain = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        let bytes = decode(String(plain) + String(repeating: "=", count: (4 - plain.count % 4) % 4))
        // One text for each run of bytes: bits that stand for nothing must be 0.
        return bytes.flatMap { encodeURL($0) == String(text) ? $0 : nil }
    }

    private static func isURLDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
