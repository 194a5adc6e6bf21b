/// How the name of a database stands in the name of a blob.
///
/// What a blob name or a file name could not carry is percent-encoded: slashes, control characters, the percent sign
/// itself, a dot or a space at either end. Everything else stays readable.
public enum DatabaseFileName {
    public static func encode(_ database: String) -> String {
        let scalars = Array(database.unicodeScalars)
        var text = ""
        for (index, scalar) in scalars.enumerated() {
            let atEnd = index == 0 || index == scalars.count - 1
            if mustEncode(scalar) || atEnd && (scalar == "." || scalar == " ") {
                for byte in String(scalar).utf8 { text += "%" + hex(byte >> 4) + hex(byte & 15) }
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// The name of the database; `nil` for a broken escape.
    public static func decode(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next(), let low = rest.next(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func mustEncode(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar == "/" || scalar == "\\" || scalar == "%"
    }

    private static func hex(_ value: UInt8) -> String { String(value, radix: 16, uppercase: true) }
}
