import BlobStorage
import FoundationEssentials
import HTTPMessages
import MarkupXML
import Synchronization
import TestSupport
import Testing

@Suite("A listing whose store fails")
struct ListingFailureTests {
    @Test("at the first step is an error of the service, later a cut answer", arguments: 1...3)
    func fails(call: Int) async throws {
        let base = MemoryAccount(clock: { TestService.now }, random: { .random(in: .min ... .max) })
        // Steps of 16, 32 and what is left.
        for number in 10..<90 { _ = try await base.create(ContainerName("box-\(number)"), metadata: [:]) }
        let account = FailingAccount(base, call: call)
        try await TestService.run(account) { port, key in
            let service = TestService(port: port, account: account, key: key)
            if call == 1 {
                try expect(await service.send(.get, "/?comp=list"), 503, "ServerBusy")
            } else {
                await #expect(throws: RawConnectionError.self) { try await service.send(.get, "/?comp=list") }
            }
            let answer = try await service.send(.get, "/?comp=list")
            #expect(try answer.document["Containers"]?.children.count == 80)
        }
    }
}

/// Lists containers but for one call.
private final class FailingAccount: BlobAccount {
    private let base: any BlobAccount
    private let left: Mutex<Int>

    init(_ base: any BlobAccount, call: Int) {
        self.base = base
        left = Mutex(call)
    }

    func containers(prefix: String, marker: String?, limit: Int) async throws -> ContainerPage {
        let fails = left.withLock { left in
            left -= 1
            return left == 0
        }
        if fails { throw BlobStoreError(.busy, subject: "the store") }
        return try await base.containers(prefix: prefix, marker: marker, limit: limit)
    }

    func create(_ container: ContainerName, metadata: [String: String]) async throws -> ContainerProperties {
        try await base.create(container, metadata: metadata)
    }

    func delete(_ container: ContainerName, if condition: AccessCondition) async throws {
        try await base.delete(container, if: condition)
    }

    func store(of container: ContainerName) -> any BlobStore { base.store(of: container) }
}
