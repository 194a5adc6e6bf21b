import AzureIdentity
import CryptoDigests
import HTTPListener
import HTTPMessages

@testable import BlobServer

extension FuzzedServer {
    /// A request with a credential that is right for it.
    struct Signed {
        var request: ListenerRequest
        /// What nobody else may see.
        var signature: String
    }

    /// The request signed with the key of its account; `nil` for one that cannot be.
    func signed(_ request: ListenerRequest, lite: Bool = false) -> Signed? {
        guard let method = HTTPMethod(rawValue: request.method), let read = try? ServiceRequest(request),
            read.account == Self.account, !SASToken.isPresent(in: read.query)
        else { return nil }
        var fields = request.fields
        for name in ["Authorization", "Date", "x-ms-date"] { fields[name] = nil }
        fields["x-ms-date"] = HTTPDate.format(Self.now)
        let length: Int? = if case .known(let count) = request.length { count } else { nil }
        let text = SignedText(
            method: method, target: request.target, fields: fields, contentLength: length, account: Self.account)
        let signature = Base64.encode(key.signature(of: lite ? text.sharedKeyLite() : text.sharedKey()))
        fields["Authorization"] = "SharedKey\(lite ? "Lite" : "") \(Self.account):\(signature)"
        return Signed(
            request: Self.request(request.method, request.target, fields, length: request.length),
            signature: signature)
    }

    /// The request with the signature that belongs to the fields of a token in its query.
    func tokened(_ request: ListenerRequest) -> Signed? {
        guard let read = try? ServiceRequest(request), !SASToken.isPresent(in: read.query),
            let fields = try? SASFields(read.query), let text = stringToSign(fields, read)
        else { return nil }
        let signature = PercentCoding.encode(Base64.encode(key.signature(of: text)))
        let mark = request.target.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        var others = request.fields
        others["Authorization"] = nil
        let target = "\(request.target)\(mark)sig=\(signature)"
        return Signed(
            request: Self.request(request.method, target, others, length: request.length), signature: signature)
    }

    private func stringToSign(_ fields: SASFields, _ request: ServiceRequest) -> String? {
        guard fields.form == .service else { return fields.stringToSign(forAccount: Self.account) }
        var (container, blob): (String, String?) = ("", nil)
        switch request.resource {
        case .account: break
        case .container(let name): container = name
        case .blob(let box, let name): (container, blob) = (box, name)
        }
        let isMoment = ["bs", "bv"].contains(fields["sr"])
        let moment = request.query.value("snapshot") ?? request.query.value("versionid") ?? ""
        return fields.stringToSign(
            for: SASResource(
                account: Self.account, container: container, blob: fields["sr"] == "c" ? nil : blob,
                snapshot: isMoment ? moment : ""))
    }
}
