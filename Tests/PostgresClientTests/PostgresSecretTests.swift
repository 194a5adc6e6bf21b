import Diagnostics
import PostgresClient
import Testing

@Suite("A secret that says how to reach a server")
struct PostgresSecretTests {
    private func read(_ text: String) throws -> [String: String] {
        let secret = try PostgresSecret(text)
        return secret.settings.merging(["password": secret.password?.reveal { $0 } ?? "(none)"]) { $1 }
    }

    @Test("is understood as Azure Backup keeps it")
    func ado() throws {
        let text =
            "Server=pg1.postgres.database.azure.com;Database={db};Port=5432;User Id=admin@PG1;Password='a;b=''c';"
            + "Ssl Mode=Require;"
        #expect(
            try read(text) == [
                "host": "pg1.postgres.database.azure.com", "port": "5432", "user": "admin", "password": "a;b='c",
                "sslmode": "require",
            ])
        let other =
            #"data source = h ; PWD=first; Uid=me@elsewhere; password= "two ""2""" ;SslMode=VerifyFull;Pooling=false"#
        #expect(
            try read(other) == [
                "host": "h", "user": "me@elsewhere", "password": #"two "2""#, "sslmode": "verify-full",
            ])
    }

    @Test("may be a URI, a key=value string, JSON, or the password alone")
    func shapes() throws {
        #expect(
            try read("postgresql://u%40x:p%3Aw@h:5433/db?sslmode=require") == [
                "user": "u@x", "password": "p:w", "host": "h", "port": "5433", "sslmode": "require",
            ])
        #expect(try read("host=h user=u password='a b'") == ["host": "h", "user": "u", "password": "a b"])
        #expect(
            try read(#"{"host":"h","port":5434,"username":"u","password":"p{","dbname":"d","engine":"postgres"}"#) == [
                "host": "h", "port": "5434", "user": "u", "password": "p{",
            ])
        #expect(try read("pass=word@ 'x'") == ["password": "pass=word@ 'x'"])
    }

    @Test(
        "is refused without being quoted",
        arguments: [
            "Server=h;topsecret", "Server=h;Password='topsecret", "Server=h;User Id=topsecret",
            "Password='topsecret'x;a=b",
            "Server=h;Password=topsecret;Ssl Mode=topsecret", "{\"password\": [\"topsecret\"",
            "{\"user\":\"topsecret\"}",
            "postgresql://u:topsecret@[h", "host=h password='topsecret",
            "{\"user\":\"a\",\"username\":\"topsecret\",\"password\":\"x\"}",
        ])
    func refused(text: String) throws {
        let error = #expect(throws: PostgresSecretError.self) { try PostgresSecret(text) }
        let explanation = Explanation(try #require(error))
        #expect(explanation.exitCode == .wrongUsage && explanation.code == "secret.unsupported-format")
        #expect(!explanation.text.contains("topsecret"))
    }
}
