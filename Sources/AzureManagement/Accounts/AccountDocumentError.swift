public import Diagnostics

/// A saved description of an account that cannot be used.
public struct AccountDocumentError: ExplainedError, Equatable {
    public enum Kind: Sendable, Equatable {
        /// It is not JSON, or a property has the wrong shape; says where.
        case malformed(String)
        /// It describes neither an account nor its blob service nor a container.
        case nothingKnown
        /// No document describes an account, or not the one that was named.
        case noAccount(String?)
    }

    public let kind: Kind
    /// The file, as it was named.
    public let file: String

    public init(_ kind: Kind, file: String) {
        self.kind = kind
        self.file = file
    }

    public var code: String {
        switch kind {
        case .malformed: "account.document-malformed"
        case .nothingKnown: "account.document-unknown"
        case .noAccount: "account.document-missing"
        }
    }

    public var summary: String {
        switch kind {
        case .malformed(let place): "the description of the account in \(file) is malformed: \(place)"
        case .nothingKnown: "\(file) describes no storage account, blob service or container"
        case .noAccount(nil): "no storage account is described in \(file)"
        case .noAccount(let name?): "the storage account `\(name)` is not described in \(file)"
        }
    }

    public var remedy: String? {
        "Save the account with `az storage account show --name NAME --resource-group GROUP`, its blob service with "
            + "`az storage account blob-service-properties show`, a container with `az storage container-rm show`."
    }

    public var exitCode: ExitCode { .wrongUsage }
}
