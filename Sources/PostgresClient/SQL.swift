/// Names and values as parts of a statement.
///
/// Every connection of this module speaks UTF-8, in which doubling the quotes is all that is needed; libpq's own
/// functions do the same but need a connection that is doing nothing else. A text with a NUL makes a statement that
/// is refused before it is sent.
public enum SQL {
    /// A name in double quotes.
    public static func identifier(_ name: String) -> String { "\"" + doubling("\"", in: name) + "\"" }

    /// A name in double quotes, in ASCII alone whatever characters it has.
    ///
    /// For connections that speak another encoding than UTF-8. Servers before 13 take it only where the database is in
    /// UTF-8; `standard_conforming_strings` must be on.
    public static func asciiIdentifier(_ name: String) -> String {
        guard !name.utf8.allSatisfy({ $0 < 0x80 }) else { return identifier(name) }
        let escaped = name.unicodeScalars.map { scalar in
            if scalar == "\\" { return "\\\\" }
            if scalar.isASCII { return String(scalar) }
            let digits = String(scalar.value, radix: 16)
            return "\\+" + String(repeating: "0", count: 6 - digits.count) + digits
        }
        return "U&" + identifier(escaped.joined())
    }

    /// A value in single quotes, right whatever `standard_conforming_strings` is.
    public static func literal(_ text: String) -> String {
        let quoted = doubling("'", in: text)
        guard quoted.utf8.contains(UInt8(ascii: "\\")) else { return "'" + quoted + "'" }
        return " E'" + doubling("\\", in: quoted) + "'"
    }

    /// Scalar by scalar: a quote followed by a combining mark is one `Character` and still a quote to the server.
    private static func doubling(_ mark: Unicode.Scalar, in text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == mark { result.append(scalar) }
            result.append(scalar)
        }
        return String(result)
    }
}
