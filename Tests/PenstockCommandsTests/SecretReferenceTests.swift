import CommandLineKit
import Diagnostics
import FoundationEssentials
import Synchronization
import SystemCalls
import TestSupport
import Testing

@testable import PenstockCommands

@Suite("Secrets that are kept elsewhere")
struct SecretReferenceTests {
    @Test("are named by where they are; all else is the secret itself")
    func forms() {
        #expect(SecretReference("@file:/a b") == .file("/a b"))
        #expect(SecretReference("@env:NAME") == .variable("NAME"))
        #expect(SecretReference("@keyvault:https://x") == .vault("https://x"))
        for text in ["", "secret", "@", "@files:x", "@FILE:x", "x@file:y", " @env:x"] {
            #expect(SecretReference(text) == nil, "\(text)")
        }
    }

    @Test("are read from files without the line break at their end, and from variables; but not twice over")
    func local() async throws {
        try await withTemporaryDirectory(inMemory: true) { directory in
            func read(_ text: String, _ environment: [String: String] = [:]) throws(SecretError) -> String {
                try LocalSecret.value(text, of: "NAME", in: environment, vault: .cyclic)
            }
            for (content, value) in [
                ("word", "word"), ("word\n", "word"), ("word\r\n", "word"), ("two\n\n", "two\n"), (" x ", " x "),
                ("@env:OTHER\n", "@env:OTHER"),
            ] {
                try Files.replace(directory + "/s", with: Array(content.utf8))
                #expect(try read("@file:\(directory)/s") == value)
            }
            #expect(try read("@env:OTHER", ["OTHER": "@file:/etc/passwd"]) == "@file:/etc/passwd")
            #expect(try read("plain") == "plain")
            for (bytes, kind) in [
                ([UInt8](), SecretError.Kind.empty), ([10], .empty), ([0xFF, 0xFE], .notText), ([65, 0], .notText),
            ] {
                try Files.replace(directory + "/s", with: bytes)
                let error = #expect(throws: SecretError.self) { try read("@file:\(directory)/s") }
                #expect(error?.kind == kind && error?.exitCode == .wrongUsage)
            }
            for (text, kind) in [
                ("@file:\(directory)/none", SecretError.Kind.fileUnusable), ("@env:NONE", .notSet),
                ("@env:EMPTY", .empty),
                ("@keyvault:https://v.vault.azure.net/secrets/n", .cyclic),
            ] {
                let error = #expect(throws: SecretError.self) { try read(text, ["EMPTY": ""]) }
                #expect(error?.kind == kind && error?.remedy != nil)
            }
        }
    }

    @Test("are kept for minutes, and read anew when they were refused")
    func kept() async throws {
        let secrets = KeptSecrets()
        let fetched = Mutex(0)
        func value(at seconds: Double, replacing rejected: String? = nil) async throws -> String {
            try await secrets.value(
                "v", replacing: rejected.map { Secret($0) }, now: Date(timeIntervalSince1970: seconds)
            ) {
                Secret(
                    fetched.withLock { count in
                        count += 1
                        return "value-\(count)"
                    })
            }.reveal { $0 }
        }
        #expect(try await value(at: 0) == "value-1")
        #expect(try await value(at: 299) == "value-1")
        #expect(try await value(at: 300) == "value-2")
        #expect(try await value(at: 301, replacing: "value-2") == "value-3")
        #expect(try await value(at: 302, replacing: "value-2") == "value-3")
    }
}

@Suite("The commands that explanations name")
struct ExplainedCommandTests {
    /// What stands for the words in capitals.
    private static let values = [
        "LOCATION": "az://c/p", "ACCOUNT": "account1", "SOURCE": "az://c/p", "DESTINATION": "az://c/q", "DB": "app",
        "DIRECTORY": "/usr/bin", "FILE": "f",
    ]

    @Test("are understood by this program")
    func parse() {
        for entry in ErrorReference.shared.entries {
            for command in entry.commands where command.hasPrefix("penstock ") {
                let words = command.split(separator: " ").dropFirst().map { Self.values[String($0)] ?? String($0) }
                #expect(throws: Never.self, "\(entry.code): \(command)") { try Penstock.tree.parse(words) }
            }
        }
    }
}
