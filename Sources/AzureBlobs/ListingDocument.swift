import BlobStorage
import CryptoDigests
import FoundationEssentials
import HTTPMessages
import MarkupXML

/// Reads the lists that the service answers; `nil` for what makes no sense.
enum ListingDocument {
    /// A page of blobs.
    ///
    /// Snapshots, old versions and deleted blobs, which are never asked for, are left out.
    static func blobs(_ document: XMLElement, hasUncommitted: Bool) -> BlobPage? {
        guard document.name == "EnumerationResults", let list = document["Blobs"] else { return nil }
        var entries: [BlobPage.Entry] = []
        for child in list.children {
            switch child.name {
            case "BlobPrefix":
                guard let name = name(child) else { return nil }
                entries.append(.prefix(name))
            case "Blob" where isCurrent(child):
                guard let entry = entry(child, hasUncommitted: hasUncommitted) else { return nil }
                entries.append(entry)
            default: continue
            }
        }
        return BlobPage(entries: entries, next: document.text(of: "NextMarker"))
    }

    static func containers(_ document: XMLElement) -> ContainerPage? {
        guard document.name == "EnumerationResults", let list = document["Containers"] else { return nil }
        var containers: [ContainerProperties] = []
        for child in list.all("Container") where child.text(of: "Deleted") != "true" {
            guard let name = try? ContainerName(child["Name"]?.text ?? ""), let properties = child["Properties"],
                let tag = properties.text(of: "Etag"),
                let time = properties.text(of: "Last-Modified").flatMap(HTTPDate.parse)
            else { return nil }
            containers.append(
                ContainerProperties(name: name, tag: ETag(tag), lastModified: time, metadata: metadata(child)))
        }
        return ContainerPage(containers: containers, next: document.text(of: "NextMarker"))
    }

    static func blocks(_ document: XMLElement, in place: String) -> [BlockList.Block]? {
        guard document.name == "BlockList" else { return nil }
        var blocks: [BlockList.Block] = []
        for child in document[place]?.all("Block") ?? [] {
            guard let id = child.text(of: "Name").flatMap(BlockID.init(text:)),
                let size = child.text(of: "Size").flatMap({ Int($0) }), size >= 0
            else { return nil }
            blocks.append(BlockList.Block(id: id, size: size))
        }
        return blocks
    }

    /// The document of a commit.
    static func commit(_ blocks: [BlockReference]) -> [UInt8] {
        var writer = XMLWriter()
        writer.element("BlockList") { list in
            for block in blocks {
                let name =
                    switch block.place {
                    case .committed: "Committed"
                    case .uncommitted: "Uncommitted"
                    case .latest: "Latest"
                    }
                list.element(name, block.id.text)
            }
        }
        return Array(writer.text.utf8)
    }

    // MARK: - Entries

    private static func isCurrent(_ blob: XMLElement) -> Bool {
        blob["Snapshot"] == nil && blob.text(of: "Deleted") != "true" && blob.text(of: "HasVersionsOnly") != "true"
            && (blob["VersionId"] == nil || blob.text(of: "IsCurrentVersion") == "true")
    }

    private static func entry(_ blob: XMLElement, hasUncommitted: Bool) -> BlobPage.Entry? {
        guard let name = name(blob).flatMap({ try? BlobName($0) }), let properties = blob["Properties"] else {
            return nil
        }
        guard let tag = properties.text(of: "Etag") else { return hasUncommitted ? .uncommitted(name) : nil }
        guard let size = properties.text(of: "Content-Length").flatMap({ Int($0) }), size >= 0,
            let time = properties.text(of: "Last-Modified").flatMap(HTTPDate.parse)
        else { return nil }
        let created = properties.text(of: "Creation-Time").flatMap(HTTPDate.parse) ?? time
        let attributes = BlobAttributes(
            contentType: properties.text(of: "Content-Type"), contentEncoding: properties.text(of: "Content-Encoding"),
            contentLanguage: properties.text(of: "Content-Language"),
            contentDisposition: properties.text(of: "Content-Disposition"),
            cacheControl: properties.text(of: "Cache-Control"),
            contentMD5: properties.text(of: "Content-MD5").flatMap(Base64.decode), metadata: metadata(blob),
            tier: tier(properties))
        let kind = properties.text(of: "BlobType").flatMap(BlobKind.init(rawValue:)) ?? .block
        return .blob(
            name,
            BlobProperties(
                size: size, tag: ETag(tag), lastModified: time, created: created, attributes: attributes,
                service: ServiceState(kind: kind)))
    }

    /// The tier that was chosen for a blob; `nil` for the account's own.
    private static func tier(_ properties: XMLElement) -> AccessTier? {
        guard properties.text(of: "AccessTierInferred") != "true" else { return nil }
        return properties.text(of: "AccessTier").flatMap { AccessTier($0) }
    }

    /// The name, in which white space counts; percent-encoded where XML could not carry it.
    private static func name(_ element: XMLElement) -> String? {
        guard let name = element["Name"] else { return nil }
        return name.attributes["Encoded"] == "true" ? PercentCoding.decode(name.text) : name.text
    }

    private static func metadata(_ element: XMLElement) -> [String: String] {
        let children = element["Metadata"]?.children ?? []
        return Dictionary(children.map { ($0.name, $0.text) }) { first, _ in first }
    }
}
