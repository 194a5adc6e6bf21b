import BlobServer
import CommandLineKit
import CryptoDigests
import Diagnostics
import HTTPMessages
import SystemCalls

/// `penstock serve account`: the accounts of the embedded server, in a file.
enum AccountCommands {
    static let accounts = Option(
        required: "accounts", .file(), help: "the file of the accounts and their keys, readable by its owner only")
    private static let name = Argument(
        "NAME", .text("NAME"), help: "the account's name: 3 to 24 lower-case letters and digits")
    private static let key = Option(
        required: "key", .word("WHICH", among: AccountList.KeyNumber.allCases.map { String($0.rawValue) }),
        help: "which of the account's two keys")
    private static let endpoint = Option(
        "endpoint", .text("URL"),
        help:
            "where the server is reached, such as http://127.0.0.1:10000: print a connection string instead of the key")

    static let noun = Command<World>(
        noun: "account", summary: "Add, list and remove accounts of the embedded server, and change their keys",
        verbs: [add, list, remove, rotate])

    private static let add = Command<World>(
        "add", summary: "Add an account and print its key",
        discussion: """
            Makes two random keys and keeps them in the file, which is made if it is missing. The first is printed on \
            standard output, this once. A server that runs with this file publishes the account within seconds.
            """,
        examples: [
            Example("penstock serve account add backups --accounts accounts.json", "add an account and print its key"),
            Example(
                "penstock serve account add backups --accounts accounts.json --endpoint http://127.0.0.1:10000",
                "print a connection string for clients"),
        ],
        arguments: [name], options: [accounts, endpoint], seeAlso: ["serve", "serve account rotate"]
    ) { arguments, world in
        try checkEndpoint(arguments)
        let keys = [try newKey(), try newKey()]
        try AccountFile(arguments[accounts]).change(creating: true) { try $0.add(arguments[name], keys: keys) }
        return try show(keys[0], arguments, world)
    }

    private static let list = Command<World>(
        "list", aliases: ["ls"], summary: "List the accounts of a file",
        discussion: "Shows names, never keys. Changes nothing.",
        examples: [Example("penstock serve account list --accounts accounts.json", "list all accounts")],
        options: [accounts], seeAlso: ["serve account add"]
    ) { arguments, world in
        let isJSON = arguments[GlobalOptions.json]
        for name in try AccountFile(arguments[accounts]).list().names {
            if isJSON {
                try world.console.json(["type": "account", "name": name])
            } else {
                try world.console.line(name)
            }
        }
        return .done
    }

    private static let remove = Command<World>(
        "remove", aliases: ["rm"], summary: "Remove an account from a file",
        discussion: "Its keys are forgotten and its clients refused. Its blobs stay where they are.",
        examples: [Example("penstock serve account remove scratch --accounts accounts.json --yes", "do not ask")],
        arguments: [name], options: [accounts, CommonOptions.yes], seeAlso: ["serve account add"]
    ) { arguments, world in
        let file = AccountFile(arguments[accounts])
        guard try file.list().names.contains(arguments[name]) else {
            throw AccountListError(.unknown, subject: arguments[name])
        }
        try await Session(arguments, world).confirm("Forget the keys of the account \(arguments[name])?")
        try file.change { try $0.remove(arguments[name]) }
        return .done
    }

    private static let rotate = Command<World>(
        "rotate", summary: "Make a new key for an account and print it",
        discussion: """
            What was signed with the old key is refused from then on; the other key stays. To change keys without a \
            pause, move the clients to the second key, rotate the first, and go back.
            """,
        examples: [
            Example("penstock serve account rotate backups --key 2 --accounts accounts.json", "renew the second key")
        ],
        arguments: [name], options: [accounts, key, endpoint], seeAlso: ["serve account add"]
    ) { arguments, world in
        try checkEndpoint(arguments)
        let new = try newKey()
        guard let number = Int(arguments[key]).flatMap({ AccountList.KeyNumber(rawValue: $0) }) else {
            throw arguments.refusal("--key is 1 or 2")
        }
        try AccountFile(arguments[accounts]).change { try $0.rotate(arguments[name], number, to: new) }
        return try show(new, arguments, world)
    }

    private static func newKey() throws -> Secret<[UInt8]> {
        Secret(try KernelRandom.bytes(AccountList.keySize))
    }

    private static func checkEndpoint(_ arguments: ParsedArguments) throws {
        guard let endpoint = arguments[endpoint], HTTPURL(endpoint) == nil else { return }
        throw arguments.refusal("--endpoint is not a URL")
    }

    private static func show(
        _ key: Secret<[UInt8]>, _ arguments: ParsedArguments, _ world: World
    ) throws -> ExitCode {
        let text = key.reveal { Base64.encode($0) }
        let account = arguments[name]
        var shown = text
        if let endpoint = arguments[endpoint] {
            let base = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
            shown = "AccountName=\(account);AccountKey=\(text);BlobEndpoint=\(base)/\(account)"
        }
        if arguments[GlobalOptions.json] {
            let kind = arguments[endpoint] == nil ? "key" : "connectionString"
            try world.console.json(["type": "account", "name": account, kind: shown])
        } else {
            try world.console.line(shown)
        }
        return .done
    }
}
