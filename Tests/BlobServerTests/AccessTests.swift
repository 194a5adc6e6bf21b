import AzureIdentity
import BlobStorage
import HTTPMessages
import MarkupXML
import TestSupport
import Testing

@Suite("Who may use a container")
struct AccessTests {
    static let box = "/box?restype=container"

    private func policy(_ id: String, _ terms: String) -> String {
        "<SignedIdentifier><Id>\(id)</Id><AccessPolicy>\(terms)</AccessPolicy></SignedIdentifier>"
    }

    private func setAccess(
        _ service: TestService, _ policies: String = "", public access: String? = nil
    ) async throws -> HTTPResponse {
        let document = "<?xml version=\"1.0\" encoding=\"utf-8\"?><SignedIdentifiers>\(policies)</SignedIdentifiers>"
        var fields: HTTPFields = [:]
        fields["x-ms-blob-public-access"] = access
        return try await service.send(.put, Self.box + "&comp=acl", fields, body: Array(document.utf8))
    }

    @Test("policies and public access are kept as they were set")
    func roundTrip() async throws {
        try await TestService.runOnDirectory(allowsPublicAccess: true) { service in
            let before = try await service.send(.get, Self.box + "&comp=acl")
            #expect(before.status == 200)
            #expect(try before.document.children.isEmpty)
            #expect(before.fields["x-ms-blob-public-access"] == nil)
            let terms =
                "<Start>2024-03-15</Start><Expiry>2024-03-16T00:00:00.0000000Z</Expiry><Permission>rl</Permission>"
            let set = try await setAccess(service, policy("one &amp; only", terms) + policy("two", ""), public: "blob")
            #expect(set.status == 200)
            #expect(set.fields["ETag"] != before.fields["ETag"])
            let after = try await service.send(.get, Self.box + "&comp=acl")
            #expect(after.fields["ETag"] == set.fields["ETag"])
            #expect(after.fields["x-ms-blob-public-access"] == "blob")
            let found = try after.document.all("SignedIdentifier")
            #expect(found.map { $0.text(of: "Id") } == ["one & only", "two"])
            #expect(found.first?["AccessPolicy"]?.text(of: "Start") == "2024-03-15")
            #expect(found.first?["AccessPolicy"]?.text(of: "Expiry") == "2024-03-16T00:00:00.0000000Z")
            #expect(found.first?["AccessPolicy"]?.text(of: "Permission") == "rl")
            #expect(found.last?["AccessPolicy"]?.children.isEmpty == true)
            let head = try await service.send(.head, Self.box + "&comp=acl")
            #expect(head.status == 200 && head.fields["Content-Length"] == "\(after.body.count)")
            #expect(try await service.send(.head, Self.box).fields["x-ms-blob-public-access"] == "blob")
            #expect(try await service.send(.get, "/?comp=list").text.contains("<PublicAccess>blob</PublicAccess>"))
            // No body at all takes everything away.
            #expect(try await service.send(.put, Self.box + "&comp=acl").status == 200)
            #expect(try await service.send(.get, Self.box + "&comp=acl").document.children.isEmpty)
            #expect(try await service.send(.head, Self.box).fields["x-ms-blob-public-access"] == nil)
        }
    }

    @Test("metadata of a container is replaced")
    func metadata() async throws {
        try await TestService.runOnDirectory { service in
            let set = try await service.send(.put, Self.box + "&comp=metadata", ["x-ms-meta-a": "1"])
            #expect(set.status == 200)
            let found = try await service.send(.get, Self.box)
            #expect(found.fields["ETag"] == set.fields["ETag"])
            #expect(found.fields["x-ms-meta-a"] == "1" && found.fields["x-ms-meta-made"] == nil)
            let modified = try #require(found.fields["Last-Modified"])
            try expect(
                await service.send(.put, Self.box + "&comp=metadata", ["If-Modified-Since": modified]), 412,
                "ConditionNotMet")
            try expect(
                await service.send(.put, "/none?restype=container&comp=metadata"), 404, "ContainerNotFound")
        }
    }

