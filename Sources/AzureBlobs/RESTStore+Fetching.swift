import BlobStorage
import CryptoDigests
import Diagnostics
import HTTPMessages
import MarkupXML

/// Blocks that the service fetches itself: Put Block From URL.
extension RESTStore: FetchingStore {
    /// The longest URL of a source that the service takes, in bytes.
    private static let longestSource = 2048

    func stage(from source: RemoteSource, range: Range<Int>, as id: BlockID, of blob: BlobName) async throws -> BlobSum?
    {
        var url = source.url
        source.signature?.reveal { url.query = $0 }
        let text = "\(url.scheme)://\(url.authority)\(url.target)"
        let shown = source.url.description
        guard text.utf8.count <= Self.longestSource else {
            throw CopySourceError(BlobStoreError(.badRequest, subject: shown))
        }
        var fields: HTTPFields = ["x-ms-copy-source": text, "x-ms-source-range": ByteRange(range).header]
        fields["x-ms-source-if-match"] = source.tag.text
        source.authorization?.reveal { fields["x-ms-copy-source-authorization"] = $0 }
        let request = connection.request(
            .put, container, blob, query: ["comp": "block", "blockid": id.text], fields: fields)
        do {
            let response = try await connection.send(request, about: Subject(container, blob))
            return response.fields["x-ms-content-crc64"].flatMap(Base64.decode).flatMap {
                BlobSum(crc64: $0, length: range.count)
            }
        } catch let error as BlobStoreError where error.service?.code == "CannotVerifyCopySource" {
            let cause = BlobStoreError(error.kind, subject: shown, service: error.service)
            // What may pass is tried again, as everything else of the service.
            if cause.isTransient { throw cause }
            throw CopySourceError(cause)
        }
    }
}

extension RESTStore: TaggedStore {
    func tags(of blob: BlobName) async throws -> BlobTags {
        let subject = Subject(container, blob)
        let response = try await connection.send(
            connection.request(.get, container, blob, query: ["comp": "tags"]), about: subject)
        return try subject.reading(response) { document in
            var values: [String: String] = [:]
            for tag in document["TagSet"]?.all("Tag") ?? [] {
                guard let key = tag["Key"]?.text, let value = tag["Value"]?.text else { return nil }
                values[key] = value
            }
            return try? BlobTags(values)
        }
    }
}
