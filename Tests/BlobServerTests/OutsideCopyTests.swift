import BlobStorage
import HTTPMessages
import TestSupport
import Testing

@testable import BlobServer

@Suite("Copies from elsewhere")
struct OutsideCopyTests {
    @Test("are read in pieces of one state, by each operation")
    func read() async throws {
        try await CopyService.run { service in
            let source = try PlainSource()
            #expect(try await service.putBlob("a", from: source.url).status == 201)
            #expect(try await service.copyNow(source.url, to: "b").status == 202)
            #expect(try await service.copy(source.url, to: "c").fields["x-ms-copy-status"] == "pending")
            #expect(try await service.settled("c").fields["x-ms-copy-status"] == "success")
            for name in ["a", "b", "c"] {
                #expect(try await service.bytes(name) == PlainSource.bytes)
                #expect(try await service.head(name).fields["Content-Type"] == "text/x-plain")
            }
            // One that is pending looks before it waits for its turn, and keeps nothing of what it saw.
            #expect(source.requests == 10)
            #expect(source.ranges.filter { $0 == "bytes=0-0" }.count == 1)
            let range = ["x-ms-source-range": "bytes=4194300-4194309"] as HTTPFields
            #expect(try await service.putBlock("d", from: source.url, range).status == 201)
            #expect(source.requests == 11)
        }
    }

    @Test("read empty sources, small ones without ranges, and the blobs of another server")
    func others() async throws {
        try await CopyService.run { service in
            let empty = try PlainSource([])
            #expect(try await service.putBlob("a", from: empty.url).status == 201)
            #expect(try await service.bytes("a").isEmpty)
            let small = try PlainSource([1, 2, 3]) { _ in .whole }
            #expect(try await service.putBlob("b", from: small.url).status == 201)
            #expect(try await service.bytes("b") == [1, 2, 3])
            let bareAndSmall = try PlainSource([1, 2], headers: ["Content-Type: x/y"]) { $0 % 2 == 0 ? .whole : .good }
            #expect(try await service.copy(bareAndSmall.url, to: "s").status == 202)
            #expect(try await service.settled("s").fields["x-ms-copy-status"] == "success")
            #expect(try await service.copy(small.url, to: "t").status == 202)
            #expect(try await service.settled("t").fields["x-ms-copy-status"] == "success")
            #expect(try await service.bytes("t") == [1, 2, 3])
            let large = try PlainSource { _ in .whole }
            try expect(try await service.putBlob("c", from: large.url), 403, "CannotVerifyCopySource")
            let bare = try PlainSource(headers: ["Content-Type: x/y"])
            try expect(try await service.putBlob("c", from: bare.url), 403, "CannotVerifyCopySource")
            try await TestService.run { peer in
                try await peer.put("blob", "bytes", ["x-ms-meta-one": "1", "x-ms-blob-content-type": "x/y"])
                let url = "http://127.0.0.1:\(peer.port)\(TestService.path)/box/blob"
                let token = try CopyService.token("blob", peer.key, "r")
                #expect(try await service.copyNow(url + "?" + token, to: "d").status == 202)
                let found = try await service.head("d").fields
                #expect(found["x-ms-meta-one"] == "1" && found["Content-Type"] == "x/y" && found["Content-MD5"] != nil)
                let refused = try await service.putBlob("e", from: url)
                try expect(refused, 404, "CannotVerifyCopySource")
                #expect(refused.fields["x-ms-copy-source-error-code"] == "ResourceNotFound")
            }
        }
    }

    @Test("make nothing when the source fails, ends early or changes", arguments: [0, 1, 2])
    func failures(at request: Int) async throws {
        let fates: [(PlainSource.Fate, Int)] = [
            (.cut, 500), (.status(503, []), 500), (.status(404, ["x-ms-error-code: BlobNotFound"]), 404),
            (.status(302, ["Location: http://127.0.0.1:1/"]), 409), (.changed, 412), (.status(412, []), 412),
        ]
        try await CopyService.run { service in
            for (fate, status) in fates {
                if request == 0, case .changed = fate { continue }
                let source = try PlainSource { $0 >= request ? fate : .good }
                let answer = try await service.putBlob("a", from: source.url)
                try expect(answer, status, "CannotVerifyCopySource")
                try expect(try await service.head("a"), 404, "BlobNotFound")
                let again = try PlainSource { $0 >= request ? fate : .good }
                try expect(try await service.putBlock("a", from: again.url), status, "CannotVerifyCopySource")
                let blocks = try await service.client.send(.get, "/box/a?comp=blocklist&blocklisttype=all")
                try expect(blocks, 404, "BlobNotFound")
            }
        }
    }

    @Test(
        "refuse ranges and sizes beyond every blob, and the server goes on",
        arguments: [Int.max, Int.max - 1, BlobLimits.size + 1])
    func beyond(_ number: Int) async throws {
        try await CopyService.run { service in
            let source = try PlainSource { _ in .claims(number) }
            let range = ["x-ms-source-range": "bytes=\(number)-"] as HTTPFields
            let nearEnd = ["x-ms-source-range": "bytes=\(number - 2)-"] as HTTPFields
            for answer in [
                try await service.putBlock("a", from: source.url, range),
                try await service.putBlock("a", from: source.url, nearEnd),
                try await service.putBlock("a", from: source.url), try await service.putBlob("a", from: source.url),
                try await service.copyNow(source.url, to: "a"), try await service.copy(source.url, to: "a"),
            ] { try expect(answer, 500, "CannotVerifyCopySource") }
            try expect(try await service.head("a"), 404, "BlobNotFound")
        }
    }

