public import Diagnostics

extension ValueFormat where Item == String {
    /// Any text, the empty one too.
    public static func text(_ metavariable: String) -> ValueFormat {
        ValueFormat(metavariable, wants: "a text") { $0 }
    }

    /// The path of a file, which a shell completes.
    public static func file(_ metavariable: String = "FILE") -> ValueFormat {
        ValueFormat(metavariable, wants: "the path of a file", completion: .files) { $0.isEmpty ? nil : $0 }
    }

    /// The path of a directory, which a shell completes.
    public static func directory(_ metavariable: String = "DIRECTORY") -> ValueFormat {
        ValueFormat(metavariable, wants: "the path of a directory", completion: .directories) {
            $0.isEmpty ? nil : $0
        }
    }

    /// One of a few words.
    public static func word(_ metavariable: String, among choices: [String]) -> ValueFormat {
        ValueFormat(metavariable, wants: Phrase.list(choices, last: "or"), choices: choices) {
            choices.contains($0) ? $0 : nil
        }
    }
}

extension ValueFormat where Item == Int {
    /// A whole number written in decimal digits.
    public static func wholeNumber(_ metavariable: String = "N", from least: Int = 0, to most: Int = .max)
        -> ValueFormat
    {
        let range = most == .max ? "of at least \(least)" : "from \(least) to \(most)"
        return ValueFormat(metavariable, wants: "a whole number \(range)") { text in
            let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
            guard digits.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text) else { return nil }
            return number >= least && number <= most ? number : nil
        }
    }
}

extension ValueFormat where Item == ByteCount {
    /// A number of bytes such as `64MiB` or `1.5G`; units are binary.
    public static func byteCount(_ metavariable: String = "SIZE", atLeast least: ByteCount = ByteCount(0))
        -> ValueFormat
    {
        let range = least.bytes > 0 ? " of at least \(least)" : ""
        return ValueFormat(metavariable, wants: "a size\(range), such as 64MiB or 1.5G") { text in
            guard let count = ByteCount(text), count >= least else { return nil }
            return count
        }
    }
}

extension ValueFormat where Item: RawRepresentable<String> & CaseIterable {
    /// One of the cases of an enumeration, by its raw value.
    public static func choice(_ metavariable: String, of type: Item.Type = Item.self) -> ValueFormat {
        let choices = type.allCases.map(\.rawValue)
        return ValueFormat(
            metavariable, wants: Phrase.list(choices, last: "or"), choices: choices, show: { $0.rawValue },
            read: { Item(rawValue: $0) })
    }
}
