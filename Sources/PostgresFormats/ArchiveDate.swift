/// When an archive was begun, in the local time of the machine that wrote it, whose zone is not said.
///
/// These are the archive's own numbers, not checked against a calendar: a label for people, never a basis for decisions.
public struct ArchiveDate: Sendable, Hashable {
    public let second: Int
    public let minute: Int
    public let hour: Int
    public let day: Int
    /// 1 is January.
    public let month: Int
    public let year: Int
    /// `nil` if the machine did not know.
    public let isDaylightSaving: Bool?
}

extension ArchiveDate {
    /// Reads the seven integers of C's `struct tm`, of which months count from 0 and years from 1900.
    init(from cursor: inout PrefixCursor) throws(PrefixCursor.Stop) {
        second = Int(try cursor.integer())
        minute = Int(try cursor.integer())
        hour = Int(try cursor.integer())
        day = Int(try cursor.integer())
        month = Int(try cursor.integer()) + 1
        year = Int(try cursor.integer()) + 1900
        let daylight = try cursor.integer()
        isDaylightSaving = daylight < 0 ? nil : daylight > 0
    }
}
