import FoundationEssentials

/// What saved answers of the resource manager say: an account, and perhaps its blob service and a container.
///
/// Each document is told by its `type`. Taken are answers of the resource manager, what `az … show` prints, lists
/// of either (`value`), and answers in the wrapper of Azure's published examples (`responses`, or `body`).
public struct AccountDocuments: Sendable {
    public private(set) var accounts: [StorageAccount] = []
    private var blobServices: [BlobService] = []
    private var containers: [BlobContainer] = []

    public init() {}

    /// The blob service of an account; one that does not say whose it is belongs to the only account there is.
    public func blobService(of account: StorageAccount) -> BlobService? {
        blobServices.last { belongs($0.id, to: account) }
    }

    /// An account's container of that name; without a name its only one.
    public func container(named name: String?, of account: StorageAccount) -> BlobContainer? {
        let own = containers.filter { belongs($0.id, to: account) }
        guard let name else { return own.count == 1 ? own[0] : nil }
        return own.first { $0.name == name }
    }

    private func belongs(_ id: ResourceID?, to account: StorageAccount) -> Bool {
        guard let owner = id?.storageAccount, let name = account.name else { return accounts.count == 1 }
        return ResourceWord(owner) == ResourceWord(name)
    }

    /// Adds what a document describes.
    ///
    /// - Throws: ``AccountDocumentError``.
    public mutating func add(_ bytes: [UInt8], from name: String) throws(AccountDocumentError) {
        do {
            let document = try JSONDecoder().decode(Document.self, from: Data(bytes))
            accounts += document.accounts
            containers += document.containers
            blobServices += document.blobServices
            guard document.isKnown else { throw AccountDocumentError(.nothingKnown, file: name) }
        } catch let error as AccountDocumentError {
            throw error
        } catch {
            throw AccountDocumentError(.malformed(JSONPlace(of: error).description), file: name)
        }
    }
}

/// One document, whatever it is.
private struct Document: Decodable {
    private struct Answer: Decodable { let body: Document? }

    var accounts: [StorageAccount] = []
    var blobServices: [BlobService] = []
    var containers: [BlobContainer] = []

    var isKnown: Bool { !(accounts.isEmpty && blobServices.isEmpty && containers.isEmpty) }

    init(from decoder: any Decoder) throws {
        for document in try Self.inside(decoder) { add(document) }
        guard !isKnown, let fields = try? decoder.container(keyedBy: FieldName.self) else { return }
        switch try Self.type(of: fields) {
        case "Microsoft.Storage/storageAccounts": accounts = [try StorageAccount(from: decoder)]
        case "Microsoft.Storage/storageAccounts/blobServices": blobServices = [try BlobService(from: decoder)]
        case "Microsoft.Storage/storageAccounts/blobServices/containers":
            containers = [try BlobContainer(from: decoder)]
        default: break
        }
    }

    /// The documents of a list or in a wrapper; empty where it is neither.
    private static func inside(_ decoder: any Decoder) throws -> [Document] {
        if (try? decoder.unkeyedContainer()) != nil { return try [Document](from: decoder) }
        let fields = try decoder.container(keyedBy: FieldName.self)
        // A change that is not done at once is answered with 202 and no body, then with 200.
        if let answers = try fields.decodeIfPresent([String: Answer].self, forKey: FieldName("responses")) {
            return Array(answers.keys.sorted().compactMap { answers[$0]?.body }.prefix(1))
        }
        if let body = try fields.decodeIfPresent(Document.self, forKey: FieldName("body")) { return [body] }
        let list = FieldName("value")
        guard (try? fields.nestedUnkeyedContainer(forKey: list)) != nil else { return [] }
        return try fields.decode([Document].self, forKey: list)
    }

    private mutating func add(_ other: Document) {
        accounts += other.accounts
        blobServices += other.blobServices
        containers += other.containers
    }

    /// The type as it is written, or else as the identifier tells it.
    private static func type(of fields: KeyedDecodingContainer<FieldName>) throws -> ResourceWord? {
        if let type = try fields.decodeIfPresent(ResourceWord.self, forKey: FieldName("type")) { return type }
        guard let id = try? fields.decodeIfPresent(String.self, forKey: FieldName("id")),
            let names = ResourceID(id)?.names, names.first?.type == "storageAccounts"
        else { return nil }
        return ResourceWord("Microsoft.Storage/" + names.map(\.type.text).joined(separator: "/"))
    }
}
