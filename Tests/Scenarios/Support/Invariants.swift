import SystemCalls
import TestSupport
import Testing

extension Place {
    /// Expects that every recovery point is whole, and every visible archive complete, whatever happened before.
    ///
    /// - Returns: The names of the recovery points.
    @discardableResult
    func expectNothingHalfDone(
        _ cluster: PostgresCluster, at location: SourceLocation = #_sourceLocation
    ) async throws -> [String] {
        let blobs = try await blobs()
        let points = try await Penstock().run("list", container, "--json").expecting(at: location).lines.map {
            try JSON($0).text("name")
        }
        for point in points {
            let shown = try JSON(
                await Penstock().run("show", "\(container)/\(point)", "--json").expecting(at: location).text)
            for part in try shown.list("databases") + shown.list("scripts") {
                let file = try part.object("file")
                let (name, size) = (try file.text("name"), try file.number("size"))
                #expect(blobs[name]?.hasPrefix("\(size) ") == true, "\(name) of \(point)", sourceLocation: location)
            }
            for part in ["roles.sql", "tablespaces.sql", "schemas.sql", "manifest.json", "timestamp.txt"] {
                #expect(blobs["\(point)_\(part)"] != nil, "\(part) of \(point)", sourceLocation: location)
            }
        }
        for blob in blobs.keys where blob.contains("_database_") {
            try await expectWhole(blob, cluster, at: location)
        }
        return points
    }

    /// Expects that stock pg_restore can read an archive from its first byte to its last.
    private func expectWhole(_ blob: String, _ cluster: PostgresCluster, at location: SourceLocation) async throws {
        let bytes = try await download(blob)
        try await cluster.program("pg_restore", ["--file=/dev/null"], input: bytes).expecting(at: location)
    }

    /// Expects that a run left neither children, nor sessions in the databases, nor temporary files.
    func expectNothingLeft(
        of children: [Int32] = [], in databases: [String], on cluster: PostgresCluster,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        for child in children {
            try await eventually("the end of child \(child)", at: location) { !ProcessTable.isAlive(child) }
        }
        for database in databases {
            try await eventually("the end of the sessions in \(database)", at: location) {
                try await cluster.sessions(in: database) == 0
            }
        }
        #expect(try Files.names(in: temporary) == [], sourceLocation: location)
    }
}

/// Expects an error as a person wants it: one, with a way out, and without a secret.
extension Finished {
    @discardableResult
    func expectingRefusal(
        _ code: Int32, saying words: String..., hint: String = "", at location: SourceLocation = #_sourceLocation
    ) -> Finished {
        expecting(code, at: location)
        let lines = errors.split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("error: ") } == 1, "\(errors)", sourceLocation: location)
        for word in words {
            #expect(errors.contains(word), "`\(word)` in: \(errors)", sourceLocation: location)
        }
        let hints = lines.filter { $0.hasPrefix("hint: ") }
        #expect(hints.contains { $0.contains(hint) }, "a hint `\(hint)` in: \(errors)", sourceLocation: location)
        expectNoSecrets(at: location)
        return self
    }

    func expectNoSecrets(at location: SourceLocation = #_sourceLocation) {
        for secret in Secrets.all {
            #expect(!(text + errors).contains(secret), "a secret in: \(errors)", sourceLocation: location)
        }
    }
}

/// What must never be seen.
enum Secrets {
    static let all = [
        PostgresCluster.superuserPassword, wrongPassword, wrongKey, "sig=", "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1",
    ]
    static let wrongPassword = "not-the-password-98"
    static let wrongKey =
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="
}
