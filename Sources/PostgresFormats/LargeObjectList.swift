/// The list of an entry's large objects in a directory-format dump, such as `blobs.toc`: a line for each.
public struct LargeObjectList: Sendable, Equatable {
    /// In the order of the dump.
    public let objects: [UInt32]

    public init(_ objects: [UInt32]) { self.objects = objects }

    /// Reads the lines, each an identifier and the name of its file.
    public init(_ bytes: [UInt8]) throws(ArchiveError) {
        var objects: [UInt32] = []
        var position = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            defer { position += line.count + 1 }
            guard line.endIndex < bytes.endIndex else {
                // Behind the last line there is nothing.
                guard line.isEmpty else { throw .truncated(at: bytes.count, inside: "a line of large objects") }
                break
            }
            let words = line.split(separator: UInt8(ascii: " "))
            guard words.count == 2, let oid = UInt32(String(decoding: words[0], as: UTF8.self)),
                words[1].elementsEqual(DirectoryFile.largeObject(oid).name.utf8)
            else { throw .damaged(at: position, "this line names no large object and its file") }
            objects.append(oid)
        }
        self.objects = objects
    }

    public var bytes: [UInt8] {
        objects.flatMap { Array("\($0) \(DirectoryFile.largeObject($0).name)\n".utf8) }
    }
}
