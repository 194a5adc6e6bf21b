public import FoundationEssentials

/// What a token says of itself: the claims that matter here, any of which may be missing.
public struct TokenClaims: Sendable, Equatable {
    /// `iss`: who made it.
    public var issuer: String?
    /// `aud`: whom it is for; an array with several.
    public var audiences: [String] = []
    /// `sub`: whom it speaks of.
    public var subject: String?
    /// `exp`: it is good before this.
    public var expires: Date?
    /// `nbf`: it is good from this on.
    public var notBefore: Date?
    /// `iat`: when it was made.
    public var issued: Date?
    /// `jti`: a name for this one token.
    public var id: String?
    /// `oid`: the object in the directory that it speaks for.
    public var object: String?
    /// `tid`: the tenant.
    public var tenant: String?
    /// `appid`, or in tokens of version 2 `azp`: the application that asked for it.
    public var application: String?

    public init() {}

    /// True if it is good at `now`, or within `skew` seconds of it; one without an end never is.
    public func isInTime(at now: Date, skew: Double = 0) -> Bool {
        guard let expires, now < expires.addingTimeInterval(skew) else { return false }
        return notBefore.map { now >= $0.addingTimeInterval(-skew) } ?? true
    }
}

extension TokenClaims: Codable {
    private enum Name: String, CodingKey {
        case iss, aud, sub, exp, nbf, iat, jti, oid, tid, appid, azp
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Name.self)
        func text(_ name: Name) throws -> String? { try values.decodeIfPresent(String.self, forKey: name) }
        func date(_ name: Name) throws -> Date? {
            guard let seconds = try values.decodeIfPresent(Double.self, forKey: name) else { return nil }
            // Dates beyond the year 9999 cannot be written down; nobody means them.
            guard (0..<253_402_300_800).contains(seconds) else {
                throw DecodingError.dataCorruptedError(forKey: name, in: values, debugDescription: "not a time")
            }
            return Date(timeIntervalSince1970: seconds)
        }
        issuer = try text(.iss)
        if let one = try? values.decodeIfPresent(String.self, forKey: .aud) {
            audiences = [one]
        } else {
            audiences = try values.decodeIfPresent([String].self, forKey: .aud) ?? []
        }
        subject = try text(.sub)
        expires = try date(.exp)
        notBefore = try date(.nbf)
        issued = try date(.iat)
        id = try text(.jti)
        object = try text(.oid)
        tenant = try text(.tid)
        application = try text(.appid) ?? text(.azp)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Name.self)
        func put(_ date: Date?, _ name: Name) throws {
            try values.encodeIfPresent(date.map { Int($0.timeIntervalSince1970.rounded(.down)) }, forKey: name)
        }
        try values.encodeIfPresent(issuer, forKey: .iss)
        if audiences.count == 1 {
            try values.encode(audiences[0], forKey: .aud)
        } else if !audiences.isEmpty {
            try values.encode(audiences, forKey: .aud)
        }
        try values.encodeIfPresent(subject, forKey: .sub)
        try put(expires, .exp)
        try put(notBefore, .nbf)
        try put(issued, .iat)
        try values.encodeIfPresent(id, forKey: .jti)
        try values.encodeIfPresent(object, forKey: .oid)
        try values.encodeIfPresent(tenant, forKey: .tid)
        try values.encodeIfPresent(application, forKey: .appid)
    }
}
