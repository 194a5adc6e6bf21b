public import Testing

extension Tag {
    /// Needs a PostgreSQL server, which the test starts by itself.
    @Tag public static var postgres: Self
    /// Makes things fail on purpose.
    @Tag public static var faults: Self
    /// Needs a blob store that runs elsewhere.
    @Tag public static var storage: Self
}
