import BlobStorage
import Diagnostics
import FoundationEssentials
import HTTPMessages

/// A source that another server has: read in ranges, each of the state that the first one was of.
struct OutsideSource: Sendable {
    let url: HTTPURL
    let client: any HTTPClient
    let patience: BlobCopies.Patience
    /// Shown with every request.
    var authorization: Secret<String>?

    /// The first piece of a source, and what it says of the whole.
    private struct Beginning: Sendable {
        let properties: BlobProperties
        let start: Int
        let bytes: [UInt8]
        let pin: Pin
    }

    /// What must stay the same from one answer to the next.
    private struct Pin: Sendable, Equatable {
        let tag: String?
        let modified: String?

        init(_ fields: HTTPFields) {
            tag = fields["ETag"]
            modified = fields["Last-Modified"]
        }

        /// The condition that has the other side check it: weak tags cannot be matched.
        var condition: HTTPFields {
            if let tag, !tag.hasPrefix("W/") { return ["If-Match": tag] }
            return modified.map { ["If-Unmodified-Since": $0] } ?? [:]
        }
    }

    /// Opens it and keeps its first piece for whoever reads it first.
    func open(_ request: CopyRequest, in buffer: CopyBuffer) async throws -> OpenedSource {
        let first = try await begin(request, wanting: buffer.bytes, buffer)
        let held = HeldPiece(first.bytes, at: first.start)
        return try source(request, first) { held.take($0) }
    }

    /// Opens it by asking for its first byte, of which nothing is kept.
    ///
    /// - Parameter buffer: For a source without ranges, which answers with the whole.
    func probe(_ request: CopyRequest, in buffer: CopyBuffer) async throws -> OpenedSource {
        try source(request, try await begin(request, wanting: 1, buffer)) { _ in nil }
    }

    private func source(
        _ request: CopyRequest, _ first: Beginning, held: @escaping @Sendable (Range<Int>) -> [UInt8]?
    ) throws -> OpenedSource {
        let (size, pin) = (first.properties.size, first.pin)
        let part = request.range.map { $0.clipped(to: size) ?? 0..<0 } ?? 0..<size
        // A single answer is of one state.
        let canBeParted = !pin.condition.isEmpty
        guard canBeParted || part.count <= CopyBuffer.most else {
            throw ServiceFailure.copySourceRefused(
                "The copy source has neither an ETag nor a Last-Modified: nothing tells whether its parts are of one state."
            )
        }
        return OpenedSource(properties: first.properties) { range in
            guard canBeParted || range == part else { throw ServiceFailure(.busy) }
            if let bytes = held(range) { return bytes }
            return try await more(range, size: size, pin)
        }
    }

    private func begin(_ request: CopyRequest, wanting count: Int, _ buffer: CopyBuffer) async throws -> Beginning {
        let (start, conditions) = (request.range?.start ?? 0, conditions(request.condition))
        let wanted = start..<start + min(count, (request.range?.end ?? .max) - start)
        var answer = try await send(ByteRange(wanted), conditions, limit: buffer.bytes)
        // An empty source has no bytes to give a range of.
        if answer.status == 416, start == 0 { answer = try await send(nil, conditions, limit: buffer.bytes) }
        var total = answer.body.count
        var first = 0
        switch answer.status {
        case 206:
            guard let found = ContentRange(header: answer.fields["Content-Range"] ?? ""),
                found.bytes.lowerBound == start, found.bytes.count == answer.body.count,
                found.total <= BlobLimits.size
            else { throw Self.malformed }
            (total, first) = (found.total, start)
        case 200: break
        default: throw Self.failure(answer)
        }
        return Beginning(
            properties: try Self.properties(answer, size: total), start: first, bytes: answer.body,
            pin: Pin(answer.fields))
    }

    private func more(_ range: Range<Int>, size: Int, _ pin: Pin) async throws -> [UInt8] {
        var pauses = patience.pauses[...]
        while true {
            do {
                return try await once(range, size: size, pin)
            } catch let error as ServiceFailure where error.status == 500 && !pauses.isEmpty {
                try await Task.sleep(for: pauses.removeFirst())
            }
        }
    }

    private func once(_ range: Range<Int>, size: Int, _ pin: Pin) async throws -> [UInt8] {
        let answer = try await send(
            ByteRange(range), pin.condition, limit: max(range.count, CopyBuffer.least), of: size)
        guard answer.status == 206 || answer.status == 200 else { throw Self.failure(answer) }
        guard Pin(answer.fields) == pin else { throw ServiceFailure.copySource(.conditionNotMet) }
        if answer.status == 200 {
            guard answer.body.count == size else { throw Self.malformed }
            return Array(answer.body[range])
        }
        guard ContentRange(header: answer.fields["Content-Range"] ?? "") == ContentRange(bytes: range, total: size),
            answer.body.count == range.count
        else { throw Self.malformed }
        return answer.body
    }

