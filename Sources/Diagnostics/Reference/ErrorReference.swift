/// What is known of a code with which a service, a server or Penstock itself refuses.
public struct ErrorEntry: Sendable, Hashable {
    /// Whose code it is.
    public enum Family: String, Sendable, CaseIterable {
        case blobService = "blob service"
        case entra = "Entra ID"
        case resourceManager = "resource manager"
        case keyVault = "Key Vault"
        case postgres = "PostgreSQL"
        case penstock = "penstock"
    }

    public let code: String
    public let family: Family
    /// What it means: one clause without a full stop.
    public let meaning: String
    /// The likely causes, likeliest first; clauses.
    public let causes: [String]
    /// The commands that show or mend it.
    public let commands: [String]
    /// What to do, as full sentences; empty where causes and commands say it.
    public let advice: String
}

/// The one table of codes: what messages, `penstock explain` and `docs/reference/errors.md` know of them.
///
/// It is written as text. A line that is not indented begins an entry, `CODE CODE…: meaning`, or lists more codes for the
/// one that follows; below it `- ` begins a cause, `$ ` a command and `> ` advice, and a line that is indented further
/// goes on with the one before.
public struct ErrorReference: Sendable {
    public let entries: [ErrorEntry]
    private let byCode: [String: Int]
    /// Lines of the text that are none of those above; a test says that there are none.
    let faults: [String]

    /// All that is known.
    public static let shared = ErrorReference([
        (.blobService, blobService), (.entra, entra), (.resourceManager, resourceManager), (.keyVault, keyVault),
        (.postgres, postgres), (.penstock, penstock), (.penstock, penstockTransfers),
    ])

    init(_ texts: [(ErrorEntry.Family, String)]) {
        var entries: [ErrorEntry] = []
        var faults: [String] = []
        for (family, text) in texts {
            var reader = EntryReader(family: family)
            for line in text.split(separator: "\n") where !line.allSatisfy({ $0 == " " }) { reader.take(line) }
            reader.finish()
            entries += reader.entries
            faults += reader.faults
        }
        var byCode: [String: Int] = [:]
        for (index, entry) in entries.enumerated() {
            if byCode.updateValue(index, forKey: entry.code.lowercased()) != nil {
                faults.append("twice: \(entry.code)")
            }
        }
        self.entries = entries
        self.byCode = byCode
        self.faults = faults
    }

    /// The entry of a code, written in any case.
    public subscript(code: String) -> ErrorEntry? { byCode[code.lowercased()].map { entries[$0] } }
}

/// Reads the lines of one family.
private struct EntryReader {
    private enum Part { case meaning, cause, command, advice }

    let family: ErrorEntry.Family
    var entries: [ErrorEntry] = []
    var faults: [String] = []
    private var codes: [Substring] = []
    private var parts: [(part: Part, text: String)] = []

    init(family: ErrorEntry.Family) { self.family = family }

    mutating func take(_ line: Substring) {
        let text = line.drop { $0 == " " }
        let indent = line.utf8.count - text.utf8.count
        if indent == 0 {
            if !parts.isEmpty { finish() }
            guard let colon = line.firstRange(of: ": ") else {
                // More codes of the same entry follow.
                codes += line.split(separator: " ")
                return
            }
            codes += line[..<colon.lowerBound].split(separator: " ")
            parts = [(.meaning, String(line[colon.upperBound...]))]
        } else if parts.isEmpty {
            faults.append(String(line))
        } else if indent > 2 {
            parts[parts.count - 1].text += " " + text
        } else if let part = [("- ", Part.cause), ("$ ", .command), ("> ", .advice)].first(where: {
            text.hasPrefix($0.0)
        }) {
            parts.append((part.1, String(text.dropFirst(2))))
        } else {
            faults.append(String(line))
        }
    }

    mutating func finish() {
        if parts.isEmpty { faults += codes.map(String.init) }
        func all(_ part: Part) -> [String] { parts.filter { $0.part == part }.map(\.text) }
        for code in codes where !parts.isEmpty {
            entries.append(
                ErrorEntry(
                    code: String(code), family: family, meaning: all(.meaning).joined(), causes: all(.cause),
                    commands: all(.command), advice: all(.advice).joined(separator: " ")))
        }
        codes = []
        parts = []
    }
}
