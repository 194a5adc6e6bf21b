import HTTPListener
import HTTPMessages

extension ServiceRequest {
    /// A part of a batch, about a resource of the batch's account.
    ///
    /// Where the path of the batch begins with the account, clients differ in whether those of its parts do, too; what
    /// is signed is the path as it stands in either case. A path that begins with the account's name is taken to name
    /// the account, if anything is left of it then.
    init(part: BatchDocument.Part, of batch: ServiceRequest) throws(ServiceFailure) {
        guard let method = HTTPMethod(rawValue: part.method) else { throw .verb(part.method) }
        let target = RequestTarget(part.target)
        guard let query = HTTPQuery(encoded: target.query) else { throw .uri }
        var segments = target.path.cut(at: "/", atMost: 3).dropFirst()
        let names = segments.first.map { Self.primary(String($0)) }
        if batch.isPathStyle, segments.count == 3, names == batch.account {
            segments = segments.dropFirst()
        } else {
            segments = target.path.cut(at: "/", atMost: 2).dropFirst()
        }
        guard let container = PercentCoding.decode(segments.popFirst() ?? ""),
            let blob = PercentCoding.decode(segments.popFirst() ?? ""), !container.isEmpty, !blob.isEmpty
        else { throw .uri }
        let head = ListenerRequest(
            method: part.method, target: part.target, fields: part.fields,
            length: part.fields["Content-Length"] == nil ? .absent : .known(0), peer: batch.head.peer,
            scheme: batch.head.scheme)
        self.init(
            method: method, account: batch.account, resource: .blob(container: container, name: blob), query: query,
            head: head, endpoint: batch.endpoint)
    }

    private var isPathStyle: Bool { endpoint.hasSuffix("/\(account)/") }
}
