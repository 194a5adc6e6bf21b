/// Why a server does not let a request through, in the service's own codes; the status is always 403.
public struct AuthorizationRefusal: Error, Sendable, Equatable {
    public enum Code: String, Sendable, CaseIterable {
        case authenticationFailed = "AuthenticationFailed"
        case permissionMismatch = "AuthorizationPermissionMismatch"
        case protocolMismatch = "AuthorizationProtocolMismatch"
        case resourceTypeMismatch = "AuthorizationResourceTypeMismatch"
        case serviceMismatch = "AuthorizationServiceMismatch"
        case sourceIPMismatch = "AuthorizationSourceIPMismatch"
    }

    public let code: Code
    /// What a person who debugs a signature wants to see, for `AuthenticationErrorDetail`; holds no secret.
    public let detail: String

    public init(_ code: Code, detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The sentence the service says with the code.
    public var message: String {
        switch code {
        case .authenticationFailed:
            "Server failed to authenticate the request. Make sure the value of Authorization header is formed "
                + "correctly including the signature."
        case .permissionMismatch: "This request is not authorized to perform this operation using this permission."
        case .protocolMismatch: "This request is not authorized to perform this operation using this protocol."
        case .resourceTypeMismatch:
            "This request is not authorized to perform this operation using this resource type."
        case .serviceMismatch: "This request is not authorized to perform this operation using this service."
        case .sourceIPMismatch: "This request is not authorized to perform this operation using this source IP."
        }
    }
}
