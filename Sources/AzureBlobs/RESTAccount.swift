public import BlobStorage
import HTTPMessages
import MarkupXML

/// A storage account reached over the service's REST interface.
///
/// Failures are ``BlobStoreError`` or `CancellationError`. Nothing is tried again here: see `RetryingAccount`.
public struct RESTAccount: BlobAccount {
    private let connection: ServiceConnection

    public init(_ connection: ServiceConnection) { self.connection = connection }

    public func create(_ container: ContainerName, metadata: [String: String]) async throws -> ContainerProperties {
        let subject = Subject(container)
        var fields = HTTPFields()
        fields.set(metadata: metadata)
        let request = connection.request(.put, container, query: ["restype": "container"], fields: fields)
        let response = try await connection.send(request, about: subject)
        guard let written = response.fields.written else { throw subject.error(.corrupt) }
        return ContainerProperties(
            name: container, tag: written.tag, lastModified: written.lastModified, metadata: metadata)
    }

    public func delete(_ container: ContainerName, if condition: AccessCondition) async throws {
        var fields = HTTPFields()
        fields.set(condition)
        let request = connection.request(.delete, container, query: ["restype": "container"], fields: fields)
        _ = try await connection.send(request, about: Subject(container))
    }

    public func containers(prefix: String, marker: String?, limit: Int) async throws -> ContainerPage {
        let subject = Subject(account: connection.endpoint)
        guard (1...5000).contains(limit) else { throw subject.error(.badRequest) }
        var query: HTTPQuery = ["comp": "list"]
        if !prefix.isEmpty { query.append("prefix", prefix) }
        if let marker { query.append("marker", marker) }
        query.append("maxresults", String(limit))
        query.append("include", "metadata")
        let response = try await connection.send(connection.request(.get, query: query), about: subject)
        return try subject.reading(response) { ListingDocument.containers($0) }
    }

    public func store(of container: ContainerName) -> any BlobStore {
        RESTStore(connection: connection, container: container)
    }
}

extension Subject {
    /// Reads the document of an answer.
    func reading<Output>(_ response: HTTPResponse, _ read: (XMLElement) -> Output?) throws -> Output {
        let document: XMLElement
        do {
            // An entry of a list has about 40 elements, with metadata; a page has 5,000.
            document = try XMLReader.read(response.body, limit: 1_000_000)
        } catch {
            throw self.error(.corrupt, cause: error)
        }
        guard let output = read(document) else { throw error(.corrupt) }
        return output
    }
}
