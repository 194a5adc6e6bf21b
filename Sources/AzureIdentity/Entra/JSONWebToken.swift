public import CryptoDigests
public import Diagnostics
import FoundationEssentials

/// A signed token in the compact form of RFC 7515: header, claims and signature, between dots.
///
/// Nothing that it says is to be believed before ``isSigned(by:)`` was true.
public struct JSONWebToken: Sendable {
    /// What stands in front of the claims.
    public struct Header: Codable, Sendable, Equatable {
        /// `alg`: `RS256`, `PS256`, or something that cannot be verified here.
        public var algorithm: String
        public var type: String? = "JWT"
        /// `kid`: which key of a set signed.
        public var keyID: String?
        /// `x5t`: the SHA-1 thumbprint of the key's certificate.
        public var sha1Thumbprint: String?
        /// `x5t#S256`: its SHA-256 thumbprint.
        public var sha256Thumbprint: String?
        /// `x5c`: the certificate and those that vouch for it, in Base64.
        public var certificates: [String]?

        public init(_ algorithm: RSAAlgorithm, keyID: String? = nil) {
            self.algorithm = algorithm.rawValue
            self.keyID = keyID
        }

        enum CodingKeys: String, CodingKey {
            case algorithm = "alg"
            case type = "typ"
            case keyID = "kid"
            case sha1Thumbprint = "x5t"
            case sha256Thumbprint = "x5t#S256"
            case certificates = "x5c"
        }
    }

    /// Tokens of Entra ID have a few thousand characters.
    static let longest = 64 << 10

    public let header: Header
    public let claims: TokenClaims
    /// Header and claims as they were written, over which the signature is.
    private let signed: [UInt8]
    private let signature: [UInt8]

    /// Takes a token apart without believing it.
    public init(_ text: String) throws(TokenFormatError) {
        guard text.utf8.count <= Self.longest else { throw .tooLong }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .notThreeParts }
        header = try Self.read(parts[0], as: Header.self, .header)
        claims = try Self.read(parts[1], as: TokenClaims.self, .claims)
        guard let signature = Base64.decodeURL(Substring(parts[2])) else { throw .malformed(.signature) }
        self.signature = signature
        signed = Array(text.utf8.dropLast(parts[2].count + 1))
    }

    /// True if the owner of `key` signed it, with an algorithm that is known here.
    public func isSigned(by key: RSAPublicKey) -> Bool {
        guard let algorithm = RSAAlgorithm(rawValue: header.algorithm) else { return false }
        return key.verifies(signature, of: signed, algorithm)
    }

    /// The text of a new token; the header's algorithm is the one it is signed with.
    ///
    /// Throws ``KeyError`` if the key does not sign.
    public static func signing(
        _ claims: TokenClaims, header: Header, with key: RSAPrivateKey
    ) throws -> Secret<String> {
        guard let algorithm = RSAAlgorithm(rawValue: header.algorithm) else {
            throw TokenFormatError.malformed(.header)
        }
        let signed = try text(header) + "." + text(claims)
        return Secret(signed + "." + Base64.encodeURL(try key.sign(Array(signed.utf8), algorithm)))
    }

    private static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Base64.encodeURL([UInt8](try encoder.encode(value)))
    }

    private static func read<Value: Decodable>(
        _ part: Substring.UTF8View, as type: Value.Type, _ name: TokenFormatError.Part
    ) throws(TokenFormatError) -> Value {
        guard let bytes = Base64.decodeURL(Substring(part)),
            let value = try? JSONDecoder().decode(Value.self, from: Data(bytes))
        else { throw .malformed(name) }
        return value
    }
}

/// A text that is no token; holds nothing of it.
public enum TokenFormatError: ExplainedError, Equatable {
    public enum Part: String, Sendable { case header, claims, signature }

    case tooLong
    case notThreeParts
    case malformed(Part)

    public var code: String { "token.malformed" }

    public var summary: String {
        switch self {
        case .tooLong: "the token has more than \(JSONWebToken.longest) characters"
        case .notThreeParts: "the token does not consist of three parts between dots"
        case .malformed(let part): "the token's \(part) cannot be read"
        }
    }
}
