import CryptoDigests
import FoundationEssentials
import HTTPMessages

@testable import AzureIdentity

extension FuzzTarget {
    /// Lines: query, operation, container, blob, snapshot, address of the client, `Authorization`, then start, expiry
    /// and permissions of a stored policy.
    func checkTokens(_ input: [UInt8]) throws {
        let lines = input.split(separator: 10, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        func line(_ index: Int) -> String { index < lines.count ? lines[index] : "" }
        let key = try SharedKey(account: "fuzz", base64Key: "bm9ib2R5IGd1ZXNzZXMgdGhpcw==")
        let operation = BlobOperation(rawValue: line(1)) ?? .getBlob
        let request = SASRequest(
            operation, account: "fuzz", container: line(2).isEmpty ? nil : line(2),
            blob: line(3).isEmpty ? nil : line(3), snapshot: line(4), scheme: .https,
            clientAddress: line(5).isEmpty ? nil : line(5), now: FuzzedServer.now)
        let policy = StoredAccessPolicy(start: line(7), expiry: line(8), permissions: line(9))
        for time in [policy.start, policy.expiry, line(4)] { try Self.checkTime(time) }
        try Self.checkUnsigned(line(0), request, key)
        if let query = HTTPQuery(encoded: line(0)), let fields = try? SASFields(query) {
            try Self.checkSigned(fields, request, key, policy)
        }
        try Self.checkHeader(line(6), target: "/fuzz/\(line(2))/\(line(3))?\(line(0))", key)
    }

    /// Nobody can make a token without the key.
    private static func checkUnsigned(_ text: String, _ request: SASRequest, _ key: SharedKey) throws {
        guard let token = try? SASToken(text) else { return }
        let again = token.reveal { try? SASToken($0.encoded) }
        try promise(again?.fields == token.fields, "a token does not read back: \(token.fields)")
        guard case .refused = token.decide(request, keys: [key], policy: { _ in nil }) else {
            throw BrokenPromise(description: "a token that nobody signed is let in")
        }
    }

    private static func checkSigned(
        _ fields: SASFields, _ request: SASRequest, _ key: SharedKey, _ policy: StoredAccessPolicy
    ) throws {
        let isMoment = ["bs", "bv"].contains(fields["sr"])
        let token =
            fields.form == .account
            ? SASToken.signing(fields, forAccountOf: key)
            : SASToken.signing(
                fields,
                for: SASResource(
                    account: "fuzz", container: request.container ?? "",
                    blob: fields["sr"] == "c" ? nil : request.blob, snapshot: isMoment ? request.snapshot : ""),
                with: key)
        guard let token else { return }
        switch token.decide(request, keys: [key], policy: { _ in policy }) {
        case .refused(let refusal):
            try promise(!refusal.detail.hasPrefix("Signature did not match"), "a good signature is refused")
        case .allowed, .allowedForNewBlob: try checkAllowed(fields, request, policy)
        }
        let other = try SharedKey(account: "fuzz", base64Key: "YW5vdGhlcg==")
        guard case .refused = token.decide(request, keys: [other], policy: { _ in policy }) else {
            throw BrokenPromise(description: "a token of another key is let in")
        }
    }

    /// What is let in is let in by time, address and permissions.
    private static func checkAllowed(_ fields: SASFields, _ request: SASRequest, _ policy: StoredAccessPolicy) throws {
        let stored = fields["si"].isEmpty ? StoredAccessPolicy() : policy
        let (start, expiry) = (fields["st"] + stored.start, fields["se"] + stored.expiry)
        for time in [start, expiry] { try checkTime(time) }
        let isInTime =
            SASTime.parse(expiry).map { request.now < $0 } == true
            && (start.isEmpty || SASTime.parse(start).map { $0 <= request.now } == true)
        try promise(isInTime, "a token from \(start) to \(expiry) is let in")
        if !fields["sip"].isEmpty {
            let isThere = request.clientAddress.map { AddressRange(fields["sip"])?.contains($0) == true } == true
            try promise(isThere, "\(fields["sip"]) lets \(request.clientAddress ?? "nobody") in")
        }
        let needed = request.operation.requirement
        let letters = fields.form == .account ? needed.account : needed.service
        let granted = (fields["sp"] + stored.permissions).utf8
        try promise(
            needed.allowsAny || letters.utf8.contains { granted.contains($0) },
            "\(fields["sp"]) lets \(request.operation) in")
    }

    /// A time that is taken is the day that was written.
    private static func checkTime(_ text: String) throws {
        guard let time = SASTime.parse(text) else { return }
        let printed = time.formatted(Date.ISO8601FormatStyle())
        try promise(printed.hasPrefix(text.prefix(10)), "\(text) is taken for \(printed)")
    }

    private static func checkHeader(_ header: String, target: String, _ key: SharedKey) throws {
        let fields: HTTPFields = ["x-ms-date": HTTPDate.format(FuzzedServer.now), "x-ms-client-request-id": header]
        let text = SignedText(method: .get, target: target, fields: fields, contentLength: nil, account: "fuzz")
        if let found = SharedKeyAuthorization(header: header) {
            try promise(
                found.refusal(of: text, keys: [key], now: FuzzedServer.now) != nil,
                "a request that nobody signed is let in")
        }
        for signed in [text.sharedKey(), text.sharedKeyLite()] {
            let scheme = signed == text.sharedKey() ? "SharedKey" : "SharedKeyLite"
            let good = SharedKeyAuthorization(header: "\(scheme) fuzz:\(Base64.encode(key.signature(of: signed)))")
            guard let good else { throw BrokenPromise(description: "a good header is not read") }
            try promise(
                good.refusal(of: text, keys: [key], now: FuzzedServer.now) == nil, "a good signature is refused")
            let other = SignedText(method: .put, target: target, fields: fields, contentLength: nil, account: "fuzz")
            try promise(
                good.refusal(of: other, keys: [key], now: FuzzedServer.now) != nil,
                "a signature counts for another method")
        }
    }
}
