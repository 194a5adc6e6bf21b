import BlobStorage
import FoundationEssentials
import HTTPMessages

extension Work {
    /// What keeps the blobs of the request's container from being changed; `nil` where nothing does.
    var protection: ContainerProtection? {
        guard let found = request.containerText.flatMap({ settings.protection[$0] }) else { return nil }
        return found.hasLegalHold || found.days != nil ? found : nil
    }

    /// Refuses to change or remove what a legal hold or an immutability policy protects.
    func refuseProtected() async throws {
        guard let protection else { return }
        switch operation {
        case .deleteContainer:
            let page = try await store().list(BlobQuery(limit: 1))
            guard page.entries.isEmpty, !protection.hasLegalHold else {
                throw ServiceFailure(409, "ContainerImmutabilityPolicyFailure")
            }
        case .putBlob, .putBlockList, .putAppendBlob, .putBlobFromURL, .copyBlob, .copyBlobFromURL, .setBlobMetadata,
            .setBlobProperties:
            if try await existing() != nil { throw ServiceFailure(409, "BlobImmutableDueToPolicy") }
        case .appendBlock, .sealAppendBlob, .appendBlockFromURL:
            guard try await existing() != nil else { return }
            guard protection.allowsAppending, operation != .sealAppendBlob else {
                throw ServiceFailure(409, "BlobImmutableDueToPolicy")
            }
        case .deleteBlob:
            guard let blob = try await existing() else { return }
            let days = Double(protection.days ?? 0) * 86_400
            guard !protection.hasLegalHold, blob.created.addingTimeInterval(days) <= now else {
                throw ServiceFailure(409, "BlobImmutableDueToPolicy")
            }
        default: return
        }
    }

    private func existing() async throws -> BlobProperties? {
        do {
            return try await store().properties(of: request.blobName(), if: .always)
        } catch let error as BlobStoreError where error.kind == .blobNotFound || error.kind == .containerNotFound {
            return nil
        }
    }

    /// Tiers and tags that accounts of some kinds do not have.
    func refuseWhatTheAccountLacks() throws(ServiceFailure) {
        if let tier = fields["x-ms-access-tier"] {
            guard settings.hasTiers else { throw .header("x-ms-access-tier", tier) }
            guard settings.canArchive || tier.lowercased() != "archive" else {
                throw ServiceFailure(400, "InvalidBlobTier")
            }
        }
        let usesTags = fields["x-ms-tags"] != nil || operation == .getBlobTags || operation == .setBlobTags
        guard !usesTags || !settings.isHierarchical else {
            throw ServiceFailure(409, "FeatureNotYetSupportedForHierarchicalNamespaceAccounts")
        }
    }
}
