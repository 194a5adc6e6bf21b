import BlobStorage
import HTTPMessages
import MarkupXML

@testable import HTTPListener

extension FuzzTarget {
    func checkRequests(_ input: [UInt8]) async throws {
        let scripts = ScriptedRequest.all(of: input)
        guard !scripts.isEmpty else { return }
        let server = try await FuzzedServer(Array("the content of a blob that is there".utf8))
        for script in scripts { try await check(script, server) }
    }

    private func check(_ script: ScriptedRequest, _ server: FuzzedServer) async throws {
        // The listener itself answers what it refuses.
        guard case .success(let length) = script.head.judge(limit: FuzzedServer.largestHead, target: script.target)
        else { return }
        let plain = FuzzedServer.request(script.method, script.target, script.head.fields, length: length)
        let signed: FuzzedServer.Signed? =
            switch script.credential {
            case .key: server.signed(plain)
            case .keyLite: server.signed(plain, lite: true)
            case .token: server.tokened(plain)
            case .none: nil
            }
        let request = signed?.request ?? plain
        let reply = await server.answer(request, body: script.body)
        try AnswerPromises(reply, to: request).check()
        let code = reply.fields["x-ms-error-code"] ?? ""
        guard let signed else {
            try promise(reply.status >= 400, "a request without a credential is answered \(reply.status)")
            return
        }
        if script.credential != .token {
            let isLetIn = !["AuthenticationFailed", "InvalidAuthenticationInfo"].contains(code)
            try promise(isLetIn, "a request signed by the rules is refused: \(code)")
        }
        try promise(!server.log.contains(signed.signature), "a signature is in the log: \(server.log)")
    }
}

/// What holds for every answer.
struct AnswerPromises {
    private let reply: Reply
    private let request: ListenerRequest

    init(_ reply: Reply, to request: ListenerRequest) {
        (self.reply, self.request) = (reply, request)
    }

    func check() throws {
        try checkFields()
        let code = reply.fields["x-ms-error-code"]
        try promise((200..<600).contains(reply.status), "the status is \(reply.status)")
        try promise((reply.status >= 300) == (code?.isEmpty == false), "\(reply.status) has the code \(code ?? "none")")
        try promise(reply.status != 500, "a request makes the server fail: \(code ?? "")")
        if request.method == "HEAD" { try promise(bytes?.isEmpty ?? true, "HEAD is answered with a body") }
        try checkDocument()
        try checkContentRange()
    }

    private var bytes: [UInt8]? { if case .bytes(let bytes) = reply.body { bytes } else { nil } }

    /// The library sends no answer at all that has a field it cannot send.
    private func checkFields() throws {
        for field in reply.fields.all {
            let isToken = !field.name.isEmpty && field.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 58 }
            try promise(isToken, "the answer has a field \(field.name)")
            try promise(field.value.isFieldValue, "no header can carry \(field.name): \(field.value.debugDescription)")
        }
        for name in ["x-ms-request-id", "x-ms-version", "Server"] {
            try promise(reply.fields.values(of: name).count == 1, "the answer needs one \(name)")
        }
    }

    /// Only the answers that hold a blob's bytes have `Accept-Ranges`.
    private func checkDocument() throws {
        guard let bytes, !bytes.isEmpty, reply.fields["Accept-Ranges"] == nil,
            reply.fields["Content-Type"] == "application/xml"
        else { return }
        do throws(XMLFailure) {
            _ = try XMLReader.read(bytes)
        } catch {
            throw BrokenPromise(
                description: "an answer is no XML: \(error.summary): \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    private func checkContentRange() throws {
        guard reply.status == 206 else { return }
        let range = reply.fields["Content-Range"].flatMap { ContentRange(header: $0) }
        guard let range else { throw BrokenPromise(description: "206 has no Content-Range") }
        try promise(bytes?.count == range.bytes.count, "\(range.header) comes with \(bytes?.count ?? 0) bytes")
    }
}
