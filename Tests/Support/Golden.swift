import FoundationEssentials
public import Testing

/// Expects `text` to be what `Golden/<name>.txt` beside the test file holds.
///
/// With `PENSTOCK_UPDATE_GOLDEN=1` in the environment the file is written instead; the change is read in review.
public func expectGolden(
    _ text: String, _ name: String, file: String = #filePath,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let golden = "\(folder)/Golden/\(name).txt"
    do {
        if ProcessInfo.processInfo.environment["PENSTOCK_UPDATE_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(atPath: folder + "/Golden", withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: golden), options: .atomic)
            return
        }
        let expected = String(decoding: try Data(contentsOf: URL(filePath: golden)), as: UTF8.self)
        guard text != expected else { return }
        let difference = firstDifference(between: expected, and: text)
        Issue.record("\(difference)\nPENSTOCK_UPDATE_GOLDEN=1 rewrites it.", sourceLocation: sourceLocation)
    } catch {
        Issue.record("\(golden) cannot be used: \(error)", sourceLocation: sourceLocation)
    }
}

/// The first line in which two texts differ, of both.
private func firstDifference(between expected: String, and found: String) -> String {
    let left = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let right = found.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(left, right).prefix { $0 == $1 }.count
    let before = line < left.count ? String(left[line]) : "(the end)"
    let after = line < right.count ? String(right[line]) : "(the end)"
    return "Line \(line + 1) differs from the golden file.\nexpected: \(before)\nfound:    \(after)"
}
