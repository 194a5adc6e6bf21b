import CommandLineKit
import CryptoDigests
import Diagnostics
import FoundationEssentials
import HTTPListener
import SystemCalls

/// What `penstock serve` proves itself by.
enum ServeIdentity {
    private static let day = 24 * 3600
    /// How long a certificate of ours is good, in seconds.
    private static let validity = 365 * day

    /// - Parameter names: Hosts beside the usual ones that a certificate of ours is for.
    static func identity(
        _ arguments: ParsedArguments, _ world: World, _ reporter: Reporter, names: [String] = []
    ) throws -> TLSIdentity? {
        if arguments[ServeCommand.selfSigned], let data = arguments[ServeCommand.data] {
            return try selfSigned(in: data, arguments, world, reporter, names: names)
        }
        guard let certificate = arguments[ServeCommand.certificate], let key = arguments[ServeCommand.tlsKey] else {
            return nil
        }
        return try read(certificate, key, arguments)
    }

    private static func read(_ certificate: String, _ key: String, _ arguments: ParsedArguments) throws -> TLSIdentity {
        try ServeCommand.refuseShared(key, arguments)
        return try TLSIdentity(
            certificate: Files.contents(of: certificate), key: Secret(Files.contents(of: key, limit: 64 << 10)))
    }

    /// The pair in the directory, made anew if it is missing, or not good for this host until tomorrow.
    private static func selfSigned(
        in directory: String, _ arguments: ParsedArguments, _ world: World, _ reporter: Reporter, names: [String]
    ) throws -> TLSIdentity {
        let (certificate, key) = (directory + "/tls-certificate.pem", directory + "/tls-key.pem")
        let hosts = try hosts(arguments, world) + names
        let now = Int(world.now().timeIntervalSince1970)
        let isKept =
            Files.exists(key)
            && (try? Files.contents(of: certificate)).map {
                SelfSignedCertificate.isGood($0, for: hosts, from: now, until: now + day)
            } ?? false
        if !isKept {
            // Good from yesterday on, for clients whose clocks are late.
            let made = try SelfSignedCertificate.make(hosts: hosts, from: now - day, until: now + validity)
            try Files.makeDirectories(directory) { path throws(SystemError) in
                try Files.openDirectory(path + "/..").synchronize()
            }
            // Both or none: an old certificate beside a new key would keep the server from starting.
            if Files.exists(certificate) { try Files.remove(certificate) }
            try made.key.reveal { try Files.replace(key, with: $0) }
            try Files.replace(certificate, with: made.certificate)
        }
        reporter.say("\(isKept ? "using" : "made") a self-signed certificate; clients need --ca-file \(certificate)")
        return try read(certificate, key, arguments)
    }

    /// The names under which the server may be reached.
    private static func hosts(_ arguments: ParsedArguments, _ world: World) throws -> [String] {
        let host = arguments[ServeCommand.host]
        let own = ["0.0.0.0", "::"].contains(host) ? world.hostName : host
        // What stands here goes into the certificate between commas.
        let isPlain = own.utf8.allSatisfy { byte in
            (48...58).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-._".utf8.contains(byte)
        }
        guard isPlain, !own.isEmpty else { throw arguments.refusal("\(own) cannot stand in a certificate") }
        let common = ["localhost", "127.0.0.1", "::1"]
        return common.contains(own) ? common : [own] + common
    }
}
