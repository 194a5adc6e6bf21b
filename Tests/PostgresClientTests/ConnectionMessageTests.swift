import Testing

@testable import PostgresClient

@Suite("What libpq says about a connection that was not made")
struct ConnectionMessageTests {
    @Test(
        "is told apart by its state, in any language",
        arguments: [
            ("FATAL:  28P01: password authentication failed", PostgresError.Kind.authenticationFailed),
            (
                "connection to server at \"h\" (::1), port 5432 failed: FATAL:  3D000: database \"x\" does not exist",
                .noSuchDatabase
            ),
            ("KATASTROPHAL:  3D000: Datenbank »x« existiert nicht\nORT:  InitPostgres, postinit.c:1", .noSuchDatabase),
            ("failed: FATAL:  57P03: the database system is starting up", .notAccepting),
            ("failed: FATAL:  53300: sorry, too many clients already", .notAccepting),
            ("failed: FATAL:  42501: permission denied for database", .notPermitted),
            ("connection to server at \"h\" failed: Connection refused\n\tIs the server running?", .unreachable),
            ("server closed the connection unexpectedly", .unreachable),
            ("FATAL:  something: else", .unreachable), ("", .unreachable),
            ("invalid port number: \"99999\"", .badSettings), ("definition of service \"s\" not found", .badSettings),
        ])
    func kinds(text: String, kind: PostgresError.Kind) {
        #expect(ConnectionMessage.error(text, needsPassword: false).kind == kind)
    }

    @Test("keeps the words of the error, its detail and its hint")
    func words() {
        let text = """
            connection to server on socket "/s" failed: FATAL:  53300: remaining slots are reserved
            DETAIL:  All 3 are taken.
            HINT:  Wait.
            LOCATION:  InitPostgres, postinit.c:800
            """
        let error = ConnectionMessage.error(text, needsPassword: false)
        #expect(error.message == "remaining slots are reserved")
        #expect(error.detail == "All 3 are taken.")
        #expect(error.hint == "Wait.")
        #expect(error.sqlState == "53300")
    }
}
