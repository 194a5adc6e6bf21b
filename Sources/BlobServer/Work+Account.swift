import BlobStorage
import HTTPListener
import HTTPMessages
import MarkupXML

extension Work {
    func getAccountInformation() -> Reply {
        Reply(
            status: 200,
            fields: [
                "x-ms-sku-name": settings.sku, "x-ms-account-kind": settings.kind,
                "x-ms-is-hns-enabled": String(settings.isHierarchical),
            ])
    }

    /// What client libraries ask before they start: nothing is logged, measured, kept after deletion or shared.
    func getServiceProperties() -> Reply {
        func retention(_ writer: inout XMLWriter) {
            writer.element("RetentionPolicy") { $0.element("Enabled", "false") }
        }
        var writer = XMLWriter()
        writer.element("StorageServiceProperties") { writer in
            writer.element("Logging") { writer in
                writer.element("Version", "1.0")
                for name in ["Read", "Write", "Delete"] { writer.element(name, "false") }
                retention(&writer)
            }
            for name in ["HourMetrics", "MinuteMetrics"] {
                writer.element(name) { writer in
                    writer.element("Version", "1.0")
                    writer.element("Enabled", "false")
                    retention(&writer)
                }
            }
            writer.element("Cors") { _ in }
            writer.element("DefaultServiceVersion", ServiceRequest.defaultVersion)
            writer.element("DeleteRetentionPolicy") { $0.element("Enabled", "false") }
            writer.element("StaticWebsite") { $0.element("Enabled", "false") }
        }
        return Self.document(writer)
    }

    func listContainers() async throws -> Reply {
        let listing = try ListingQuery(query, allowed: ["metadata", "deleted", "system"])
        let attributes: KeyValuePairs = ["ServiceEndpoint": request.endpoint]
        return try await ListingDocument(listing, attributes: attributes, section: "Containers", server.buffers) {
            marker, limit, writer in
            let page = try await account.containers(prefix: listing.prefix, marker: marker, limit: limit)
            for container in page.containers {
                write(container, to: &writer, withMetadata: listing.include.contains("metadata"))
            }
            return (page.containers.count, page.next)
        }.reply
    }

    private func write(_ container: ContainerProperties, to writer: inout XMLWriter, withMetadata: Bool) {
        writer.element("Container") { writer in
            writer.element("Name", container.name.text)
            writer.element("Properties") { writer in
                writer.element("Last-Modified", HTTPDate.format(container.lastModified))
                writer.element("Etag", container.tag.text)
                writer.write(LeaseReport(container.lease, at: now))
                if container.access.publicAccess != .nothing {
                    writer.element("PublicAccess", container.access.publicAccess.rawValue)
                }
                let protection = settings.protection[container.name.text]
                writer.element("HasImmutabilityPolicy", String(protection?.days != nil))
                writer.element("HasLegalHold", String(protection?.hasLegalHold == true))
            }
            if withMetadata { writer.writeMetadata(container.metadata) }
        }
    }
}

extension XMLWriter {
    /// Nothing where there is no metadata, as the service does.
    mutating func writeMetadata(_ metadata: [String: String]) {
        guard !metadata.isEmpty else { return }
        element("Metadata") { writer in
            for (name, value) in metadata.sorted(by: { $0.key < $1.key }) { writer.element(name, value) }
        }
    }
}
