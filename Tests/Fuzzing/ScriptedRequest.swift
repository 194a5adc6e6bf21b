@testable import HTTPListener

/// A request as an input describes it.
///
/// An input holds up to six, with the byte 1E between them. The first character of each says how it is to be
/// authorised (``Credential``); the rest is a request as it goes over the wire, with LF or CRLF after its lines.
struct ScriptedRequest {
    enum Credential: Character {
        case key = "K"
        case keyLite = "L"
        /// The query holds the fields of a token, and gets its signature.
        case token = "S"
        /// As it is.
        case none = "-"
    }

    let credential: Credential
    let method: String
    let target: String
    let head: RequestHead
    let body: [UInt8]

    static func all(of input: [UInt8]) -> [ScriptedRequest] {
        input.split(separator: 0x1E).prefix(6).compactMap { ScriptedRequest($0) }
    }

    /// `nil` where not even a request line is there.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let first = bytes.first else { return nil }
        credential = Credential(rawValue: Character(Unicode.Scalar(first))) ?? .none
        var lines = WireLines(bytes.dropFirst())
        guard let line = lines.next() else { return nil }
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
        guard words.count >= 2 else { return nil }
        method = String(decoding: words[0], as: UTF8.self)
        // As the listener takes it from the library, which ends it with a NUL.
        target = String(decoding: words[1].prefix { $0 != 0 }, as: UTF8.self)
        head = lines.head()
        body = Array(lines.rest)
    }
}

/// The lines of a message's head, as libmicrohttpd takes them apart.
struct WireLines {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next line without its end, which is CR, LF or both; `nil` behind the last.
    mutating func next() -> ArraySlice<UInt8>? {
        guard !rest.isEmpty else { return nil }
        let line = rest.prefix { $0 != 10 && $0 != 13 }
        rest = rest.dropFirst(line.count)
        let isPair = rest.starts(with: [13, 10])
        rest = rest.dropFirst(isPair ? 2 : 1)
        return line
    }

    /// The header fields up to an empty line.
    mutating func head() -> RequestHead {
        var head = RequestHead()
        while let line = next(), !line.isEmpty {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { continue }
            let isBlank: (UInt8) -> Bool = { $0 == 32 || $0 == 9 }
            let value = line[(colon + 1)...].drop(while: isBlank)
            let end = value.lastIndex { !isBlank($0) }
            head.add(Array(line[..<colon]), end.map { Array(value[...$0]) } ?? [])
        }
        return head
    }
}
