import AzureIdentity
import BlobStorage
import HTTPListener
import HTTPMessages
import MarkupXML

@testable import BlobServer

extension FuzzTarget {
    /// The first line is a method, a target and, if it is there, a host, with single spaces between them.
    func checkTarget(_ input: [UInt8]) throws {
        let line = input.prefix { $0 != 10 && $0 != 13 && $0 != 0 }
        let words = line.split(separator: 32, maxSplits: 2).map { String(decoding: $0, as: UTF8.self) }
        guard words.count >= 2 else { return }
        let host = words.count > 2 ? words[2] : "127.0.0.1:10000"
        try Self.checkLog(words[1])
        try Self.checkURL("http://\(host)\(words[1])")
        try Self.checkCoding(words[1])
        let head = FuzzedServer.request(words[0], words[1], ["Host": host])
        guard let request = try? ServiceRequest(head) else { return }
        try Self.check(request)
        try Self.checkListing(request.query)
    }

    private static func check(_ request: ServiceRequest) throws {
        let target = request.head.target
        let query = Array(target.utf8).firstIndex(of: 63).map { Array(Array(target.utf8)[($0 + 1)...]) } ?? []
        try promise(
            HTTPQuery(encoded: String(decoding: query, as: UTF8.self)) == request.query,
            "what follows the question mark is not the query: \(target.debugDescription)")
        try promise(
            HTTPQuery(encoded: request.query.encoded) == request.query, "a query does not read back: \(request.query)")
        _ = try? request.version()
        _ = try? ServiceOperation(request)
        if let container = try? request.containerName() {
            try promise(try ContainerName(container.text) == container, "\(container) does not read back")
            try promise(container.text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "\(container) is a container")
        }
        guard let blob = try? request.blobName(), case .blob(let container, let name) = request.resource else { return }
        try promise(XMLWriterProbe.reads(name: blob.text), "a listing cannot carry \(blob.text.debugDescription)")
        let encoded = "/fuzz/\(PercentCoding.encode(container))/\(PercentCoding.encodePath(name))"
        guard !container.isEmpty else { return }
        let again = try? ServiceRequest(FuzzedServer.request("GET", encoded, [:]))
        guard case .blob(let box, let same) = again?.resource else {
            throw BrokenPromise(description: "\(encoded) is no blob")
        }
        try promise(box.isSame(as: container) && same.isSame(as: name), "\(encoded) is another blob than \(target)")
    }

    /// Whatever stands behind an unescaped `sig=` in the query is a secret.
    private static func checkLog(_ target: String) throws {
        let shown = AccessLogEntry.redacted(target)
        let bytes = Array(target.utf8)
        guard let mark = bytes.firstIndex(of: 63) else { return }
        for pair in bytes[(mark + 1)...].split(separator: 38) where pair.starts(with: "sig=".utf8) && pair.count > 12 {
            let secret = String(decoding: pair.dropFirst(4), as: UTF8.self)
            let isElsewhere = target.ranges(of: secret).count > 1
            try promise(isElsewhere || !shown.contains(secret), "the log shows \(shown.debugDescription)")
        }
    }

    private static func checkURL(_ text: String) throws {
        guard let url = HTTPURL(text) else { return }
        let again = HTTPURL("\(url.scheme)://\(url.authority)\(url.target)")
        try promise(
            again?.target == url.target && again?.host == url.host && again?.port == url.port, "\(text) changes")
        _ = try? AccountAddress(endpoint: url)
        _ = url.isLoopback
    }

    private static func checkCoding(_ text: String) throws {
        for plusIsSpace in [false, true] {
            guard let decoded = PercentCoding.decode(text, plusIsSpace: plusIsSpace) else { continue }
            let again = PercentCoding.decode(PercentCoding.encode(decoded), plusIsSpace: plusIsSpace)
            try promise(again?.isSame(as: decoded) == true, "\(decoded.debugDescription) does not read back")
        }
    }

    private static func checkListing(_ query: HTTPQuery) throws {
        guard let listing = try? ListingQuery(query, allowed: ["metadata", "tags"]) else { return }
        try promise((1...5000).contains(listing.limit), "a page holds \(listing.limit)")
        let marker = ListingQuery.opaque(listing.marker)
        var again = HTTPQuery()
        again.append("marker", marker)
        let read = try? ListingQuery(again, allowed: [])
        try promise(read?.marker == listing.marker, "a marker does not read back: \(marker)")
        var writer = XMLWriter()
        writer.element("EnumerationResults") { listing.writeEcho(to: &$0) }
        try promise((try? XMLReader.read(writer.bytesWithMark)) != nil, "a listing is no XML: \(writer.text)")
    }
}

/// How listings carry names.
enum XMLWriterProbe {
    static func reads(name: String) -> Bool {
        var writer = XMLWriter()
        writer.element("Blob") { $0.writeName("Name", name) }
        guard let element = try? XMLReader.read(writer.bytesWithMark)["Name"] else { return false }
        let isEncoded = element.attributes["Encoded"] == "true"
        let read = isEncoded ? PercentCoding.decode(element.text) : element.text
        return read?.isSame(as: name) == true
    }
}
