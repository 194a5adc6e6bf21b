import BlobStorage
import HTTPListener
import HTTPMessages

extension FuzzTarget {
    /// Two bytes are the size of the blob, the next one says which fields carry the range, and the rest is its text.
    func checkRange(_ input: [UInt8]) async throws {
        guard input.count >= 3, let text = String(validating: input.dropFirst(3), as: UTF8.self) else { return }
        let size = (Int(input[0]) << 8 | Int(input[1])) & 0xFFF
        try Self.checkText(text, size: size)
        guard text.isFieldValue else { return }
        var fields: HTTPFields = ["Host": "127.0.0.1:10000"]
        fields[input[2] & 1 == 0 ? "Range" : "x-ms-range"] = text
        if input[2] & 2 != 0 { fields["x-ms-range-get-content-md5"] = "true" }
        if input[2] & 4 != 0 { fields["x-ms-range-get-content-crc64"] = "true" }
        try await Self.checkAnswer(fields, size: size)
    }

    private static func checkText(_ text: String, size: Int) throws {
        if let range = ByteRange(header: text) {
            try promise(range.start >= 0 && range.end.map { $0 > range.start } ?? true, "\(text) is read as \(range)")
            try promise(ByteRange(header: range.header) == range, "\(range.header) does not read back")
            if let bytes = range.clipped(to: size) {
                let isInside = bytes.lowerBound == range.start && !bytes.isEmpty && bytes.upperBound <= size
                try promise(isInside, "\(text) of \(size) bytes is \(bytes)")
                let whole = ContentRange(bytes: bytes, total: size)
                try promise(ContentRange(header: whole.header) == whole, "\(whole.header) does not read back")
            } else {
                try promise(range.start >= size, "\(text) of \(size) bytes is nothing")
            }
        }
        if let range = ContentRange(header: text) {
            try promise(range.bytes.upperBound <= range.total, "\(text) goes beyond its total")
            try promise(ContentRange(header: range.header) == range, "\(range.header) does not read back")
        }
    }

    private static func checkAnswer(_ fields: HTTPFields, size: Int) async throws {
        let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let server = try await FuzzedServer(content)
        guard let signed = server.signed(FuzzedServer.request("GET", "/fuzz/box/a", fields)) else { return }
        let reply = await server.answer(signed.request)
        try AnswerPromises(reply, to: signed.request).check()
        let range = (fields["x-ms-range"] ?? fields["Range"]).flatMap { ByteRange(header: $0) }
        guard let range else {
            try promise(reply.status == 400, "a range that is none is answered \(reply.status)")
            return
        }
        guard reply.status != 400 else {
            let wantsDigest = fields.all.contains { $0.value == "true" }
            try promise(wantsDigest, "\(range.header) is answered 400")
            return
        }
        guard let bytes = range.clipped(to: size) else {
            try promise(reply.status == 416, "\(range.header) of \(size) bytes is answered \(reply.status)")
            return
        }
        guard reply.status == 206, case .bytes(let got) = reply.body else {
            throw BrokenPromise(description: "\(range.header) of \(size) bytes is answered \(reply.status)")
        }
        try promise(got == Array(content[bytes]), "\(range.header) of \(size) bytes gives others")
    }
}
