import AzureIdentity
import BlobStorage
import ByteStreams
import Diagnostics
import HTTPListener
import MarkupXML

/// An answer that says why a request was not done, in the service's codes and words.
struct ServiceFailure: Error, Equatable {
    let status: Int
    let code: String
    let message: String
    /// More elements of the answer's document, such as `HeaderName`.
    var details: [Detail] = []
    /// More header fields of the answer.
    var fields: [Detail] = []

    struct Detail: Equatable {
        let name: String
        let value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    init(_ status: Int, _ code: String, _ message: String, details: [Detail] = [], fields: [Detail] = []) {
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.fields = fields
    }

    init(_ kind: BlobStoreError.Kind) {
        let answer = kind.serviceCode
        self.init(answer.status, answer.code, ServiceMessage.text(for: answer.code))
    }

    /// What a client is told of a failure; the inside of the server is none of its business.
    init(_ error: any Error) {
        switch error {
        case let failure as ServiceFailure: self = failure
        case let error as BlobStoreError: self.init(error.kind)
        case is DigestMismatch: self = DigestMismatch.failure(error)
        case is ListenerError: self = .incompleteBody
        case let error as StreamError: self = .stream(error)
        case is CancellationError: self.init(.busy)
        default: self.init(.serverFailure)
        }
    }

    private static func stream(_ error: StreamError) -> ServiceFailure {
        switch error.kind {
        case .endedEarly: incompleteBody
        case .tooLong, .blockBeyondBudget: ServiceFailure(.tooLarge)
        }
    }
}

// MARK: - What the protocol refuses

extension ServiceFailure {
    static let incompleteBody = ServiceFailure(
        400, "IncompleteBody", "The request body ended before as many bytes had come as Content-Length promised.")

    static func header(_ name: String, _ value: String) -> ServiceFailure {
        ServiceFailure(
            400, "InvalidHeaderValue", "The value for one of the HTTP headers is not in the correct format.",
            details: [Detail("HeaderName", name), Detail("HeaderValue", value)])
    }

    static func missingHeader(_ name: String) -> ServiceFailure {
        ServiceFailure(
            400, "MissingRequiredHeader", "An HTTP header that's mandatory for this request is not specified.",
            details: [Detail("HeaderName", name)])
    }

    static func unsupportedHeader(_ name: String, _ value: String) -> ServiceFailure {
        ServiceFailure(
            400, "UnsupportedHeader", "One of the HTTP headers specified in the request is not supported.",
            details: [Detail("HeaderName", name), Detail("HeaderValue", value)])
    }

    static func parameter(_ name: String, _ value: String, reason: String? = nil) -> ServiceFailure {
        let details = [Detail("QueryParameterName", name), Detail("QueryParameterValue", value)]
        return ServiceFailure(
            400, "InvalidQueryParameterValue",
            "Value for one of the query parameters specified in the request URI is invalid.",
            details: details + (reason.map { [Detail("Reason", $0)] } ?? []))
    }

    static func missingParameter(_ name: String) -> ServiceFailure {
        ServiceFailure(
            400, "MissingRequiredQueryParameter",
            "A query parameter that's mandatory for this request is not specified.",
            details: [Detail("QueryParameterName", name)])
    }

    static func unsupportedParameter(_ name: String, _ value: String) -> ServiceFailure {
        ServiceFailure(
            400, "UnsupportedQueryParameter",
            "One of the query parameters specified in the request URI is not supported.",
            details: [Detail("QueryParameterName", name), Detail("QueryParameterValue", value)])
    }

    /// An operation that the service has and this server has not.
    static func notImplemented(_ operation: String) -> ServiceFailure {
        ServiceFailure(
            501, "NotImplemented", "The operation '\(operation)' is not implemented by this server.",
            details: [Detail("Operation", operation)])
    }

    static func verb(_ method: String) -> ServiceFailure {
        ServiceFailure(405, "UnsupportedHttpVerb", "The resource doesn't support the specified HTTP verb.")
    }

    static let preflight = ServiceFailure(
        403, "CorsPreflightFailure", "CORS not enabled or no matching rule found for this request.")

    static let missingLength = ServiceFailure(
        411, "MissingContentLengthHeader", "The Content-Length header was not specified.")

    static func tooLarge(limit: Int) -> ServiceFailure {
        var failure = ServiceFailure(.tooLarge)
        failure.details = [Detail("MaxLimit", String(limit))]
        return failure
    }

    static func document(_ reason: String) -> ServiceFailure {
        ServiceFailure(
            400, "InvalidXmlDocument", "XML specified is not syntactically valid.", details: [Detail("Reason", reason)])
    }

    static let uri = ServiceFailure(
        400, "InvalidUri", "The requested URI does not represent any resource on the server.")

    static let resourceName = ServiceFailure(
        400, "InvalidResourceName", "The specified resource name contains invalid characters.")

    static let outOfRange = ServiceFailure(400, "OutOfRangeInput", "One of the request inputs is out of range.")

    static func unauthorized(_ refusal: AuthorizationRefusal) -> ServiceFailure {
        ServiceFailure(
            403, refusal.code.rawValue, refusal.message,
            details: [Detail("AuthenticationErrorDetail", refusal.detail)])
    }
}