    @Test(
        "policies that make no sense are refused, and nothing is changed",
        arguments: [
            (String(repeating: "<SignedIdentifier><Id>x</Id></SignedIdentifier>", count: 6), "InvalidXmlDocument"),
            (String(repeating: "<SignedIdentifier><Id>x</Id></SignedIdentifier>", count: 2), "InvalidXmlDocument"),
            ("<Other/>", "InvalidXmlDocument"), ("<SignedIdentifier>", "InvalidXmlDocument"),
            ("<SignedIdentifier><Id/></SignedIdentifier>", "InvalidXmlNodeValue"),
            (
                "<SignedIdentifier><Id>\(String(repeating: "i", count: 65))</Id></SignedIdentifier>",
                "InvalidXmlNodeValue"
            ),
            (
                "<SignedIdentifier><Id>x</Id><AccessPolicy><Expiry>soon</Expiry></AccessPolicy></SignedIdentifier>",
                "InvalidXmlNodeValue"
            ),
            (
                "<SignedIdentifier><Id>x</Id><AccessPolicy><Permission>z</Permission></AccessPolicy></SignedIdentifier>",
                "InvalidXmlNodeValue"
            ),
        ])
    func badPolicies(policies: String, code: String) async throws {
        try await TestService.runOnDirectory { service in
            let before = try await service.send(.head, Self.box).fields["ETag"]
            try expect(await setAccess(service, policies), 400, code)
            #expect(try await service.send(.head, Self.box).fields["ETag"] == before)
        }
    }

