/// A string of an archive: bytes in the database's encoding, which need not be UTF-8.
///
/// It shares the memory of the table of contents it came from and keeps all of that alive: store `string` or a copy of
/// `bytes` in what lives longer.
public struct ArchiveText: Sendable, Hashable {
    public let bytes: ArraySlice<UInt8>

    public init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// The text as UTF-8, with U+FFFD where it is none.
    public var string: String { String(decoding: bytes, as: UTF8.self) }

    /// The text as UTF-8, or `nil` if it is none.
    public var exactString: String? { String(validating: bytes, as: UTF8.self) }
}

extension ArchiveText: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(ArraySlice(text.utf8)) }
}

extension ArchiveText: CustomStringConvertible {
    /// At most a hundred characters, control characters escaped: safe in a message, whatever the archive holds.
    public var description: String {
        let shown = String(decoding: bytes.prefix(400), as: UTF8.self)
        var text = ""
        for scalar in shown.unicodeScalars.prefix(100) {
            let isControl =
                scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
            text += isControl ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return text
    }
}
