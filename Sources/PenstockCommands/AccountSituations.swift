import AzureIdentity
import AzureManagement
import BlobStorage
import CommandLineKit
import Diagnostics
import FoundationEssentials
import SystemCalls

extension Session {
    /// What is known of the account on the command line, or of each that a file describes.
    func accountSituations() async throws -> [AccountSituation] {
        let target = try accountTarget()
        let container = arguments[CheckAccountCommand.container] ?? target?.container
        let files = arguments[CheckAccountCommand.offline]
        guard files.isEmpty else { return try savedSituations(files, of: target, container: container) }
        guard let target else {
            throw arguments.refusal("check account needs an account, or `--offline` with a file that describes one")
        }
        return [try await askedSituation(of: target, container: container, reader: try await accountReader())]
    }

    /// What Azure says of an account, and the command line itself.
    func askedSituation(
        of target: AccountTarget, container: String?, reader: AccountReader
    ) async throws -> AccountSituation {
        let id: ResourceID
        if let known = target.id { id = known } else { id = try await reader.find(target.name) }
        var situation = AccountSituation(try await reader.account(id), now: world.now())
        arguments.complete(&situation)
        if situation.account.id == nil { situation.account.id = id }
        for gap in try await reader.complete(&situation, of: id, container: container) {
            reporter.warn("\(gap.what) could not be read: \(gap.error.summary)")
        }
        return situation
    }

    private func savedSituations(
        _ files: [String], of target: AccountTarget?, container: String?
    ) throws -> [AccountSituation] {
        var documents = AccountDocuments()
        for file in files { try add(file, to: &documents) }
        let accounts = documents.accounts.filter { target == nil || $0.name == target?.name }
        guard !accounts.isEmpty else {
            throw AccountDocumentError(.noAccount(target?.name), file: files.joined(separator: ", "))
        }
        return accounts.map { account in
            var situation = AccountSituation(account, now: world.now())
            arguments.complete(&situation)
            situation.blobService = documents.blobService(of: account)
            if let container = documents.container(named: container, of: account) {
                situation.container = .found(container)
            }
            return situation
        }
    }

    /// Adds a file, or the files of a directory; there, those that describe something else are passed over.
    private func add(_ path: String, to documents: inout AccountDocuments) throws {
        func read(_ file: String) throws {
            try documents.add(try Files.contents(of: file, limit: 64 << 20), from: file)
        }
        guard Files.isDirectory(path) else { return try read(path) }
        for name in try Files.names(in: path).sorted() where name.hasSuffix(".json") {
            do {
                try read("\(path)/\(name)")
            } catch let error as AccountDocumentError where error.kind == .nothingKnown {
                reporter.warn("passed over: \(error.summary)")
            }
        }
    }

    private func accountTarget() throws -> AccountTarget? {
        guard let text = arguments[CheckAccountCommand.account] else { return nil }
        guard let target = AccountTarget(text) else {
            throw arguments.refusal(
                "`\(text)` is not the name of a storage account, nor its resource ID, nor a location in one")
        }
        return target
    }
}

/// The account that is meant, as far as the words say.
struct AccountTarget {
    let name: String
    let id: ResourceID?
    let container: String?

    /// - Returns: `nil` where the words name no account.
    init?(_ text: String) {
        if let given = ResourceID(text) {
            guard let account = given.account, let name = given.storageAccount else { return nil }
            let container = given.names.last { $0.type == "containers" }?.name
            self.init(name: name.lowercased(), id: account, container: container)
        } else if text.contains("://") {
            guard let location = try? Location(text) else { return nil }
            self.init(location)
        } else {
            self.init(name: text.lowercased(), id: nil, container: nil)
        }
    }

    /// - Returns: `nil` where the location names no account.
    init?(_ location: Location) {
        guard case .service(_, let account) = location.place else { return nil }
        self.init(name: account, id: nil, container: location.parts.first)
    }

    /// Accounts have names of 3 to 24 small letters and digits.
    private init?(name: String, id: ResourceID?, container: String?) {
        let isName =
            (3...24).contains(name.utf8.count)
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
        guard isName else { return nil }
        self.name = name
        self.id = id
        self.container = container
    }
}
