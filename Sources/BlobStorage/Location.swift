public import Diagnostics
public import HTTPMessages

/// Where something lies: one argument type for all commands.
///
/// | form | meaning |
/// |---|---|
/// | `https://ACCOUNT.blob.core.windows.net/CONTAINER/PATH[?SAS]` | an Azure account, in any cloud |
/// | `http://127.0.0.1:10000/ACCOUNT/CONTAINER/PATH` | path style: an IP address, `localhost` or a single label |
/// | `az://CONTAINER/PATH` | account and endpoint from the environment |
/// | `file:///DIRECTORY/CONTAINER/PATH` | a directory store in this process |
public struct Location: Sendable {
    public enum Place: Sendable, Equatable {
        /// A service: the URL in front of the containers, and the account's name.
        case service(endpoint: HTTPURL, account: String)
        /// The account that the environment names.
        case environment
        /// A directory store whose folder is some of the leading parts of `parts`.
        case directory
    }

    public let place: Place
    /// Container and path, cut at the slashes and decoded; for `file:` the directories in front of them, too.
    public let parts: [String]
    /// The query of a shared access signature.
    public let signature: Secret<String>?
    /// True if the text ended in a slash, and so names a folder.
    public let isFolder: Bool
    /// What was written, without its signature.
    public let text: String

    public init(_ text: String) throws(LocationError) {
        let shown = String(text.prefix { $0 != "?" })
        if let rest = Self.rest(of: text, behind: "az://") {
            guard shown == text else { throw LocationError(.unknownQuery, text: shown) }
            try self.init(place: .environment, path: rest, signature: nil, text: shown)
        } else if let rest = Self.rest(of: text, behind: "file://") {
            guard shown == text else { throw LocationError(.unknownQuery, text: shown) }
            let path = Self.rest(of: rest, behind: "localhost/").map { "/" + $0 } ?? String(rest)
            guard path.hasPrefix("/") else { throw LocationError(.relativeDirectory, text: shown) }
            try self.init(place: .directory, path: path[...], signature: nil, text: shown)
        } else if let url = HTTPURL(text) {
            try self.init(url, text: shown)
        } else {
            throw LocationError(text.contains("://") ? .unknownScheme : .noScheme, text: shown)
        }
    }

    private init(_ url: HTTPURL, text: String) throws(LocationError) {
        var path = Substring(url.path)
        var endpoint = HTTPURL(scheme: url.scheme, host: url.host, port: url.port)
        let account: String
        if url.isPathStyle {
            let parts = path.split(separator: "/", maxSplits: 1)
            guard let first = parts.first else { throw LocationError(.noAccount, text: text) }
            account = String(first)
            endpoint.path = "/" + first
            path = parts.count > 1 ? parts[1] : ""
        } else {
            account = String(url.host.prefix { $0 != "." })
        }
        guard url.query.isEmpty || HTTPQuery(encoded: url.query)?["sig"] != nil else {
            throw LocationError(.unknownQuery, text: text)
        }
        try self.init(
            place: .service(endpoint: endpoint, account: account), path: path,
            signature: url.query.isEmpty ? nil : Secret(url.query), text: text)
    }

    private init(
        place: Place, path: some StringProtocol, signature: Secret<String>?, text: String
    ) throws(LocationError) {
        var parts: [String] = []
        for part in path.split(separator: "/") {
            guard let decoded = PercentCoding.decode(part) else { throw LocationError(.brokenEscape, text: text) }
            parts.append(decoded)
        }
        self.place = place
        self.parts = parts
        self.signature = signature
        isFolder = path.last == "/"
        self.text = text
    }

    /// The location of the folder it lies in, and its last part; `nil` if it has no part behind the container.
    public var parent: (folder: Location, last: String)? {
        guard parts.count > 1, !isFolder, let last = parts.last else { return nil }
        let folder = Location(
            place: place, parts: parts.dropLast(), signature: signature, isFolder: true,
            text: String(text[...(text.lastIndex(of: "/") ?? text.startIndex)]))
        return (folder, last)
    }

    private init(place: Place, parts: [String], signature: Secret<String>?, isFolder: Bool, text: String) {
        self.place = place
        self.parts = parts
        self.signature = signature
        self.isFolder = isFolder
        self.text = text
    }

    private static func rest(of text: some StringProtocol, behind prefix: String) -> Substring? {
        let start = text.prefix(prefix.count)
        return start.lowercased() == prefix ? Substring(text.dropFirst(prefix.count)) : nil
    }
}

extension Location: CustomStringConvertible {
    public var description: String { text }
}

public struct LocationError: ExplainedError, Equatable {
    public enum Kind: String, Sendable {
        case noScheme = "location.no-scheme"
        case unknownScheme = "location.unknown-scheme"
        case noAccount = "location.no-account"
        case unknownQuery = "location.unknown-query"
        case brokenEscape = "location.broken-escape"
        case relativeDirectory = "location.relative-directory"
        case noContainer = "location.no-container"
        case noBlob = "location.no-blob"
        /// It ends in a slash where a blob is wanted.
        case folder = "location.folder"
        case noRecoveryPoint = "location.no-recovery-point"
        case pathBehindContainer = "location.path-behind-container"
        case noDirectory = "location.no-directory"
    }

    public let kind: Kind
    public let text: String

    public init(_ kind: Kind, text: String) {
        self.kind = kind
        self.text = text
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        switch kind {
        case .noScheme: "the location `\(text)` does not begin with `https://`, `http://`, `az://` or `file://`"
        case .unknownScheme: "the location `\(text)` is of a kind that is not known, or is no well-formed URL"
        case .noAccount: "the location `\(text)` names no account behind the host"
        case .unknownQuery: "the query behind `\(text)` is no shared access signature"
        case .brokenEscape: "the location `\(text)` holds a broken percent escape"
        case .relativeDirectory: "the location `\(text)` does not name an absolute directory"
        case .noContainer: "the location `\(text)` names no container"
        case .noBlob: "the location `\(text)` names no blob"
        case .folder: "the location `\(text)` names a folder, not a blob"
        case .noRecoveryPoint: "the location `\(text)` names no recovery point"
        case .noDirectory: "no part of `\(text)` is the directory of a store"
        case .pathBehindContainer: "the location `\(text)` names more than a container"
        }
    }

    public var remedy: String? {
        switch kind {
        case .noDirectory:
            return "To begin a store, make an empty directory, put the container's name behind it, and give "
                + "`--create-container`."
        case .folder: return "Put the blob's name behind it, or take the slash at its end away."
        case .noRecoveryPoint:
            return "Put the name of one behind it, without a slash at the end; `penstock list` shows them. `penstock "
                + "restore` also takes the folder with `--latest` or `--before TIME`."
        default: break
        }
        return
            "Write it as `https://ACCOUNT.blob.core.windows.net/CONTAINER/PATH`, `http://HOST:PORT/ACCOUNT/CONTAINER/PATH`, "
            + "`az://CONTAINER/PATH` or `file:///DIRECTORY/CONTAINER/PATH`."
    }

    public var exitCode: ExitCode { kind == .noDirectory ? .notFound : .wrongUsage }
}
