public import FoundationEssentials

/// Under which circumstances an operation is to be done: the four standard conditional headers, and the lease shown.
public struct AccessCondition: Sendable, Equatable {
    public enum Tag: Sendable, Equatable {
        /// `*`: whatever is there.
        case any
        case tag(ETag)
    }

    public var ifMatch: Tag?
    public var ifNoneMatch: Tag?
    public var ifModifiedSince: Date?
    public var ifUnmodifiedSince: Date?
    /// Of the lease that the client holds; checked by stores that have leases.
    public var lease: LeaseID?

    public init(
        ifMatch: Tag? = nil, ifNoneMatch: Tag? = nil, ifModifiedSince: Date? = nil, ifUnmodifiedSince: Date? = nil,
        lease: LeaseID? = nil
    ) {
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
        self.ifModifiedSince = ifModifiedSince
        self.ifUnmodifiedSince = ifUnmodifiedSince
        self.lease = lease
    }

    public static let always = AccessCondition()
    /// Only if nothing of that name is there: what makes a write create-only.
    public static let absent = AccessCondition(ifNoneMatch: .any)
    /// Only while the blob is in that state.
    public static func matching(_ tag: ETag) -> AccessCondition { AccessCondition(ifMatch: .tag(tag)) }
}

extension AccessCondition {
    public enum Access: Sendable { case read, write }

    /// Why an operation may not be done on a blob in that state, or `nil` if it may.
    ///
    /// `If-None-Match` and `If-Modified-Since` together: either is enough. Dates have whole seconds.
    /// Source: <https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations>
    public func refusal(of access: Access, state: (tag: ETag, lastModified: Date)?) -> BlobStoreError.Kind? {
        guard let state else { return ifMatch == nil ? nil : .conditionNotMet }
        if let ifMatch, !Self.matches(ifMatch, state.tag) { return .conditionNotMet }
        if let ifUnmodifiedSince, state.lastModified > ifUnmodifiedSince { return .conditionNotMet }
        let noneMatches = ifNoneMatch.map { !Self.matches($0, state.tag) }
        let modified = ifModifiedSince.map { state.lastModified > $0 }
        if noneMatches == true || modified == true { return nil }
        guard noneMatches == false || modified == false else { return nil }
        guard access == .write else { return .notModified }
        return ifNoneMatch == .any ? .blobAlreadyExists : .conditionNotMet
    }

    private static func matches(_ tag: Tag, _ current: ETag) -> Bool {
        switch tag {
        case .any: true
        case .tag(let tag): tag == current
        }
    }
}