    @Test("share memory for their pieces, and give it back")
    func memory() async throws {
        try await CopyService.run { service in
            let source = try PlainSource { _ in .heldLater }
            let names = (0..<BlobCopies.width).map { "copy-\($0)" }
            #expect(service.copies.buffer().bytes == CopyBuffer.most)
            for name in names { #expect(try await service.copy(source.url, to: name).status == 202) }
            while source.ranges.filter({ $0.hasPrefix("bytes=\(CopyBuffer.most)-") }).count < names.count {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(service.copies.buffer().bytes == CopyBuffer.least)
            // One more reads smaller pieces meanwhile.
            let bytes = try await service.makeOther()
            #expect(try await service.putBlob("late", from: service.otherURL("source")).status == 201)
            #expect(try await service.bytes("late") == bytes)
            source.release()
            for name in names {
                #expect(try await service.settled(name).fields["x-ms-copy-status"] == "success")
                #expect(try await service.bytes(name) == PlainSource.bytes)
            }
            while service.copies.underWay > 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(service.copies.buffer().bytes == CopyBuffer.most)
        }
    }

    @Test("go on where a piece failed once")
    func retried() async throws {
        try await CopyService.run { service in
            let source = try PlainSource { $0 == 1 ? .cut : .good }
            #expect(try await service.putBlob("a", from: source.url).status == 201)
            #expect(try await service.bytes("a") == PlainSource.bytes)
        }
    }

    @Test("are refused by a server that copies from its own accounts, without asking the source")
    func refused() async throws {
        try await CopyService.run(outside: false) { service in
            let source = try PlainSource()
            for answer in [
                try await service.putBlob("a", from: source.url), try await service.putBlock("a", from: source.url),
                try await service.copy(source.url, to: "a"), try await service.copyNow(source.url, to: "a"),
            ] { try expect(answer, 403, "CannotVerifyCopySource") }
            #expect(source.requests == 0)
        }
    }

    @Test("that are pending show how far they are, and keep all others from the blob until they are aborted")
    func aborted() async throws {
        try await CopyService.run { service in
            let source = try PlainSource { $0 == 3 ? .held : .good }
            let answer = try await service.copy(source.url, to: "a", ["x-ms-meta-kept": "yes"])
            let id = try #require(answer.fields["x-ms-copy-id"])
            let total = PlainSource.bytes.count
            // The second piece was read when the third was asked for, which is held.
            while try await service.head("a").fields["x-ms-copy-progress"] != "\(2 * CopyBuffer.most)/\(total)" {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(try await service.head("a").fields["Content-Length"] == "0")
            let listed = try await service.client.send(.get, "/box?restype=container&comp=list&include=copy").text
            #expect(listed.contains("<CopyStatus>pending</CopyStatus>"))
            try expect(try await service.client.put("a", "x"), 409, "PendingCopyOperation")
            try expect(try await service.client.send(.delete, "/box/a"), 409, "PendingCopyOperation")
            try expect(try await service.copy(source.url, to: "a"), 409, "PendingCopyOperation")
            func abort(_ id: String) async throws -> HTTPResponse {
                try await service.client.send(.put, "/box/a?comp=copy&copyid=\(id)", ["x-ms-copy-action": "abort"])
            }
            try expect(try await abort("00000000-0000-0000-0000-000000000000"), 409, "CopyIdMismatch")
            #expect(try await abort(id).status == 204)
            // Its source is still held, and would be given up after twenty seconds: the copy has to end without it.
            let start = ContinuousClock.now
            while service.copies.underWay > 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(start.duration(to: .now) < .seconds(15))
            let found = try await service.head("a").fields
            #expect(found["x-ms-copy-status"] == "aborted" && found["Content-Length"] == "0")
            #expect(found["x-ms-meta-kept"] == "yes")
            try expect(try await abort(id), 409, "NoPendingCopyOperation")
            #expect(try await service.client.put("a", "x").status == 201)
            source.release()
        }
    }

    @Test("that fail leave an empty blob that says why", arguments: [0, 1])
    func failed(from request: Int) async throws {
        try await CopyService.run { service in
            let refusal = PlainSource.Fate.status(403, ["x-ms-error-code: AuthenticationFailed"])
            let source = try PlainSource { $0 > request ? refusal : .good }
            #expect(try await service.copy(source.url, to: "a").status == 202)
            let found = try await service.settled("a").fields
            #expect(found["x-ms-copy-status"] == "failed" && found["Content-Length"] == "0")
            #expect(
                found["x-ms-copy-status-description"]
                    == "403 AuthenticationFailed \"Copy failed when reading the source.\"")
            #expect(try await service.client.put("a", "x").status == 201)
        }
    }

    @Test("that are under way when the server stops end with it, and have failed")
    func stopped() async throws {
        let source = try PlainSource { _ in .heldLater }
        let names = (0..<6).map { "copy-\($0)" }
        try await CopyService.run { service in
            // More than run at a time: some never get their turn.
            let statuses = try await service.copies.run {
                var statuses: [Int] = []
                for name in names { statuses.append(try await service.copy(source.url, to: name).status) }
                return statuses
            }
            #expect(statuses == names.map { _ in 202 })
            #expect(service.copies.underWay == 0)
            for name in names {
                let found = try await service.head(name).fields
                #expect(found["x-ms-copy-status"] == "failed")
                #expect(found["x-ms-copy-status-description"] == CopyState.serverEnded)
            }
            try expect(try await service.copy(source.url, to: "late"), 503, "ServerBusy")
            source.release()
        }
    }
}
