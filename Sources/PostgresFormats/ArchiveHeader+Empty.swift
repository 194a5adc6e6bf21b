extension ArchiveHeader {
    /// An archive of version 1.15 without entries: what a pg_restore makes of it shows whether it knows the compression.
    public static func emptyArchive(compressedBy compression: ArchiveCompression) -> [UInt8] {
        let version = ArchiveVersion.compressionMethods
        var bytes = magic + [version.major, version.minor, version.revision, 4, 8, ArchiveFormat.custom.rawValue]
        bytes += compression.encoded(in: version) ?? []
        // The first day of 2000, and no names.
        bytes += [0, 0, 0, 1, 0, 100, 0].flatMap(BlockFraming.integer)
        bytes += [-1, -1, -1].flatMap(BlockFraming.integer)
        return bytes + BlockFraming.integer(0)
    }
}
