/// What a token that is bound to a container or a blob is bound to.
public struct SASResource: Sendable, Equatable {
    public let account: String
    /// Decoded.
    public let container: String
    /// Decoded, or `nil` for a token of the whole container.
    public let blob: String?
    /// The snapshot (`sr=bs`) or version (`sr=bv`), or empty.
    public let snapshot: String

    public init(account: String, container: String, blob: String? = nil, snapshot: String = "") {
        self.account = account
        self.container = container
        self.blob = blob
        self.snapshot = snapshot
    }

    fileprivate var canonical: String { "/blob/\(account)/\(container)" + (blob.map { "/\($0)" } ?? "") }
}

extension SASFields {
    /// The string to sign of a service or user delegation SAS, or `nil` for a version that has none.
    ///
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/create-service-sas#construct-the-signature-string>
    /// and <https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas>
    public func stringToSign(for resource: SASResource) -> String? {
        guard isVersion(from: "2015-04-05") else { return nil }
        let scope = isVersion(from: "2020-12-06") ? [self["ses"]] : []
        let overrides = ["rscc", "rscd", "rsce", "rscl", "rsct"].map { self[$0] }
        var lines = ["sp", "st", "se"].map { self[$0] } + [resource.canonical]
        if form == .userDelegation {
            guard isVersion(from: "2018-11-09") else { return nil }
            lines += delegationNames.map { self[$0] }
        } else {
            lines.append(self["si"])
        }
        lines += ["sip", "spr", "sv"].map { self[$0] }
        if isVersion(from: "2018-11-09") { lines += [self["sr"], resource.snapshot] + scope }
        if form == .userDelegation, isVersion(from: "2026-04-06") { lines += [self["srh"], self["srq"]] }
        return (lines + overrides).joined(separator: "\n")
    }

    /// The string to sign of an account SAS, or `nil` for a version that has none.
    ///
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/create-account-sas#construct-the-signature-string>
    public func stringToSign(forAccount account: String) -> String? {
        guard isVersion(from: "2015-04-05") else { return nil }
        var lines = [account] + ["sp", "ss", "srt", "st", "se", "sip", "spr", "sv"].map { self[$0] }
        if isVersion(from: "2020-12-06") { lines.append(self["ses"]) }
        return lines.map { $0 + "\n" }.joined()
    }

    private var delegationNames: [String] {
        var names = ["skoid", "sktid", "skt", "ske", "sks", "skv"]
        if isVersion(from: "2020-02-10") { names += ["saoid", "suoid", "scid"] }
        if isVersion(from: "2025-07-05") { names += ["skdutid", "sduoid"] }
        return names
    }

    /// True for a well-formed version that is not older; dates in this form sort as text.
    private func isVersion(from first: String) -> Bool {
        let bytes = Array(version.utf8)
        let isDate =
            bytes.count == 10
            && bytes.enumerated().allSatisfy { index, byte in
                index == 4 || index == 7 ? byte == UInt8(ascii: "-") : (48...57).contains(byte)
            }
        return isDate && version >= first
    }
}
