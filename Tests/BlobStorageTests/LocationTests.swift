import BlobStorage
import Diagnostics
import Testing

@Suite("Locations")
struct LocationTests {
    @Test(
        "of each form are taken apart",
        arguments: [
            ("https://acct.blob.core.windows.net/cont/a/b", "acct", ["cont", "a", "b"]),
            ("https://acct.blob.core.chinacloudapi.cn/cont/", "acct", ["cont"]),
            ("http://127.0.0.1:10000/devstoreaccount1/cont/x%2Fy%20z", "devstoreaccount1", ["cont", "x/y z"]),
            ("http://localhost:1/acct", "acct", []),
            ("http://[::1]:10000/acct/c", "acct", ["c"]),
            ("http://azurite:10000/acct/c", "acct", ["c"]),
        ])
    func services(text: String, account: String, parts: [String]) throws {
        let location = try Location(text)
        guard case .service(_, let found) = location.place else {
            Issue.record("not a service")
            return
        }
        #expect(found == account)
        #expect(location.parts == parts)
    }

    @Test("a SAS is kept apart and never shown")
    func signature() throws {
        let location = try Location("https://a.blob.core.windows.net/c/p?sv=2021-12-02&sig=abc%3D")
        #expect(location.signature?.reveal { $0 } == "sv=2021-12-02&sig=abc%3D")
        #expect(!"\(location)".contains("abc"))
        #expect(!String(reflecting: location).contains("abc"))
    }

    @Test(
        "az and file locations",
        arguments: [
            ("az://c/p/", ["c", "p"]), ("file:///var/b/c/p", ["var", "b", "c", "p"]),
            ("file://localhost/var/c", ["var", "c"]),
        ])
    func others(text: String, parts: [String]) throws {
        #expect(try Location(text).parts == parts)
    }

    @Test(
        "malformed ones are refused with the forms there are",
        arguments: [
            ("backups", LocationError.Kind.noScheme), ("s3://b/c", .unknownScheme), ("https://", .unknownScheme),
            ("http://127.0.0.1:10000", .noAccount), ("http://127.0.0.1:99999/a/c", .unknownScheme),
            ("https://a.blob.core.windows.net/c?x=1", .unknownQuery), ("https://a.b/c/%zz", .brokenEscape),
            ("file://host/dir", .relativeDirectory), ("az://c?sig=1", .unknownQuery),
            ("https://u:p@h/c", .unknownScheme),
            ("", .noScheme), ("https://a b/c", .unknownScheme),
        ])
    func malformed(text: String, kind: LocationError.Kind) {
        #expect { try Location(text) } throws: { ($0 as? LocationError)?.kind == kind }
    }
}