    // MARK: - One conversation

    /// - Parameters:
    ///   - limit: The most that the answer's body may have, in bytes.
    ///   - size: That of the whole, where it is known.
    private func send(
        _ range: ByteRange?, _ conditions: HTTPFields, limit: Int, of size: Int = 0
    ) async throws -> HTTPResponse {
        var request = HTTPRequest(.get, url, fields: conditions)
        request.fields["x-ms-version"] = ServiceRequest.defaultVersion
        request.fields["Range"] = range?.header
        authorization?.reveal { request.fields["Authorization"] = $0 }
        do {
            return try await inTime { [request] in try await client.send(request, limit: limit) }
        } catch let error as HTTPFailure where error.kind == .bodyTooLarge {
            // There is less room as long as many copies are made.
            guard limit >= CopyBuffer.most || size > CopyBuffer.most else { throw ServiceFailure(.busy) }
            throw ServiceFailure.copySourceRefused(
                "The copy source answers with more than the range it was asked for; only small ones can be read whole.")
        } catch let error as HTTPFailure {
            throw ServiceFailure.copySource(error)
        }
    }

    private func inTime(_ body: @escaping @Sendable () async throws -> HTTPResponse) async throws -> HTTPResponse {
        try await withThrowingTaskGroup(of: HTTPResponse?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: patience.piece)
                return nil
            }
            defer { group.cancelAll() }
            guard case .some(.some(let answer)) = try await group.next() else {
                throw ServiceFailure(500, "CannotVerifyCopySource", "The copy source did not answer in time.")
            }
            return answer
        }
    }

    private func conditions(_ condition: AccessCondition) -> HTTPFields {
        var fields: HTTPFields = [:]
        fields["If-Match"] = condition.ifMatch?.text
        fields["If-None-Match"] = condition.ifNoneMatch?.text
        fields["If-Modified-Since"] = condition.ifModifiedSince.map { HTTPDate.format($0) }
        fields["If-Unmodified-Since"] = condition.ifUnmodifiedSince.map { HTTPDate.format($0) }
        fields["x-ms-lease-id"] = condition.lease?.text
        return fields
    }

    private static func properties(_ answer: HTTPResponse, size: Int) throws(ServiceFailure) -> BlobProperties {
        let fields = answer.fields
        // Beside a range, `Content-MD5` is that of the range.
        let digest = fields["x-ms-blob-content-md5"] ?? (answer.status == 200 ? fields["Content-MD5"] : nil)
        var shown: HTTPFields = [:]
        for (name, value) in [
            ("content-type", fields["Content-Type"]), ("content-encoding", fields["Content-Encoding"]),
            ("content-language", fields["Content-Language"]), ("content-disposition", fields["Content-Disposition"]),
            ("cache-control", fields["Cache-Control"]), ("content-md5", digest),
        ] { shown["x-ms-blob-" + name] = value }
        for field in fields.all where field.name.lowercased().hasPrefix("x-ms-meta-") { shown.append(field) }
        let kind = fields["x-ms-blob-type"].map { BlobKind(rawValue: $0) } ?? .block
        guard let kind else { throw .copySource(.wrongBlobKind) }
        return BlobProperties(
            size: size, tag: ETag(fields["ETag"] ?? ""), lastModified: Date(timeIntervalSince1970: 0),
            created: Date(timeIntervalSince1970: 0), attributes: try BlobAttributes(shown, usesBodyFields: false),
            service: ServiceState(kind: kind))
    }

    private static func failure(_ answer: HTTPResponse) -> any Error {
        let code = answer.fields["x-ms-error-code"] ?? ""
        if answer.status == 412 || answer.status == 304 {
            return CopySourceError(BlobStoreError(.conditionNotMet, subject: "the copy source"))
        }
        // A redirection is not followed: it could lead to where the client's URL must not.
        return ServiceFailure.copySource(answer.status, code)
    }

    private static let malformed = ServiceFailure.copySource(.corrupt)
}

extension HTTPFields {
    fileprivate var isEmpty: Bool { all.isEmpty }
}

extension AccessCondition.Tag {
    fileprivate var text: String {
        switch self {
        case .any: "*"
        case .tag(let tag): tag.text
        }
    }
}
