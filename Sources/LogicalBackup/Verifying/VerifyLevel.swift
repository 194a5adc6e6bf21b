/// How thoroughly a recovery point is checked; each level includes those before it.
public enum VerifyLevel: String, Sendable, CaseIterable {
    /// Marker, manifest and listing agree: every blob is there and has its size. No data is read.
    case sizes
    /// Every byte is read back and compared with the digests.
    case bytes
    /// Every archive is parsed, every member inflated, and its rows are counted.
    case archive
}
