/// The one of a few names that a mistyped word probably meant.
public enum Nearest {
    /// The candidate closest to `word`, if it is close; the earlier one where two are equally close.
    ///
    /// Close is: of at most one mistake in three letters, or begun like it by three letters or more and by no other
    /// candidate. A mistake is a letter too many, too few, another, or two neighbours swapped.
    public static func match(_ word: String, among candidates: [String]) -> String? {
        let letters = Array(word.lowercased().unicodeScalars.prefix(longest + 1))
        guard !letters.isEmpty, letters.count <= longest else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let other = Array(candidate.unicodeScalars.prefix(longest))
            let distance = distance(letters, other)
            let shorter = min(letters.count, other.count)
            let allowed = shorter < 2 ? 0 : max(1, shorter / 3)
            guard distance <= allowed, distance < (best?.distance ?? .max) else { continue }
            best = (candidate, distance)
        }
        return best?.name ?? completion(of: letters, among: candidates)
    }

    /// No name of ours is longer, and the cost of comparing grows with the square.
    private static let longest = 48

    private static func completion(of letters: [Unicode.Scalar], among candidates: [String]) -> String? {
        guard letters.count >= 3 else { return nil }
        let begun = candidates.filter { $0.unicodeScalars.starts(with: letters) }
        return begun.count == 1 ? begun.first : nil
    }

    /// The number of mistakes that turn one word into the other: the optimal string alignment distance.
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[right.count]
    }
}
