/// A number with which Entra ID refuses, as in `AADSTS7000215`.
///
/// Source: <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
public struct SignInCode: Sendable, Hashable, CustomStringConvertible {
    public let number: Int

    public init(_ number: Int) { self.number = number }

    /// The first number in a text of the authority's.
    public init?(in text: String) {
        guard let mark = text.firstRange(of: "AADSTS") else { return nil }
        let digits = text[mark.upperBound...].prefix { $0.isASCII && $0.isNumber }
        guard (1...9).contains(digits.count), let number = Int(digits) else { return nil }
        self.number = number
    }

    public var description: String { "AADSTS\(number)" }

    /// What it means: one clause; `nil` for one that is not known here.
    public var meaning: String? { Self.known[number]?.meaning }
    public var remedy: String? { Self.known[number]?.remedy }

    private static let known: [Int: (meaning: String, remedy: String)] = [
        700016: (
            "the tenant has no such application",
            "Check `AZURE_CLIENT_ID` (the application's id, not its object id) and that `AZURE_TENANT_ID` is its tenant."
        ),
        7_000_215: (
            "the client secret is wrong",
            "Set `AZURE_CLIENT_SECRET` to the secret's value, not its id, or make a new one with "
                + "`az ad app credential reset`."
        ),
        7_000_222: (
            "the client secret has expired",
            "Make a new one with `az ad app credential reset`, or use a certificate or workload identity."
        ),
        7_000_112: ("the application is disabled", "Let an administrator enable the application in its tenant."),
        7_000_229: (
            "the application has no service principal in the tenant",
            "Make one with `az ad sp create --id CLIENT-ID` in that tenant."
        ),
        90002: ("there is no such tenant", "Check `AZURE_TENANT_ID`, and `--cloud` if it is in another cloud."),
        900_023: (
            "the tenant is neither an id nor a domain",
            "Set `AZURE_TENANT_ID` to the tenant's id, as `az account show` has it."
        ),
        70021: (
            "the application trusts no such federated token",
            "Compare issuer, subject and audience of the federated credential with those of the token."
        ),
        700_211: (
            "the application trusts no issuer like the federated token's",
            "Compare the issuer of the federated credential with that of the token."
        ),
        700_212: (
            "the application trusts no audience like the federated token's",
            "Let the token be made for the audience of the federated credential, `api://AzureADTokenExchange`."
        ),
        700_213: (
            "the application trusts no subject like the federated token's",
            "Compare the subject of the federated credential with that of the token, such as the service account's."
        ),
        700_024: (
            "the assertion is not in its time",
            "Set this machine's clock; or see why the federated token was not renewed."
        ),
        700_027: (
            "the certificate is not registered with the application",
            "Register it with `az ad app credential reset --cert`, or point `AZURE_CLIENT_CERTIFICATE_PATH` at the one that is."
        ),
        1_000_502: ("the certificate has expired", "Make a new certificate and register it with the application."),
        50034: ("the tenant has no such account", "Check the name and the tenant, and sign in again."),
        500_011: (
            "the tenant does not know the service that the token is for",
            "Check `--cloud` and the endpoints: a token is asked for by the service's address."
        ),
        53003: (
            "conditional access forbids it",
            "Let an administrator look at the policies for this identity, for example which networks it may come from."
        ),
        50076: ("a second factor is asked for", "Sign in again with `az login`, or use an identity for machines."),
        50079: (
            "a second factor is to be registered", "Sign in again with `az login`, or use an identity for machines."
        ),
        50173: ("what was signed in with was revoked", "Sign in again with `az login`."),
        70043: ("the sign-in has expired", "Sign in again with `az login`."),
        700_082: ("the sign-in has expired, because it was not used", "Sign in again with `az login`."),
    ]
}
