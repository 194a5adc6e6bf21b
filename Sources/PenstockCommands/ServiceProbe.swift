import AzureIdentity
import BlobStorage
import CommandLineKit
import Diagnostics
import FoundationEssentials
import HTTPMessages
import HTTPTransport

/// Whether a blob service answers, and what its clock says; asked without a credential.
struct ServiceProbe {
    let endpoint: HTTPURL
    let session: Session
    let page: LocationPage

    /// Signatures and tokens of a clock that is further off are refused, in seconds.
    private static let mostSkew = 15.0 * 60
    /// What is worth mending before it grows, in seconds.
    private static let notableSkew = 60.0

    /// - Returns: False where it makes no sense to go on.
    func run() async throws -> Bool {
        var url = endpoint
        url.path += "/"
        url.query = "comp=list&maxresults=1"
        let client = CurlClient(width: 1, settings: session.transportSettings(isNear: false))
        let before = session.world.now()
        let answer: HTTPResponse
        do {
            answer = try await client.send(HTTPRequest(.get, url, fields: ["x-ms-version": "2021-12-02"]))
        } catch let failure as HTTPFailure {
            try page.show(ProbeFinding(.reach, failure))
            return false
        }
        let after = session.world.now()
        try page.show(reached(answer, in: after.timeIntervalSince(before)))
        if let date = answer.fields["Date"].flatMap(HTTPDate.parse) {
            try page.show(Self.clock(theirs: date, before: before, after: after))
        }
        return true
    }

    private func reached(_ answer: HTTPResponse, in time: TimeInterval) -> ProbeFinding {
        let what = "\(endpoint.authority) answers in \(Int((time * 1000).rounded(.up))) ms"
        // Every answer of the service has one of these.
        guard answer.fields["x-ms-request-id"] != nil || answer.fields["x-ms-version"] != nil else {
            return ProbeFinding(
                .reach, .warning, "\(what), but not as a blob service does (status \(answer.status))",
                remedy: "Check the location, and whether a proxy or a portal stands in between.")
        }
        guard endpoint.scheme == .http else { return ProbeFinding(.reach, .ok, "\(what), over TLS") }
        guard !endpoint.isLoopback else { return ProbeFinding(.reach, .ok, "\(what), without TLS on this machine") }
        return ProbeFinding(
            .reach, .warning, "\(what), without TLS: everybody on the way can read what is sent",
            remedy: "Use the `https` URL of the service.")
    }

    /// Their time has whole seconds, and was said at some moment between ours.
    static func clock(theirs: Date, before: Date, after: Date) -> ProbeFinding {
        let (late, early) = (theirs.timeIntervalSince(after), before.timeIntervalSince(theirs) - 1)
        let skew = max(late, early, 0)
        guard skew >= notableSkew else { return ProbeFinding(.clock, .ok, "this machine's clock agrees") }
        let found = "this machine's clock is \(Int(skew)) s \(late > 0 ? "behind" : "ahead of") the service's"
        return skew >= mostSkew
            ? ProbeFinding(
                .clock, .error, found + ", and signatures are refused",
                remedy: "Set the clock, and let it follow a time server: `timedatectl set-ntp true`.")
            : ProbeFinding(
                .clock, .warning, found, remedy: "Let the clock follow a time server: `timedatectl set-ntp true`.")
    }
}

extension Session {
    /// Shows what is known of a credential before it is used.
    ///
    /// - Returns: Whether a blob that is written can be removed again; `nil` where the credential is of no use.
    func authenticate(_ found: FoundCredential, for page: LocationPage) async throws -> Bool? {
        do {
            try await requireUse(of: found)
        } catch let error as any ExplainedError {
            try page.show(ProbeFinding(.authentication, error))
            return nil
        }
        let source = found.report.source.map { ", from \($0.rawValue)" } ?? ""
        guard case .sas(let token) = found.credential else {
            let who = found.identity.map { " of a \($0.chain.name)" } ?? ""
            try page.show(ProbeFinding(.authentication, .ok, "\(found.credential.name)\(who)\(source)"))
            return true
        }
        let outlook = SignatureOutlook(
            token.fields, now: world.now(), writes: !arguments[CheckLocationCommand.readOnly])
        let findings = outlook.findings(source: source)
        for finding in findings { try page.show(finding) }
        return findings.contains { $0.severity == .error } ? nil : outlook.canDelete
    }
}