    @Test("the public gets in only where account and container say so")
    func publicAccess() async throws {
        try await TestService.runOnDirectory(allowsPublicAccess: true) { service in
            try await service.put("a", "hello", ["x-ms-meta-k": "v"])
            let ofBlobs = ["/box/a", "/box/a?comp=metadata", "/box/a?comp=blocklist"]
            let ofContainer = [Self.box, Self.box + "&comp=list", Self.box + "&comp=metadata"]
            let never = [
                Self.box + "&comp=acl", "/box/a?comp=blocklist&blocklisttype=all", "/?comp=list",
                Self.box + "&comp=list&include=uncommittedblobs", "/box/a?comp=tags", "/none/a",
            ]
            for (access, open) in [
                (nil, []), ("blob", ofBlobs), ("container", ofBlobs + ofContainer),
            ] as [(String?, [String])] {
                #expect(try await setAccess(service, public: access).status == 200)
                for target in open {
                    #expect(try await service.sendPlain(.get, target).status == 200, "\(access ?? "") \(target)")
                }
                for target in ofBlobs + ofContainer + never where !open.contains(target) {
                    let answer = try await service.sendPlain(.get, target)
                    #expect(answer.status == (target.hasPrefix("/?") ? 401 : 404), "\(access ?? "") \(target)")
                    #expect(
                        answer.code == (target.hasPrefix("/?") ? "NoAuthenticationInformation" : "ResourceNotFound"))
                }
                for (method, target) in [(HTTPMethod.delete, "/box/a"), (.delete, Self.box)] {
                    try expect(await service.sendPlain(method, target), 401, "NoAuthenticationInformation")
                }
            }
            #expect(try await service.sendPlain(.get, "/box/a").text == "hello")
            #expect(try await service.sendPlain(.head, "/box/a").fields["x-ms-meta-k"] == "v")
            try expect(await service.sendPlain(.get, "/box/b"), 404, "BlobNotFound")
        }
    }

    @Test("an account that does not allow public access has none, whatever a container was told before")
    func forbidden() async throws {
        try await TestService.runOnDirectory { service in
            try await service.put("a", "x")
            try expect(await setAccess(service, public: "blob"), 409, "PublicAccessNotPermitted")
            try expect(
                await service.send(.put, "/new?restype=container", ["x-ms-blob-public-access": "container"]), 409,
                "PublicAccessNotPermitted")
            let managed = try #require(service.box as? any ManagedContainer)
            _ = try await managed.setAccess(ContainerAccess(publicAccess: .container, policies: []), if: .always)
            try expect(await service.sendPlain(.get, "/box/a"), 404, "ResourceNotFound")
        }
    }

    @Test("a container can be made public at once; other words for access are refused")
    func create() async throws {
        try await TestService.runOnDirectory(allowsPublicAccess: true) { service in
            let made = try await service.send(
                .put, "/new?restype=container", ["x-ms-blob-public-access": "Container", "x-ms-meta-a": "1"])
            #expect(made.status == 201)
            let listed = try await service.sendPlain(.get, "/new?restype=container&comp=list")
            #expect(listed.status == 200)
            #expect(try await service.send(.head, "/new?restype=container").fields["ETag"] == made.fields["ETag"])
            for word in ["everybody", "nothing", ""] {
                try expect(
                    await service.send(.put, "/other?restype=container", ["x-ms-blob-public-access": word]), 400,
                    "InvalidHeaderValue")
            }
        }
    }

    // MARK: - Tokens that name a policy

    private func token(
        _ service: TestService, _ id: String, account: Bool = false, _ change: (inout SASFields) -> Void = { _ in }
    ) throws -> String {
        var fields = SASFields()
        fields["sv"] = "2021-12-02"
        if account {
            for (name, value) in [("ss", "b"), ("srt", "o"), ("sp", "r"), ("se", "2024-03-16")] { fields[name] = value }
        } else {
            fields["sr"] = "c"
        }
        fields["si"] = id
        change(&fields)
        let resource = SASResource(account: "devstoreaccount1", container: "box", blob: nil, snapshot: "")
        let signed =
            account
            ? SASToken.signing(fields, forAccountOf: service.key)
            : SASToken.signing(fields, for: resource, with: service.key)
        return try #require(signed).reveal(\.encoded)
    }

    @Test("a token is judged by the policy it names, as it is at that moment")
    func policies() async throws {
        try await TestService.runOnDirectory { service in
            try await service.put("a", "x")
            let valid = "<Expiry>2024-03-16</Expiry><Permission>r</Permission>"
            let expired = "<Expiry>2024-03-15</Expiry><Permission>r</Permission>"
            let early = "<Start>2024-03-16</Start>" + "<Expiry>2024-03-17</Expiry><Permission>r</Permission>"
            let read = try token(service, "p")
            func get(_ token: String) async throws -> HTTPResponse {
                try await service.sendPlain(.get, "/box/a?\(token)")
            }
            try expect(await get(read), 403, "AuthenticationFailed")
            _ = try await setAccess(service, policy("p", valid))
            #expect(try await get(read).text == "x")
            try expect(
                await service.sendPlain(.get, Self.box + "&comp=list&\(read)"), 403, "AuthorizationPermissionMismatch")
            try expect(await get(token(service, "q")), 403, "AuthenticationFailed")
            // What the policy says, the token may not say again.
            try expect(await get(token(service, "p") { $0["sp"] = "rw" }), 403, "AuthenticationFailed")
            try expect(await get(token(service, "p") { $0["se"] = "2025-01-01" }), 403, "AuthenticationFailed")
            try expect(await get(token(service, "p", account: true)), 403, "AuthenticationFailed")
            for terms in [expired, early, "<Expiry>2024-03-16</Expiry>", "<Permission>r</Permission>"] {
                _ = try await setAccess(service, policy("p", terms))
                try expect(await get(read), 403, "AuthenticationFailed")
            }
            // Tokens of the account name no policies, even those that would add nothing.
            _ = try await setAccess(service, policy("p", ""))
            try expect(await get(token(service, "p", account: true)), 403, "AuthenticationFailed")
            // What the policy leaves open, the token says.
            _ = try await setAccess(service, policy("p", "<Expiry>2024-03-16</Expiry>"))
            #expect(try await get(token(service, "p") { $0["sp"] = "r" }).status == 200)
        }
    }

    @Test("who cannot sign is not told which policies there are")
    func secrecy() async throws {
        try await TestService.runOnDirectory { service in
            _ = try await setAccess(service, policy("p", "<Expiry>2024-03-16</Expiry><Permission>r</Permission>"))
            var details: Set<String> = []
            for id in ["p", "q"] {
                let forged =
                    "sv=2021-12-02&sr=c&si=\(id)&sig=\(PercentCoding.encode(base64(String(repeating: "s", count: 32))))"
                let answer = try await service.sendPlain(.get, "/box/a?\(forged)")
                try expect(answer, 403, "AuthenticationFailed")
                let detail = try #require(answer.document.text(of: "AuthenticationErrorDetail"))
                details.insert(detail.replacing("\n\(id)\n", with: "\nID\n"))
            }
            #expect(details.count == 1)
        }
    }

    @Test("no token opens the access list itself")
    func listOfAccess() async throws {
        try await TestService.runOnDirectory { service in
            let all = try token(service, "") { fields in
                fields["sp"] = "racwdxltmeop"
                fields["se"] = "2024-03-16"
            }
            let ofAccount = try token(service, "", account: true) { $0["srt"] = "sco" }
            for token in [all, ofAccount] {
                let answer = try await service.sendPlain(.get, Self.box + "&comp=acl&\(token)")
                #expect(answer.status == 403)
            }
        }
    }
}
