/// The codes in a text: one alone, or a whole error of a service, pasted as it is.
public struct CodeFinder: Sendable {
    /// What is known of the codes that were found, the most telling first, each once.
    public let entries: [ErrorEntry]
    /// Codes that are spelled like a word of the text, where none was found; the nearest first.
    public let near: [String]
    /// True if the text has the id of a request.
    public let holdsRequestID: Bool

    public init(_ text: String, in reference: ErrorReference = .shared) {
        let words = Self.words(of: text)
        var found: [(entry: ErrorEntry, weight: Int)] = []
        for (index, word) in words.enumerated() {
            let before = index > 0 ? words[index - 1] : ""
            guard let entry = reference[word],
                Self.isMeant(word, entry, after: before, isAlone: words.count == 1),
                !found.contains(where: { $0.entry == entry })
            else { continue }
            found.append((entry, Self.weight(of: entry)))
        }
        // Sorting keeps the order of equals.
        entries = Array(found.sorted { $0.weight < $1.weight }.map(\.entry).prefix(5))
        holdsRequestID = words.contains { $0.filter { $0 != "-" }.lowercased().hasSuffix("requestid") }
        near = entries.isEmpty && words.count <= 4 ? Self.near(words, reference) : []
    }

    /// Runs of letters, digits, dots, hyphens and underscores, without dots and hyphens at their ends.
    private static func words(of text: String) -> [String] {
        let marks = Set("._-".unicodeScalars)
        let pieces = text.unicodeScalars.split { scalar in
            !(scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil))
                && !marks.contains(scalar)
        }
        return pieces.map { piece in
            var view = Substring.UnicodeScalarView(piece)
            while let first = view.first, marks.contains(first) { view.removeFirst() }
            while let last = view.last, marks.contains(last) { view.removeLast() }
            return String(view)
        }.filter { !$0.isEmpty && $0.utf8.count <= 80 }
    }

    /// False for a word that only looks like a code: an everyday word in small letters, or a number.
    private static func isMeant(_ word: String, _ entry: ErrorEntry, after before: String, isAlone: Bool) -> Bool {
        if isAlone { return true }
        if entry.family == .postgres, word.allSatisfy(\.isNumber) {
            return ["sqlstate", "error", "fatal", "panic", "state", "code"].contains(before.lowercased())
        }
        if entry.family == .postgres { return word == entry.code }
        return entry.code.contains(".") || word.first?.isUppercase == true
    }

    /// A service's code says more than ours, and an inner code more than the general one before it.
    private static func weight(of entry: ErrorEntry) -> Int {
        let general: Set<String> = [
            "Forbidden", "AccessDenied", "Unauthorized", "Conflict", "Throttled", "InternalError", "failed",
            "interrupted",
        ]
        if general.contains(entry.code) { return 2 }
        return entry.family == .penstock ? 1 : 0
    }

    private static func near(_ words: [String], _ reference: ErrorReference) -> [String] {
        var names = Dictionary(
            reference.entries.map { ($0.code.lowercased(), $0.code) }, uniquingKeysWith: { first, _ in first })
        var near: [String] = []
        for word in words {
            for _ in 0..<3 {
                guard let name = Nearest.match(word, among: names.keys.sorted()) else { break }
                if let code = names.removeValue(forKey: name) { near.append(code) }
            }
        }
        return Array(near.prefix(3))
    }
}
