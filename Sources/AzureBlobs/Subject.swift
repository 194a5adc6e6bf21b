import BlobStorage
import HTTPMessages
import MarkupXML

/// What a request is about, for errors.
struct Subject {
    let text: String
    let isContainer: Bool

    init(account endpoint: HTTPURL) { (text, isContainer) = (endpoint.host, true) }
    init(_ container: ContainerName) { (text, isContainer) = (container.text, true) }
    init(_ container: ContainerName, _ blob: BlobName) { (text, isContainer) = ("\(container)/\(blob)", false) }

    func error(_ kind: BlobStoreError.Kind, cause: (any Error)? = nil) -> BlobStoreError {
        BlobStoreError(kind, subject: text, cause: cause)
    }

    /// Runs a conversation, and says what its failure means for the store.
    func explaining<Output>(_ talk: () async throws -> Output) async throws -> Output {
        do {
            return try await talk()
        } catch let failure as HTTPFailure {
            switch failure.kind {
            case .bodyTooLarge, .malformed: throw error(.corrupt, cause: failure)
            case .nameNotFound, .refused, .tls, .untrusted, .wrongName, .authoritiesUnusable, .proxyRefused, .timedOut,
                .broken:
                throw error(.unreachable, cause: failure)
            }
        }
    }

    /// What an answer means that is no success.
    func error(_ response: HTTPResponse) -> BlobStoreError {
        let document = response.body.isEmpty ? nil : try? XMLReader.read(response.body)
        let code = response.fields["x-ms-error-code"] ?? document?.text(of: "Code") ?? ""
        let answer = ServiceAnswer(
            status: response.status, code: code, requestID: response.fields["x-ms-request-id"] ?? "",
            message: Self.message(document), retryAfter: Self.retryAfter(response.fields),
            copySource: Self.copySource(response.fields))
        let kind = BlobStoreError.Kind(status: response.status, code: code, isContainer: isContainer)
        return BlobStoreError(kind, subject: text, service: answer)
    }

    /// The first line of the message, without the lines of id and time, and what a failed signature was computed from.
    private static func message(_ document: XMLElement?) -> String {
        let lines = [document?.text(of: "Message"), document?.text(of: "AuthenticationErrorDetail")].compactMap {
            text in
            text?.split(whereSeparator: \.isNewline).first { !$0.hasPrefix("RequestId:") }
        }
        return lines.joined(separator: " ")
    }

    /// What the source of a copy answered to the service, where it says that.
    private static func copySource(_ fields: HTTPFields) -> String? {
        guard let status = fields["x-ms-copy-source-status-code"] else { return nil }
        return [status, fields["x-ms-copy-source-error-code"]].compactMap(\.self).joined(separator: " ")
    }

    private static func retryAfter(_ fields: HTTPFields) -> Duration? {
        for name in ["x-ms-retry-after-ms", "retry-after-ms"] {
            if let text = fields[name], let number = UInt32(text) { return .milliseconds(Int64(number)) }
        }
        // The other form of the header, a date, is not used by the service.
        return fields["Retry-After"].flatMap { UInt32($0) }.map { .seconds(Int64($0)) }
    }
}
