public import BlobStorage
public import Testing

/// What every blob store must do: one suite for memory, directory, and the REST client through any server.
///
/// A test target runs it with `@Test(arguments: BlobStoreContract.cases)`; each case uses a container of its own.
public enum BlobStoreContract {
    /// One sentence of the contract.
    public struct Case: Sendable {
        public let name: String
        private let body: @Sendable (ContractKit) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (ContractKit) async throws -> Void) {
            self.name = name
            self.body = body
        }

        /// Runs the case in a new container of that account, which is deleted afterwards.
        public func run(_ account: any BlobAccount) async throws {
            let kit = try ContractKit(account: account)
            _ = try await account.create(kit.container, metadata: [:])
            do {
                try await body(kit)
            } catch {
                try? await account.delete(kit.container, if: .always)
                throw error
            }
            do throws {
                try await account.delete(kit.container, if: .always)
            } catch let error as BlobStoreError {
                // Some cases delete it themselves.
                guard error.kind == .containerNotFound || error.kind == .containerBeingDeleted else { throw error }
            }
        }
    }

    public static let cases: [Case] =
        containers + staging + commits + puts + conditions + reads + listings + names + streams + races
}

extension BlobStoreContract.Case: CustomTestStringConvertible {
    public var testDescription: String { name }
}
