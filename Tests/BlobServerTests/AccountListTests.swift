import AzureIdentity
import BlobServer
import CryptoDigests
import Diagnostics
import HTTPListener
import HTTPMessages
import SystemCalls
import TestSupport
import Testing

@Suite("The accounts of a server")
struct AccountListTests {
    private func keys(_ seed: UInt8) -> [Secret<[UInt8]>] {
        [Secret([UInt8](repeating: seed, count: 64)), Secret([UInt8](repeating: seed + 1, count: 64))]
    }

    /// Why something is refused.
    private func refusal(_ body: () throws -> Void) -> AccountListError? {
        do {
            try body()
            return nil
        } catch {
            return error as? AccountListError
        }
    }

    private func signature(_ key: SharedKey) -> [UInt8] { key.signature(of: "x") }

    @Test("are added, found, given new keys and removed")
    func changes() throws {
        var list = AccountList()
        try list.add("backups", keys: keys(1))
        try list.add("other", keys: keys(5))
        #expect(refusal { try list.add("other", keys: keys(7)) } == AccountListError(.exists, subject: "other"))
        let before = try list.keys(of: "backups").map { signature($0) }
        try list.rotate("backups", .second, to: Secret([9]))
        let after = try list.keys(of: "backups").map { signature($0) }
        #expect(before.count == 2 && after.count == 2)
        #expect(after[0] == before[0] && after[1] != before[1])
        try list.remove("other")
        #expect(list.names == ["backups"])
        let none = try list.keys(of: "other")
        #expect(none.isEmpty)
        #expect(refusal { try list.remove("other") } == AccountListError(.unknown, subject: "other"))
        #expect(refusal { try list.rotate("x", .first, to: Secret([1])) } == AccountListError(.unknown, subject: "x"))
    }

    @Test(
        "have names that can be names of directories",
        arguments: ["", "ab", "Upper", "a/b", "..", "a.b", "a-b", String(repeating: "a", count: 25)])
    func names(name: String) {
        var list = AccountList()
        #expect(refusal { try list.add(name, keys: keys(1)) } == AccountListError(.badName, subject: name))
    }

    @Test("are kept in a file that only its owner can read, and which is replaced as a whole")
    func file() throws {
        let directory = try Files.makeTemporaryDirectory(in: "/tmp", prefix: "penstock-accounts-")
        defer { try? Files.removeTree(directory) }
        let file = AccountFile(directory + "/accounts.json")
        #expect(refusal { _ = try file.list() } == AccountListError(.missing, subject: file.path))
        #expect(refusal { try file.change { _ in } } == AccountListError(.missing, subject: file.path))
        try file.change(creating: true) { try $0.add("one", keys: keys(1)) }
        // What a crash left beside it is no hindrance.
        _ = try Files.open(file.path + ".new", .create, permissions: 0o644)
        try file.change { try $0.add("two", keys: keys(3)) }
        #expect(try file.list().names == ["one", "two"])
        let found = try file.list().keys(of: "two")
        #expect(found.map { signature($0) }.first == [UInt8](repeating: 3, count: 64).signed)
        #expect(try Files.permissions(of: file.path) == 0o600)
        #expect(try Files.names(in: directory) == ["accounts.json"])
        let before = try file.contents()
        #expect(refusal { try file.change { try $0.add("one", keys: keys(1)) } }?.kind == .exists)
        #expect(try file.contents() == before)
    }

    @Test("are refused in a file that others can read", arguments: [0o640, 0o604, 0o660] as [UInt32])
    func shared(permissions: UInt32) throws {
        let directory = try Files.makeTemporaryDirectory(in: "/tmp", prefix: "penstock-accounts-")
        defer { try? Files.removeTree(directory) }
        let path = directory + "/accounts.json"
        let json = try AccountList().revealJSON()
        let written = try Files.open(path, .create, permissions: permissions)
        try written.write(json.span)
        // The umask of this process may have taken the permissions away.
        guard try Files.permissions(of: path) & 0o077 != 0 else { return }
        #expect(refusal { _ = try AccountFile(path).list() } == AccountListError(.shared, subject: path))
        #expect(refusal { try AccountFile(path).change { _ in } } == AccountListError(.shared, subject: path))
    }

    @Test(
        "are refused where the file is not one, without a word of what stands in it",
        arguments: [
            "", "{}", "SECRET", #"{"version":2,"accounts":[]}"#,
            #"{"version":1,"accounts":[{"name":"abc","key1":"SECRET!","key2":"AAAA"}]}"#,
            #"{"version":1,"accounts":[{"name":"abc","key1":"AAAA"}]}"#,
            #"{"version":1,"accounts":[{"name":"abc","key1":"","key2":"AAAA"}]}"#,
        ])
    func malformed(content: String) throws {
        let error = refusal { _ = try AccountList(json: Array(content.utf8), path: "f") }
        #expect(error?.kind == .malformed && error?.exitCode == .wrongUsage)
        let text = try #require(error.map { Explanation($0).text })
        #expect(!text.contains("SECRET"))
    }

    @Test("come and go while a server runs")
    func replaced() async throws {
        let key = try SharedKey.emulator()
        let account = PublishedAccount(TestService.emptyAccount(), keys: [key])
        let published = PublishedAccounts([:])
        let server = BlobServer(
            accounts: published, log: .silent, clock: { TestService.now }, random: { .random(in: .min ... .max) })
        try await withHTTPListener(
            host: "127.0.0.1", port: 0, handler: { await server.respond(to: $0, body: &$1) },
            body: { address in
                let service = TestService(port: address.port, account: TestService.emptyAccount(), key: key)
                try expect(await service.send(.get, "/?comp=list"), 403, "AuthenticationFailed")
                published.replace(with: [key.account: account])
                #expect(try await service.send(.get, "/?comp=list").status == 200)
                published.replace(with: [:])
                try expect(await service.send(.get, "/?comp=list"), 403, "AuthenticationFailed")
            })
    }
}

extension [UInt8] {
    fileprivate var signed: [UInt8] { MessageAuthentication.hmacSHA256(Array("x".utf8), key: self) }
}
