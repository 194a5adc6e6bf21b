/// `OLD=NEW` of a command line, where either name may hold an equals sign itself.
struct Renaming: Sendable {
    let text: String
    /// Each way to read it, the shortest old name first.
    private let readings: [(old: String, new: String)]

    init?(_ text: String) {
        self.text = text
        readings = text.indices.filter { text[$0] == "=" }.map { sign in
            (String(text[..<sign]), String(text[text.index(after: sign)...]))
        }.filter { !$0.old.isEmpty && !$0.new.isEmpty }
        if readings.isEmpty { return nil }
    }

    /// The old name, if there is only one way to read it.
    var certainOld: String? { readings.count == 1 ? readings[0].old : nil }

    /// The readings whose old name is a database; if there is none, the first one.
    func meanings(among databases: [String]) -> [(old: String, new: String)] {
        let known = readings.filter { databases.contains($0.old) }
        return known.isEmpty ? Array(readings.prefix(1)) : known
    }
}
