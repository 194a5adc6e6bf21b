public import Diagnostics

/// What goes wrong between a listener and its clients.
public struct ListenerError: ExplainedError {
    public enum Kind: String, Sendable {
        case addressNotFound = "listener.address-not-found"
        case cannotListen = "listener.cannot-listen"
        /// The library refused to start; its own words are in the subject.
        case cannotStart = "listener.cannot-start"
        case badCertificate = "listener.bad-certificate"
        case badKey = "listener.bad-key"
        /// The certificate and the key are not a pair, or one of them is damaged.
        case identityRefused = "listener.identity-refused"
        /// The client went away, or was too slow, in the middle of a request or of its answer.
        case clientGone = "listener.client-gone"
        /// The answer's body is longer than its `Content-Length`.
        case answerTooLong = "listener.answer-too-long"
        /// A file of which a part was to be sent has fewer bytes than that.
        case fileTooShort = "listener.file-too-short"
    }

    public let kind: Kind
    /// The address, or the library's words.
    public let subject: String
    public let cause: (any Error)?

    public init(_ kind: Kind, subject: String = "", cause: (any Error)? = nil) {
        self.kind = kind
        self.subject = subject
        self.cause = cause
    }

    public var code: String { kind.rawValue }

    public var summary: String {
        switch kind {
        case .addressNotFound: "the address \(subject) to listen on could not be resolved"
        case .cannotListen: "nothing can listen on \(subject)"
        case .cannotStart: "the HTTP server did not start\(subject.isEmpty ? "" : ": \(subject)")"
        case .badCertificate: "the certificate of the server is not in PEM form"
        case .badKey: "the key of the server is not an unencrypted private key in PEM form"
        case .identityRefused: "the certificate and the key of the server do not belong together, or one is damaged"
        case .clientGone: "the client went away in the middle"
        case .answerTooLong: "an answer is longer than it said it would be"
        case .fileTooShort: "a file is shorter than the part of it that was to be sent, or cannot be read"
        }
    }

    public var exitCode: ExitCode {
        switch kind {
        case .badCertificate, .badKey, .identityRefused: .wrongUsage
        case .fileTooShort: .integrity
        default: .failed
        }
    }

    public var remedy: String? {
        switch kind {
        case .addressNotFound: "Give an IP address of this machine, or a name that resolves to one."
        case .cannotListen: "Check that no other program listens there, or choose another port."
        case .badCertificate: "Give a file that begins with `-----BEGIN CERTIFICATE-----`."
        case .badKey: "Take the passphrase off with `openssl pkey -in KEY -out PLAIN`; the file is for its owner only."
        case .identityRefused:
            "Compare `openssl x509 -noout -pubkey -in CERTIFICATE` with `openssl pkey -pubout -in KEY`."
        case .cannotStart, .clientGone, .answerTooLong, .fileTooShort: nil
        }
    }
}
