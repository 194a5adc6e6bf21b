import BlobStorage
import FoundationEssentials
import HTTPMessages
import MarkupXML

// What answers say of a blob's kind, tags, copy and tier.

extension HTTPFields {
    mutating func appendService(of blob: BlobProperties) {
        let service = blob.service
        append("x-ms-blob-type", service.kind.rawValue)
        if service.kind == .append {
            append("x-ms-blob-committed-block-count", String(service.appendedBlocks))
            append("x-ms-blob-sealed", String(service.isSealed))
        }
        let tags = blob.attributes.tags.values.count
        if tags > 0 { append("x-ms-tag-count", String(tags)) }
        for (name, value) in Self.parts(of: service.copy) { append("x-ms-copy-" + name, value) }
    }

    /// The tier, which only the properties tell; append blobs have none.
    mutating func appendTier(of blob: BlobProperties) {
        guard blob.service.kind == .block else { return }
        append("x-ms-access-tier", (blob.attributes.tier ?? .hot).rawValue)
        if blob.attributes.tier == nil { append("x-ms-access-tier-inferred", "true") }
        if let changed = blob.service.tierChanged { append("x-ms-access-tier-change-time", HTTPDate.format(changed)) }
    }

    private static func parts(of copy: CopyState?) -> [(String, String)] {
        guard let copy else { return [] }
        let always = [
            ("id", copy.id), ("source", copy.sourceWithoutQuery), ("status", copy.status.rawValue),
            ("progress", "\(copy.done)/\(copy.total)"),
        ]
        let completed = copy.completed.map { [("completion-time", HTTPDate.format($0))] } ?? []
        return always + completed + (copy.detail.map { [("status-description", $0)] } ?? [])
    }
}

extension XMLWriter {
    mutating func writeTier(of blob: BlobProperties) {
        guard blob.service.kind == .block else { return }
        element("AccessTier", (blob.attributes.tier ?? .hot).rawValue)
        if blob.attributes.tier == nil { element("AccessTierInferred", "true") }
        if let changed = blob.service.tierChanged { element("AccessTierChangeTime", HTTPDate.format(changed)) }
    }

    mutating func write(_ copy: CopyState) {
        element("CopyId", copy.id)
        element("CopySource", copy.sourceWithoutQuery)
        element("CopyStatus", copy.status.rawValue)
        element("CopyProgress", "\(copy.done)/\(copy.total)")
        if let completed = copy.completed { element("CopyCompletionTime", HTTPDate.format(completed)) }
        if let detail = copy.detail { element("CopyStatusDescription", detail) }
    }
}

extension CopyState {
    /// The query may hold a signature.
    fileprivate var sourceWithoutQuery: String { String(source.prefix { $0 != "?" }) }
}
