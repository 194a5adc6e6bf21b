import BlobStorage
import ByteStreams
import Diagnostics
import DirectoryStore
import SystemCalls

extension Session {
    /// Opens the directory store of a `file:` location for as long as `body` runs.
    func withDirectory<Output>(
        _ location: Location, creating: Bool, _ body: (OpenedLocation) async throws -> Output
    ) async throws -> Output {
        let (root, rest) = try DirectoryChoice.split(location, creating: creating)
        let now = world.now
        return try await withResource {
            try await DirectoryAccount.open(
                path: root, access: .shared, clock: now, random: { .random(in: .min ... .max) })
        } release: { account in
            try await account.close()
        } body: { account in
            try await body(opened(location, account, parts: rest))
        }
    }
}

/// Which leading parts of a `file:` location are the store's directory.
enum DirectoryChoice {
    /// The longest that is a store; or else, with `creating`, the longest that exists, if it is empty: there a new store
    /// may begin.
    static func split(_ location: Location, creating: Bool) throws -> (root: String, rest: ArraySlice<String>) {
        let candidates = (0...location.parts.count).reversed().map { count in
            (root: "/" + location.parts.prefix(count).joined(separator: "/"), rest: location.parts[count...])
        }
        if let store = candidates.first(where: { DirectoryAccount.isStore($0.root) }) { return store }
        let existing = candidates.first { Files.isDirectory($0.root) }
        guard creating, let existing, try Files.names(in: existing.root).isEmpty else {
            throw LocationError(.noDirectory, text: location.text)
        }
        return existing
    }
}
