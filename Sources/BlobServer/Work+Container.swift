import BlobStorage
import CryptoDigests
import HTTPListener
import HTTPMessages
import MarkupXML

extension Work {
    func createContainer() async throws -> Reply {
        let (name, access) = (try request.containerName(), try publicAccess())
        let created =
            access == .nothing
            ? try await account.create(name, metadata: fields.metadata())
            : try await managedAccount().create(name, metadata: fields.metadata(), publicAccess: access)
        return Reply(status: 201, fields: Self.stateFields(created.tag, created.lastModified))
    }

    func getContainerProperties() async throws -> Reply {
        let found = try await store().containerProperties()
        try checkLeaseShown(found.lease)
        var answer = Self.stateFields(found.tag, found.lastModified)
        answer.appendMetadata(found.metadata)
        guard query.value("comp") == nil else { return Reply(status: 200, fields: answer) }
        answer.append(LeaseReport(found.lease, at: now))
        answer.append(found.access.publicAccess)
        answer.append("x-ms-has-immutability-policy", String(protection?.days != nil))
        answer.append("x-ms-has-legal-hold", String(protection?.hasLegalHold == true))
        answer.append("x-ms-immutable-storage-with-versioning-enabled", "false")
        answer.append("x-ms-default-encryption-scope", "$account-encryption-key")
        answer.append("x-ms-deny-encryption-scope-override", "false")
        return Reply(status: 200, fields: answer)
    }

    func deleteContainer() async throws -> Reply {
        try await account.delete(request.containerName(), if: AccessCondition(fields))
        return Reply(status: 202)
    }

    func listBlobs() async throws -> Reply {
        let container = try request.containerName()
        let store = account.store(of: container)
        var allowed: Set = ["metadata", "uncommittedblobs", "copy", "deleted"]
        if store is any SnapshottingStore { allowed.insert("snapshots") }
        if store is any AnnotatingStore { allowed.insert("tags") }
        let listing = try ListingQuery(query, allowed: allowed)
        guard !listing.include.contains("snapshots") || listing.delimiter == nil else {
            throw ServiceFailure.parameter(
                "include", "snapshots", reason: "Snapshots cannot be listed with a delimiter.")
        }
        let attributes: KeyValuePairs = ["ServiceEndpoint": request.endpoint, "ContainerName": container.text]
        return try await ListingDocument(listing, attributes: attributes, section: "Blobs", server.buffers) {
            marker, limit, writer in
            let page = try await store.list(
                BlobQuery(
                    prefix: listing.prefix, delimiter: listing.delimiter, marker: marker, limit: limit,
                    includesMetadata: listing.include.contains("metadata"),
                    includesUncommitted: listing.include.contains("uncommittedblobs"),
                    includesSnapshots: listing.include.contains("snapshots")))
            for entry in page.entries { write(entry, to: &writer, include: listing.include) }
            return (page.entries.count, page.next)
        }.reply
    }

    private func write(_ entry: BlobPage.Entry, to writer: inout XMLWriter, include: Set<String>) {
        switch entry {
        case .prefix(let text): writer.element("BlobPrefix") { $0.writeName("Name", text) }
        case .uncommitted(let name):
            writer.element("Blob") { writer in
                writer.writeName("Name", name.text)
                writer.element("Properties") { writer in
                    writer.element("Content-Length", "0")
                    writer.element("BlobType", BlobKind.block.rawValue)
                    writer.element("AccessTier", AccessTier.hot.rawValue)
                    writer.element("AccessTierInferred", "true")
                    writer.write(LeaseReport(nil, at: now))
                    writer.element("ServerEncrypted", "false")
                }
            }
        case .blob(let name, let properties):
            writer.element("Blob") { writer in
                writer.writeName("Name", name.text)
                if let snapshot = properties.service.snapshot { writer.element("Snapshot", snapshot.text) }
                writer.element("Properties") { write(properties, to: &$0, withCopy: include.contains("copy")) }
                if include.contains("metadata") { writer.writeMetadata(properties.attributes.metadata) }
                if include.contains("tags"), !properties.attributes.tags.isEmpty {
                    writer.write(properties.attributes.tags)
                }
            }
        }
    }

    private func write(_ properties: BlobProperties, to writer: inout XMLWriter, withCopy: Bool) {
        let attributes = properties.attributes
        writer.element("Creation-Time", HTTPDate.format(properties.created))
        writer.element("Last-Modified", HTTPDate.format(properties.lastModified))
        // Unquoted, unlike the header and unlike the tags of containers.
        writer.element("Etag", String(properties.tag.text.drop { $0 == "\"" }.prefix { $0 != "\"" }))
        writer.element("Content-Length", String(properties.size))
        writer.element("Content-Type", attributes.contentType ?? Self.defaultContentType)
        writer.element("Content-Encoding", attributes.contentEncoding ?? "")
        writer.element("Content-Language", attributes.contentLanguage ?? "")
        writer.element("Content-CRC64", "")
        writer.element("Content-MD5", attributes.contentMD5.map { Base64.encode($0) } ?? "")
        writer.element("Cache-Control", attributes.cacheControl ?? "")
        writer.element("Content-Disposition", attributes.contentDisposition ?? "")
        let service = properties.service
        writer.element("BlobType", service.kind.rawValue)
        writer.writeTier(of: properties)
        if service.snapshot == nil { writer.write(LeaseReport(service.lease, at: now)) }
        if withCopy, let copy = service.copy { writer.write(copy) }
        writer.element("ServerEncrypted", "true")
        let tags = attributes.tags.values.count
        if tags > 0 { writer.element("TagCount", String(tags)) }
        if service.kind == .append, service.isSealed { writer.element("Sealed", "true") }
    }

    static let defaultContentType = "application/octet-stream"
}
