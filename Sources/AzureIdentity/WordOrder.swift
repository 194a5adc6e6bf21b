/// The order in which the service sorts `x-ms-` header names: like words, not like bytes.
///
/// Underscores and other marks come before digits, digits before letters. Hyphens do not count at first; they break
/// ties: fewer of them go first, then those that stand later.
enum WordOrder {
    static func precedes(_ left: String, _ right: String) -> Bool {
        let (leftKey, rightKey) = (key(left), key(right))
        if leftKey.weights != rightKey.weights {
            return leftKey.weights.lexicographicallyPrecedes(rightKey.weights)
        }
        guard leftKey.hyphens.count == rightKey.hyphens.count else {
            return leftKey.hyphens.count < rightKey.hyphens.count
        }
        return leftKey.hyphens.lexicographicallyPrecedes(rightKey.hyphens, by: >)
    }

    private static func key(_ name: String) -> (weights: [Int], hyphens: [Int]) {
        var weights: [Int] = []
        var hyphens: [Int] = []
        for (index, byte) in name.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "-"): hyphens.append(index)
            case UInt8(ascii: "0")...UInt8(ascii: "9"): weights.append(Int(byte) + 256)
            case UInt8(ascii: "a")...UInt8(ascii: "z"): weights.append(Int(byte) + 512)
            default: weights.append(Int(byte))
            }
        }
        return (weights, hyphens)
    }
}
