import BlobStorage
import FoundationEssentials
import TestSupport
import Testing

@Suite("The memory store")
struct MemoryStoreTests {
    @Test("keeps the contract of blob stores", arguments: BlobStoreContract.cases)
    func contract(_ sentence: BlobStoreContract.Case) async throws {
        try await sentence.run(MemoryAccount(clock: { Date() }, random: { .random(in: .min ... .max) }))
    }
}
