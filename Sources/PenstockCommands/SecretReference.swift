import Diagnostics

/// Where a secret is kept, in place of the secret itself: `@file:PATH`, `@env:NAME` or `@keyvault:URL`.
enum SecretReference: Equatable, CustomStringConvertible {
    case file(String)
    case variable(String)
    case vault(String)

    /// `nil` for a text that is the secret itself, also one that begins with another `@`.
    init?(_ text: String) {
        if let rest = Self.rest(of: text, after: "@file:") {
            self = .file(rest)
        } else if let rest = Self.rest(of: text, after: "@env:") {
            self = .variable(rest)
        } else if let rest = Self.rest(of: text, after: "@keyvault:") {
            self = .vault(rest)
        } else {
            return nil
        }
    }

    private static func rest(of text: String, after prefix: String) -> String? {
        text.hasPrefix(prefix) ? String(text.dropFirst(prefix.utf8.count)) : nil
    }

    var description: String {
        switch self {
        case .file(let path): "@file:\(path)"
        case .variable(let name): "@env:\(name)"
        case .vault(let url): "@keyvault:\(url)"
        }
    }
}

/// A secret that is not where it was said to be; holds no secret.
struct SecretError: ExplainedError {
    enum Kind: String, CaseIterable {
        case notSet = "secret.not-set"
        case fileUnusable = "secret.file-unusable"
        case notText = "secret.not-text"
        case empty = "secret.empty"
        /// The vault would be opened with what is kept in it.
        case cyclic = "secret.cyclic"
        /// A vault cannot be asked here.
        case vaultUnsupported = "secret.vault-unsupported"
        case malformedReference = "secret.malformed-reference"
    }

    let kind: Kind
    /// Whose value it was to be: a variable or an option.
    let name: String
    /// Where it was looked for: a variable or a path.
    var place = ""
    var cause: (any Error)?

    var code: String { kind.rawValue }

    var summary: String {
        switch kind {
        case .notSet: "the variable \(place), where \(name) is kept, is not set"
        case .fileUnusable: "the file \(place), where \(name) is kept, cannot be read"
        case .notText: "the file \(place), where \(name) is kept, is not text"
        case .empty: "what is kept for \(name) in \(place) is empty"
        case .cyclic: "\(name) cannot be kept in a vault, which is opened with it, but in a file or a variable"
        case .vaultUnsupported: "\(name) cannot be kept in a vault"
        case .malformedReference: "\(name) wants `@keyvault:URL`, `@file:PATH` or `@env:NAME`"
        }
    }

    var remedy: String? {
        switch kind {
        case .notSet: "Set and export the variable."
        case .fileUnusable: "Check that the file exists, and may be read by this user."
        case .notText: "Write the secret into the file as UTF-8 text."
        case .empty: "Write the secret there."
        case .cyclic: "Give it as `@file:PATH` or `@env:NAME`, or use a managed identity, which has no secret."
        case .vaultUnsupported: "Give it as `@file:PATH` or `@env:NAME`."
        case .malformedReference: "Write the reference, not the secret itself: other users see the command line."
        }
    }

    var exitCode: ExitCode { .wrongUsage }
}
