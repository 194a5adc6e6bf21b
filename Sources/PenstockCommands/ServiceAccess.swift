import AzureBlobs
import AzureIdentity
import BlobStorage
import CommandLineKit
import Diagnostics
import HTTPTransport

extension Session {
    /// The account that a credential leads to, over HTTP, with retries.
    ///
    /// - Parameter longest: The longest that is tried again, whatever the command line allows.
    func restAccount(_ found: FoundCredential, longest: Duration? = nil) -> any BlobAccount {
        let connection = connection(to: found, width: budget.concurrency)
        return RetryingAccount(GatedAccount(RESTAccount(connection), gate: gate), policy: retryPolicy(longest: longest))
    }

    /// How what fails for a passing reason is tried again; one for each service.
    func retryPolicy(longest: Duration? = nil) -> RetryPolicy {
        let allowed = arguments[GlobalOptions.retryFor]
        let schedule = RetrySchedule(total: min(allowed, longest ?? allowed))
        return RetryPolicy(schedule, clock: ContinuousClock(), log: retryLog) { .random(in: 0..<1) }
    }

    /// The account that a credential leads to, over HTTP, without retries.
    ///
    /// - Parameter width: Requests at once.
    func connection(to found: FoundCredential, width: Int) -> ServiceConnection {
        ServiceConnection(
            endpoint: found.endpoint, credential: found.credential,
            client: CurlClient(width: width, settings: transportSettings(isNear: false)), now: world.now,
            random: { .random(in: .min ... .max) })
    }

    /// How requests are sent.
    ///
    /// - Parameter isNear: True for what answers on this machine or its host: at once, and without a proxy.
    func transportSettings(isNear: Bool) -> TransportSettings {
        TransportSettings(
            connectTimeout: isNear ? IdentityServices.probeTimeout : .seconds(30),
            stallTimeout: .seconds(isNear ? 10 : 30),
            certificateAuthorities: arguments[GlobalOptions.certificateAuthorities],
            proxies: isNear ? ProxySettings() : ProxySettings(environment: world.environment),
            userAgent: "penstock/\(VersionCommand.version)")
    }

    /// Counts the retries of a transfer beside telling of them.
    private var retryLog: Log {
        let (log, meter) = (reporter.log, meter)
        return Log { entry in
            meter.addRetry()
            log.pass(entry)
        }
    }
}
