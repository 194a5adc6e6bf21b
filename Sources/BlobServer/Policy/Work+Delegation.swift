import AzureIdentity
import ByteStreams
import CryptoDigests
import FoundationEssentials
import HTTPListener
import HTTPMessages
import MarkupXML

/// Get User Delegation Key.
extension Work {
    /// The largest document that asks for a key, in bytes.
    private static var largestTerms: Int { 4 << 10 }
    /// How far ahead a key may end, in seconds: seven days.
    private static var longestLife: Double { 7 * 86_400 }

    func getUserDelegationKey(_ body: inout RequestBody) async throws -> Reply {
        guard settings.tenant != nil else { throw ServiceFailure.notImplemented(operation.title) }
        guard let holder else {
            throw ServiceFailure.unauthorized(
                AuthorizationRefusal(
                    .authenticationFailed, detail: "Only authentication scheme Bearer is supported for this operation.")
            )
        }
        let document = try await body.collect(try bodyLength(limit: Self.largestTerms))
        let terms = try terms(of: document, for: holder)
        guard let key = policy.delegationKey(for: terms) else { throw ServiceFailure.missingRole }
        var writer = XMLWriter()
        writer.element("UserDelegationKey") { writer in
            writer.element("SignedOid", terms.holder.object)
            writer.element("SignedTid", terms.holder.tenant)
            writer.element("SignedStart", terms.start)
            writer.element("SignedExpiry", terms.expiry)
            writer.element("SignedService", terms.service)
            writer.element("SignedVersion", terms.version)
            if !terms.delegatedTenant.isEmpty { writer.element("SignedDelegatedUserTid", terms.delegatedTenant) }
            writer.element("Value", key.revealBase64())
        }
        return Self.document(writer)
    }

    private func terms(of document: [UInt8], for holder: TokenHolder) throws(ServiceFailure) -> DelegationTerms {
        let root: XMLElement
        do throws(XMLFailure) {
            root = try XMLReader.read(document, limit: 16)
        } catch {
            throw .document(error.summary)
        }
        guard root.name == "KeyInfo" else { throw .document("The root element is not KeyInfo.") }
        let start = try Self.time("Start", root) ?? now
        guard let expiry = try Self.time("Expiry", root) else { throw .document("The element Expiry is missing.") }
        guard start < expiry, expiry > now, expiry.timeIntervalSince(now) <= Self.longestLife else {
            throw .document("Expiry is not after Start, or is more than seven days ahead.")
        }
        return DelegationTerms(
            holder: holder, start: Self.text(start), expiry: Self.text(expiry), service: "b",
            version: try request.version(), delegatedTenant: root.text(of: "DelegatedUserTid") ?? "")
    }

    private static func time(_ name: String, _ root: XMLElement) throws(ServiceFailure) -> Date? {
        guard let text = root.text(of: name), !text.isEmpty else { return nil }
        guard let date = StoredAccessPolicy.time(text) else { throw .document("\(name) is not a time.") }
        return date
    }

    /// In whole seconds, as the fields of a token have it.
    private static func text(_ date: Date) -> String {
        Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down)).formatted(Date.ISO8601FormatStyle())
    }
}
