import Diagnostics
import Testing

@Suite("Byte counts")
struct ByteCountTests {
    @Test(
        "are read with binary units, whatever the case",
        arguments: [
            ("4096", 4096), ("0", 0), ("17b", 17), ("64KiB", 64 << 10), ("64 kb", 64 << 10), ("256M", 256 << 20),
            ("1.5 GiB", 3 << 29), ("2T", 2 << 40), (".5k", 512),
        ])
    func read(text: String, bytes: Int) { #expect(ByteCount(text)?.bytes == bytes) }

    @Test(
        "are refused where the text is no size, is negative, or does not fit",
        arguments: [
            "", "M", ".", "1..5G", "-1", "-1M", "1P", "1e3", "nan", "infinity", "0x10", "8388608T",
            "99999999999999999999",
            "٣M", "1M2",
        ])
    func refused(text: String) { #expect(ByteCount(text) == nil) }

    @Test(
        "are written with one digit behind the point, rounded, and never as 1024 of a unit",
        arguments: [
            (0, "0 B"), (17, "17 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (8 << 20, "8.0 MiB"),
            ((1 << 20) - 1, "1.0 MiB"),
            (1_540_000_000_000, "1.4 TiB"), (Int.max, "8.0 EiB"),
        ])
    func written(bytes: Int, text: String) { #expect(ByteCount(bytes).description == text) }

    @Test("are ordered by size") func ordered() { #expect(ByteCount.mebibytes(1) < .gibibytes(1)) }
}
