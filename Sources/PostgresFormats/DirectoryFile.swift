/// A file of a directory-format dump, by its name.
public enum DirectoryFile: Sendable, Hashable {
    /// The table of contents.
    case contents
    /// The data of one entry.
    case data(DumpID)
    /// Which large objects there are; the files of those are ``largeObject(_:)``.
    ///
    /// Since archive version 1.16 each entry has a list of its own; before there is one list, and no number.
    case objectList(DumpID?)
    case largeObject(UInt32)

    /// As the dump itself refers to it: without the ending of a compressed file.
    public var name: String {
        switch self {
        case .contents: "toc.dat"
        case .data(let entry): "\(entry).dat"
        case .objectList(nil): "blobs.toc"
        case .objectList(let entry?): "blobs_\(entry).toc"
        case .largeObject(let oid): "blob_\(oid).dat"
        }
    }

    /// Whether it may be compressed: table of contents and lists never are.
    public var isData: Bool {
        switch self {
        case .data, .largeObject: true
        case .contents, .objectList: false
        }
    }

    /// The name of the file in the store, which tells pg_restore how to read it.
    public func name(compressedBy method: ArchiveCompression) -> String {
        isData ? name + method.ending : name
    }
}

extension DirectoryFile {
    /// Reads a name with the ending of a compressed file or without; `nil` for any other name.
    ///
    /// It is the name of a file in one directory and nothing else: it has no slash.
    public static func parse(_ name: some StringProtocol) -> (file: DirectoryFile, compression: ArchiveCompression)? {
        let bytes = Array(name.utf8)
        let methods: [ArchiveCompression] = [.zlib(level: nil), .lz4, .zstd, .none]
        for method in methods {
            let ending = method.ending.utf8
            guard bytes.reversed().starts(with: ending.reversed()) else { continue }
            let file = DirectoryFile(name: bytes.dropLast(ending.count))
            return file.flatMap { $0.isData || method == .none ? ($0, method) : nil }
        }
        return nil
    }

    private init?(name: ArraySlice<UInt8>) {
        let digits = name.filter { (0x30...0x39).contains($0) }
        var candidates: [DirectoryFile] = [.contents, .objectList(nil)]
        if digits.count <= 10, let number = UInt32(String(decoding: digits, as: UTF8.self)) {
            candidates.append(.largeObject(number))
            if let entry = Int32(exactly: number).flatMap(DumpID.init) {
                candidates += [.data(entry), .objectList(entry)]
            }
        }
        guard let found = candidates.first(where: { $0.name.utf8.elementsEqual(name) }) else { return nil }
        self = found
    }
}

extension ArchiveCompression {
    /// How the name of a file ends that is compressed so.
    fileprivate var ending: String {
        switch self {
        case .none: ""
        case .zlib: ".gz"
        case .lz4: ".lz4"
        case .zstd: ".zst"
        }
    }
}

extension TOCEntry {
    /// The file that a directory has for this entry; `nil` for one without data.
    func directoryFile(in version: ArchiveVersion) -> DirectoryFile? {
        guard dataState.hasData else { return nil }
        guard desc == "BLOBS" else { return .data(dumpID) }
        return .objectList(version >= .relationKinds ? dumpID : nil)
    }
}
