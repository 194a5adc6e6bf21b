import BlobStorage
import Testing

extension BlobStoreContract {
    private static func fill(_ kit: ContractKit, _ names: [String]) async throws {
        for name in names { try await kit.put(name, to: blob(name)) }
    }

    static let listings: [Case] = [
        Case("blobs are listed by the bytes of their names") { kit in
            let names = ["A", "B", "a", "a-b", "a/b", "ab", "b", "ä", "\u{FFFD}", "😀"]
            try await fill(kit, names.reversed())
            #expect(try await kit.names() == names)
        },
        Case("a listing in pages of any size is the whole listing") { kit in
            let names = (10..<23).map { "blob-\($0)" }
            try await fill(kit, names)
            for limit in 1...14 {
                let pages = try await kit.pages(BlobQuery(limit: limit))
                #expect(pages.flatMap(\.entries).map(\.label) == names)
            }
        },
        Case("an empty container lists as one empty page") { kit in
            let page = try await kit.store.list(BlobQuery())
            #expect(page == BlobPage(entries: [], next: nil))
        },
        Case("a prefix selects names that begin with it") { kit in
            try await fill(kit, ["a", "ab", "abc", "b", "aa/x", "A"])
            #expect(try await kit.names(BlobQuery(prefix: "ab")) == ["ab", "abc"])
            #expect(try await kit.names(BlobQuery(prefix: "a", limit: 1)) == ["a", "aa/x", "ab", "abc"])
            #expect(try await kit.names(BlobQuery(prefix: "zzz")) == [])
        },
        Case("a delimiter folds names into prefixes") { kit in
            try await fill(kit, ["a", "a/b", "a/c", "b/c/d", "b/e", "c"])
            #expect(try await kit.names(BlobQuery(delimiter: "/")) == ["a", "<a/>", "<b/>", "c"])
            #expect(try await kit.names(BlobQuery(prefix: "b/", delimiter: "/")) == ["<b/c/>", "b/e"])
            #expect(try await kit.names(BlobQuery(prefix: "a", delimiter: "/")) == ["a", "<a/>"])
        },
        Case("folded prefixes are listed once, whatever the page size") { kit in
            let names = ["a-1", "a/1", "a/2", "a/3", "a0", "b/1", "b/2", "c", "d/1"]
            try await fill(kit, names)
            for limit in 1...8 {
                let found = try await kit.names(BlobQuery(delimiter: "/", limit: limit))
                #expect(found == ["a-1", "<a/>", "a0", "<b/>", "c", "<d/>"])
            }
        },
        Case("a delimiter may be any text") { kit in
            try await fill(kit, ["x--1", "x--2", "x-3", "yéz", "yéw"])
            #expect(try await kit.names(BlobQuery(delimiter: "--")) == ["<x-->", "x-3", "yéw", "yéz"])
            #expect(try await kit.names(BlobQuery(delimiter: "é")) == ["x--1", "x--2", "x-3", "<yé>"])
        },
        Case("a name that ends in the delimiter folds, too") { kit in
            try await fill(kit, ["dir/", "dir/x", "other"])
            #expect(try await kit.names(BlobQuery(delimiter: "/")) == ["<dir/>", "other"])
            #expect(try await kit.names(BlobQuery(prefix: "dir/", delimiter: "/")) == ["dir/", "dir/x"])
        },
        Case("a marker survives inserts and deletes before and behind it") { kit in
            try await fill(kit, ["b", "d", "f", "h"])
            let first = try await kit.store.list(BlobQuery(limit: 2))
            #expect(first.entries.map(\.label) == ["b", "d"])
            try await fill(kit, ["a", "c", "e", "i"])
            try await kit.store.delete(blob("d"), if: .always)
            try await kit.store.delete(blob("f"), if: .always)
            #expect(try await kit.names(BlobQuery(marker: first.next, limit: 2)) == ["e", "h", "i"])
        },
        Case("a marker inside a delimited listing survives inserts into the folded names") { kit in
            try await fill(kit, ["a/1", "b/1", "c"])
            let first = try await kit.store.list(BlobQuery(delimiter: "/", limit: 1))
            #expect(first.entries.map(\.label) == ["<a/>"])
            try await fill(kit, ["a/2", "a/~", "b/0"])
            #expect(try await kit.names(BlobQuery(delimiter: "/", marker: first.next, limit: 1)) == ["<b/>", "c"])
        },
        Case("entries carry the blob's properties") { kit in
            let name = try blob("a")
            let attributes = BlobAttributes(contentType: "text/plain", contentEncoding: "gzip", metadata: ["k": "v"])
            let written = try await kit.put("hello", to: name, attributes: attributes)
            let page = try await kit.store.list(BlobQuery(includesMetadata: true))
            guard case .blob(name, let found) = try #require(page.entries.first) else {
                Issue.record("the entry is no blob")
                return
            }
            #expect(found.size == 5 && found.tag == written.tag && found.lastModified == written.lastModified)
            #expect(attributes.isKept(in: found.attributes))
        },
        Case("metadata is listed only when asked for") { kit in
            try await kit.put("x", to: blob("a"), attributes: BlobAttributes(metadata: ["k": "v"]))
            for asked in [true, false] {
                let page = try await kit.store.list(BlobQuery(includesMetadata: asked))
                guard case .blob(_, let found) = try #require(page.entries.first) else { continue }
                #expect(found.attributes.metadata == (asked ? ["k": "v"] : [:]))
            }
        },
        Case("blobs that were never committed are listed only when asked for") { kit in
            try await fill(kit, ["a", "c"])
            try await kit.stage("x", as: block("1"), of: blob("b"))
            try await kit.stage("x", as: block("1"), of: blob("c"))
            #expect(try await kit.names() == ["a", "c"])
            #expect(try await kit.names(BlobQuery(includesUncommitted: true)) == ["a", "(b)", "c"])
            #expect(try await kit.names(BlobQuery(limit: 1, includesUncommitted: true)) == ["a", "(b)", "c"])
        },
        Case("a hundred uncommitted names between two blobs do not hide the second") { kit in
            try await fill(kit, ["a", "z"])
            for index in 100..<200 { try await kit.stage("x", as: block("1"), of: blob("m\(index)")) }
            #expect(try await kit.names(BlobQuery(limit: 1)) == ["a", "z"])
            #expect(try await kit.names(BlobQuery(delimiter: "m", limit: 1)) == ["a", "z"])
        },
        Case("a page of no entries, or of more than 5,000, is refused") { kit in
            for limit in [0, -1, 5001] {
                await expectRefusal(.badRequest) { _ = try await kit.store.list(BlobQuery(limit: limit)) }
            }
        },
    ]

    /// Names that have misled file systems, URLs, shells or databases before.
    private static let odd = [
        "with space", " leading", "trailing ", "a", "a/b", "a//b", "/lead", "dir/", "..", "../x", "./y", "trailing.",
        "caf\u{E9}", "cafe\u{301}", "%2F", "%252F", "plus+plus", "amp&eq=q?", "#hash", "quote'\"", "back\\slash",
        "sem;col",
        "100%", "~", "$root", "Ünïcödé", "日本語", "😀", "\u{FFFD}", "x<y>", "UPPER", "upper", "{}", "a:b", "*", "NUL",
    ]

    static let names: [Case] = [
        Case("odd names are kept, byte for byte, and each is a blob of its own") { kit in
            for (index, name) in odd.enumerated() { try await kit.put("\(index)", to: blob(name)) }
            for (index, name) in odd.enumerated() { #expect(try await kit.text(of: blob(name)) == "\(index)") }
            let found = try await kit.names().map { Array($0.utf8) }
            #expect(found == odd.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
        },
        Case("odd names page and fold like any other") { kit in
            for name in odd { try await kit.put("x", to: blob(name)) }
            for limit in [1, 2, 7] {
                #expect(try await kit.names(BlobQuery(limit: limit)).count == odd.count)
                let folded = try await kit.names(BlobQuery(delimiter: "/", limit: limit))
                #expect(folded.filter { $0.hasPrefix("<") } == ["<../>", "<./>", "</>", "<a/>", "<dir/>"])
            }
        },
        Case("composed and decomposed letters are different names") { kit in
            try await kit.put("composed", to: blob("caf\u{E9}"))
            try await kit.put("decomposed", to: blob("cafe\u{301}"), if: .absent)
            #expect(try await kit.text(of: blob("caf\u{E9}")) == "composed")
            try await kit.store.delete(blob("caf\u{E9}"), if: .always)
            #expect(try await kit.text(of: blob("cafe\u{301}")) == "decomposed")
            #expect(try await kit.names(BlobQuery(prefix: "caf\u{E9}")) == [])
        },
        Case("names of 1,024 characters are kept") { kit in
            let ascii = String(repeating: "n", count: 1024)
            let wide = String(repeating: "語", count: 1024)
            for name in [ascii, wide] { try await kit.put("x", to: blob(name)) }
            #expect(try await kit.names(BlobQuery(limit: 1)) == [ascii, wide])
            try await kit.stage("y", as: block("1"), of: blob(wide))
            try await kit.commit([block("1")], to: blob(wide))
            #expect(try await kit.text(of: blob(wide)) == "y")
        },
        Case("a name of 254 segments is kept") { kit in
            let name = Array(repeating: "s", count: 254).joined(separator: "/")
            try await kit.put("deep", to: blob(name))
            #expect(try await kit.text(of: blob(name)) == "deep")
            #expect(try await kit.names(BlobQuery(delimiter: "/")) == ["<s/>"])
        },
        Case("percent signs in names are not decoded") { kit in
            try await kit.put("slash", to: blob("a/b"))
            try await kit.put("percent", to: blob("a%2Fb"))
            try await kit.put("space", to: blob("a b"))
            try await kit.put("plus", to: blob("a+b"))
            for (name, text) in [("a/b", "slash"), ("a%2Fb", "percent"), ("a b", "space"), ("a+b", "plus")] {
                #expect(try await kit.text(of: blob(name)) == text)
            }
        },
        Case("blocks of odd names are staged, listed and committed") { kit in
            for name in odd {
                try await kit.stage(name, as: block("1"), of: blob(name))
                #expect(try await kit.store.blockList(of: blob(name)).uncommitted.count == 1)
                try await kit.commit([block("1")], to: blob(name), if: .absent)
                #expect(try await kit.text(of: blob(name)).utf8.elementsEqual(name.utf8))
            }
        },
    ]
}
