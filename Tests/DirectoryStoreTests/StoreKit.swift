import BlobStorage
import ByteStreams
import CryptoDigests
import DirectoryStore
import FoundationEssentials
import HTTPMessages
import SystemCalls
import TestSupport
import Testing

/// Opens the store in a directory, hands it to `body`, and closes it.
func withStore<Output>(
    _ path: String, _ access: DirectoryAccount.Access = .exclusive,
    clock: @escaping @Sendable () -> Date = { Date() }, limits: StoreLimits = .service,
    _ body: (DirectoryAccount) async throws -> Output
) async throws -> Output {
    try await withResource(
        {
            try await DirectoryAccount.open(
                path: path, access: access, clock: clock, random: { .random(in: .min ... .max) }, limits: limits)
        }, release: { try await $0.close() }, body: body)
}

/// A store in a directory of its own.
func withFreshStore<Output>(_ body: (DirectoryAccount) async throws -> Output) async throws -> Output {
    try await withTemporaryDirectory(inMemory: true) { path in try await withStore(path) { try await body($0) } }
}

/// The files of pieces under a store's directory.
func dataFiles(_ path: String) throws -> [String] {
    try Files.names(in: path + "/data").flatMap { folder in try Files.names(in: path + "/data/" + folder) }
}

extension BlobStore {
    func text(of blob: BlobName) async throws -> String {
        let size = try await properties(of: blob, if: .always).size
        guard size > 0 else { return "" }
        let bytes = try await [UInt8].filled(capacity: size) { buffer in
            _ = try await read(blob, range: ByteRange(from: 0), if: .always, into: &buffer)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func put(_ text: String, to blob: BlobName, if condition: AccessCondition = .always) async throws {
        _ = try await put(Array(text.utf8).span, to: blob, attributes: BlobAttributes(), if: condition)
    }

    func commit(_ ids: [BlockID], to blob: BlobName) async throws {
        _ = try await commit(ids.map { BlockReference($0) }, to: blob, attributes: BlobAttributes(), if: .always)
    }
}

func block(_ text: String) throws -> BlockID { try #require(BlockID(text: Base64.encode(Array(text.utf8)))) }
