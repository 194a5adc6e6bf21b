extension CRC64 {
    /// The sum of one run of bytes followed by another, from the sums of both.
    ///
    /// - Parameter length: The number of bytes that `second` is the sum of.
    public static func combine(_ first: CRC64, _ second: CRC64, length: Int) -> CRC64 {
        // Moving the first sum ahead by `length` bytes is multiplying it by x to the power of 8 times that.
        CRC64(value: multiply(power(ofBytes: length), first.value) ^ second.value)
    }

    /// The product of two polynomials modulo ours; bit 63 stands for x to the power of 0.
    private static func multiply(_ left: UInt64, _ right: UInt64) -> UInt64 {
        var product: UInt64 = 0
        var factor = right
        var bit: UInt64 = 1 << 63
        while bit != 0 {
            if left & bit != 0 { product ^= factor }
            factor = (factor >> 1) ^ (factor & 1 == 1 ? polynomial : 0)
            bit >>= 1
        }
        return product
    }

    /// x to the power of 8 × `count`.
    private static func power(ofBytes count: Int) -> UInt64 {
        var product: UInt64 = 1 << 63
        var rest = count
        var index = 3  // 8 is two to the power of 3
        while rest > 0 {
            if rest & 1 == 1 { product = multiply(squares[index], product) }
            rest >>= 1
            index += 1
        }
        return product
    }

    /// x to the powers of 1, 2, 4, 8… up to 2^66.
    private static let squares: [UInt64] = {
        var squares: [UInt64] = [1 << 62]
        for _ in 0..<66 { squares.append(multiply(squares[squares.count - 1], squares[squares.count - 1])) }
        return squares
    }()
}
