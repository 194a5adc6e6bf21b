import FoundationEssentials
import TestSupport
import Testing

@testable import Diagnostics

@Suite("What is known of codes")
struct ErrorReferenceTests {
    private let reference = ErrorReference.shared

    @Test("is written without a fault, and each code once") func faults() { #expect(reference.faults == []) }

    @Test("says of each code what it means, why it comes about and what to do")
    func complete() {
        #expect(reference.entries.count > 350)
        for entry in reference.entries {
            #expect(!entry.meaning.isEmpty && !entry.meaning.hasSuffix("."), "\(entry.code)")
            #expect(!entry.causes.isEmpty, "\(entry.code)")
            #expect(!entry.commands.isEmpty || !entry.advice.isEmpty, "\(entry.code)")
        }
    }

    @Test("finds faults where there are some")
    func faulty() {
        let bad = ErrorReference([
            (.penstock, "a: means\n  - why\n  ? what\na: again\nleft"), (.entra, "  - nothing before"),
        ])
        #expect(bad.faults == ["  ? what", "left", "  - nothing before", "twice: a"])
        let good = ErrorReference([(.penstock, "a b\nc: means\n    it\n  - why\n  $ do\n  > Do.\n    And do.")])
        #expect(good.faults == [] && good.entries.map(\.code) == ["a", "b", "c"])
        #expect(good["B"]?.meaning == "means it" && good["c"]?.advice == "Do. And do.")
    }

    /// The codes of all errors in the sources, as they are written there: raw values of kinds, and texts of `code`.
    @Test("covers every code of penstock's own")
    func own() throws {
        let root = Fixtures.packageRoot + "/Sources"
        var codes: Set<String> = []
        let files = try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.hasSuffix(".swift") }
        for file in files where !file.contains("Diagnostics/Reference") {
            let text = try String(contentsOf: URL(filePath: "\(root)/\(file)"), encoding: .utf8)
            for line in text.split(separator: "\n") {
                for match in line.matches(
                    of: /(?:case \w+ =|case \.\w+(?:\(.*\))?:|var code: String \{) "([a-z]+\.[a-z-]+)"/)
                {
                    codes.insert(String(match.1))
                }
            }
        }
        // Names of files.
        codes.subtract(["toc.dat", "blobs.toc"])
        #expect(codes.count > 200)
        let missing = codes.filter { reference[$0] == nil }.sorted()
        #expect(missing == [])
    }

    /// With `PENSTOCK_UPDATE_GOLDEN=1` the page is written anew.
    @Test("is what the page of the reference says")
    func page() throws {
        let path = "\(Fixtures.packageRoot)/docs/reference/errors.md"
        let page = try? String(contentsOf: URL(filePath: path), encoding: .utf8)
        guard page != Self.page else { return }
        guard ProcessInfo.processInfo.environment["PENSTOCK_UPDATE_GOLDEN"] == "1" else {
            Issue.record("docs/reference/errors.md differs from the codes. PENSTOCK_UPDATE_GOLDEN=1 rewrites it.")
            return
        }
        try Data(Self.page.utf8).write(to: URL(filePath: path), options: .atomic)
    }

    private static var page: String {
        var lines = [
            "# Error codes", "",
            "What `penstock explain CODE` says. Causes are in the order of their likelihood; words in capitals stand for",
            "names of your own. A test writes this page from the data that the program has.",
        ]
        for family in ErrorEntry.Family.allCases {
            lines += ["", "## \(family.rawValue)", "", "| code | meaning | causes | what to do |", "|---|---|---|---|"]
            var rows: [(codes: [String], entry: ErrorEntry)] = []
            for entry in ErrorReference.shared.entries where entry.family == family {
                if let last = rows.last?.entry, last.meaning == entry.meaning, last.causes == entry.causes {
                    rows[rows.count - 1].codes.append(entry.code)
                } else {
                    rows.append(([entry.code], entry))
                }
            }
            lines += rows.map { row in
                let actions =
                    (row.entry.advice.isEmpty ? [] : [row.entry.advice]) + row.entry.commands.map { "`\($0)`" }
                let cells = [
                    row.codes.map { "`\($0)`" }.joined(separator: " "), row.entry.meaning,
                    row.entry.causes.joined(separator: "; "), actions.joined(separator: "<br>"),
                ]
                return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

@Suite("Finding the codes in a text")
struct CodeFinderTests {
    private func codes(_ text: String) -> [String] { CodeFinder(text).entries.map(\.code) }

    @Test(
        "finds them wherever they stand",
        arguments: [
            ("authorizationfailure", ["AuthorizationFailure"]),
            ("AADSTS7000215", ["AADSTS7000215"]), ("28p01", ["28P01"]), ("53300", ["53300"]),
            (
                "<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate. "
                    + "RequestId:7e0c Time:2024</Message></Error>", ["AuthenticationFailed"]
            ),
            (
                #"{"error":{"code":"Forbidden","message":"Caller is not…","innererror":{"code":"ForbiddenByRbac"}}}"#,
                ["ForbiddenByRbac", "Forbidden"]
            ),
            (
                #"{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys"}"#,
                ["AADSTS7000222"]
            ),
            ("psql: error: FATAL:  28P01: password authentication failed for user \"x\"", ["28P01"]),
            ("ERROR:  53300: too many", ["53300"]), ("connected to port 53300", []), ("the server is busy", []),
            ("it failed, and was interrupted", []), ("Conflict", ["Conflict"]),
            (
                "error: the credential may not do this with c (403 AuthorizationPermissionMismatch, request 1) store.not-authorized",
                ["AuthorizationPermissionMismatch", "store.not-authorized"]
            ),
            ("", []),
        ])
    func finds(text: String, codes: [String]) { #expect(self.codes(text) == codes) }

    @Test("offers what is spelled like it, and only then")
    func near() {
        #expect(CodeFinder("AuthorizationFailur").near.first == "AuthorizationFailure")
        #expect(CodeFinder("28P0").near.first == "28P01")
        #expect(CodeFinder("SecretNotFound").near == [])
        #expect(CodeFinder("nothing like that is known to anybody").near == [])
    }

    @Test("tells the id of a request from nothing at all")
    func request() {
        #expect(CodeFinder("RequestId:7e0c1b9e-0001-0043-5c1f-76b5f7000000").holdsRequestID)
        #expect(CodeFinder("x-ms-request-id: 7e0c1b9e-0001-0043-5c1f-76b5f7000000").holdsRequestID)
        #expect(!CodeFinder("7e0c1b9e").holdsRequestID)
    }
}
