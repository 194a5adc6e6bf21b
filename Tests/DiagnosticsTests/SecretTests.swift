import Diagnostics
import Testing

@Suite("Secrets")
struct SecretTests {
    private struct Account { let name: String, key: Secret<String> }

    @Test("show themselves in no way of printing, alone or inside of something")
    func hidden() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(Account(name: "a", key: secret), to: &dumped)
        let texts = [
            "\(secret)", String(describing: secret), String(reflecting: secret), dumped,
            String(reflecting: Account(name: "a", key: secret)), String(describing: [secret]),
            String(describing: Optional(secret)), "\(Secret(Array("hunter2".utf8)))",
        ]
        for text in texts {
            #expect(!text.contains("hunter2"))
            #expect(text.contains("(secret)"))
        }
    }

    @Test("hand their value to who asks by name") func revealed() {
        #expect(Secret(42).reveal { $0 + 1 } == 43)
    }
}
