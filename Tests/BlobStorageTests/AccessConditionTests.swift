import BlobStorage
import CryptoDigests
import Diagnostics
import FoundationEssentials
import Testing

@Suite("Access conditions")
struct AccessConditionTests {
    static let now = Date(timeIntervalSince1970: 1_700_000_000)
    static let tag = ETag("0x1")
    static let other = ETag("0x2")
    static let earlier = now.addingTimeInterval(-1)
    static let later = now.addingTimeInterval(1)

    @Test(
        "decide about a blob that is there",
        arguments: [
            (AccessCondition.always, nil, nil),
            (.matching(tag), nil, nil),
            (.matching(other), .conditionNotMet, .conditionNotMet),
            (AccessCondition(ifMatch: .any), nil, nil),
            (.absent, .notModified, .blobAlreadyExists),
            (AccessCondition(ifNoneMatch: .tag(tag)), .notModified, .conditionNotMet),
            (AccessCondition(ifNoneMatch: .tag(other)), nil, nil),
            (AccessCondition(ifModifiedSince: now), .notModified, .conditionNotMet),
            (AccessCondition(ifModifiedSince: later), .notModified, .conditionNotMet),
            (AccessCondition(ifModifiedSince: earlier), nil, nil),
            (AccessCondition(ifUnmodifiedSince: now), nil, nil),
            (AccessCondition(ifUnmodifiedSince: later), nil, nil),
            (AccessCondition(ifUnmodifiedSince: earlier), .conditionNotMet, .conditionNotMet),
            (AccessCondition(ifNoneMatch: .tag(tag), ifModifiedSince: earlier), nil, nil),
            (AccessCondition(ifNoneMatch: .tag(other), ifModifiedSince: now), nil, nil),
            (AccessCondition(ifNoneMatch: .tag(tag), ifModifiedSince: now), .notModified, .conditionNotMet),
            (AccessCondition(ifMatch: .tag(tag), ifUnmodifiedSince: now), nil, nil),
            (AccessCondition(ifMatch: .tag(tag), ifUnmodifiedSince: earlier), .conditionNotMet, .conditionNotMet),
            (AccessCondition(ifMatch: .tag(other), ifUnmodifiedSince: now), .conditionNotMet, .conditionNotMet),
        ] as [(AccessCondition, BlobStoreError.Kind?, BlobStoreError.Kind?)])
    func there(_ condition: AccessCondition, read: BlobStoreError.Kind?, write: BlobStoreError.Kind?) {
        #expect(condition.refusal(of: .read, state: (Self.tag, Self.now)) == read)
        #expect(condition.refusal(of: .write, state: (Self.tag, Self.now)) == write)
    }

    @Test(
        "decide about a blob that is not there",
        arguments: [
            (AccessCondition.always, nil),
            (.absent, nil),
            (.matching(tag), .conditionNotMet),
            (AccessCondition(ifMatch: .any), .conditionNotMet),
            (AccessCondition(ifNoneMatch: .tag(tag)), nil),
        ] as [(AccessCondition, BlobStoreError.Kind?)])
    func absent(_ condition: AccessCondition, write: BlobStoreError.Kind?) {
        #expect(condition.refusal(of: .write, state: nil) == write)
    }
}

@Suite("Errors of blob stores")
struct BlobStoreErrorTests {
    @Test("each have a code of their own and say what they are about", arguments: BlobStoreError.Kind.allCases)
    func summary(_ kind: BlobStoreError.Kind) {
        let error = BlobStoreError(kind, subject: "backups/a")
        #expect(error.code.hasPrefix("store.") && error.summary.contains("backups/a"))
        #expect(error.summary.first?.isUppercase == false && error.summary.last != ".")
        #expect(error.remedy?.last == ".")
        #expect(error.exitCode != .done)
    }

    @Test("name the service's answer")
    func service() {
        let answer = ServiceAnswer(status: 403, code: "AuthenticationFailed", requestID: "17")
        let error = BlobStoreError(.notAuthenticated, subject: "a", service: answer)
        #expect(error.summary.hasSuffix("(403 AuthenticationFailed, request 17)"))
    }
}

@Suite("Page builders")
struct PageBuilderTests {
    @Test("refuse markers that no store gave", arguments: ["x", "!!!!", "QQ="])
    func marker(_ text: String) throws {
        let container = try ContainerName("abc")
        let error = #expect(throws: BlobStoreError.self) {
            try PageBuilder(BlobQuery(marker: text), container: container)
        }
        #expect(error?.kind == .badRequest)
    }

    @Test("begin at the prefix, or at the marker where that is further")
    func start() throws {
        let container = try ContainerName("abc")
        #expect(try PageBuilder(BlobQuery(prefix: "b"), container: container).start == Array("b".utf8))
        let query = { BlobQuery(prefix: "b", marker: Base64.encode(Array(($0 as String).utf8))) }
        #expect(try PageBuilder(query("a"), container: container).start == Array("b".utf8))
        #expect(try PageBuilder(query("bc"), container: container).start == Array("bc".utf8))
    }
}
