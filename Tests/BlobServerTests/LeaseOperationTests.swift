import BlobStorage
import HTTPMessages
import MarkupXML
import TestSupport
import Testing

@Suite("Leases over HTTP")
struct LeaseOperationTests {
    static let one = "00000000-0000-0001-0000-000000000001"
    static let two = "00000000-0000-0002-0000-000000000002"
    static let acquire: HTTPFields = ["x-ms-lease-duration": "15", "x-ms-proposed-lease-id": one]

    @Test("each action has its answer", arguments: ["/box/a", "/box?restype=container"])
    func actions(target: String) async throws {
        try await TestService.runOnDirectory { service in
            let put = try await service.put("a", "x")
            let taken = try await service.lease(target, "acquire", Self.acquire)
            #expect(taken.status == 201)
            #expect(taken.fields["x-ms-lease-id"] == Self.one)
            if target == "/box/a" { #expect(taken.fields["ETag"] == put.fields["ETag"]) }
            #expect(taken.fields["Last-Modified"] != nil)
            let renewed = try await service.lease(target, "renew", ["x-ms-lease-id": Self.one])
            #expect(renewed.status == 200 && renewed.fields["x-ms-lease-id"] == Self.one)
            let changed = try await service.lease(
                target, "Change", ["x-ms-lease-id": Self.one, "x-ms-proposed-lease-id": "{\(Self.two)}"])
            #expect(changed.status == 200 && changed.fields["x-ms-lease-id"] == Self.two)
            let broken = try await service.lease(target, "break", ["x-ms-lease-break-period": "7"])
            #expect(broken.status == 202 && broken.fields["x-ms-lease-time"] == "7")
            #expect(broken.fields["x-ms-lease-id"] == nil)
            let released = try await service.lease(target, "release", ["x-ms-lease-id": Self.two])
            #expect(released.status == 200 && released.fields["x-ms-lease-id"] == nil)
        }
    }

    @Test("what cannot be done with a lease is said in the service's codes")
    func refusals() async throws {
        let clock = ServiceClock(TestService.now)
        try await TestService.runOnDirectory(clock: clock) { service in
            for target in ["/box/a", "/box?restype=container"] {
                try await service.put("a", "x")
                let shown: HTTPFields = ["x-ms-lease-id": Self.one]
                let change: HTTPFields = ["x-ms-lease-id": Self.one, "x-ms-proposed-lease-id": Self.two]
                let missing = "LeaseNotPresentWithLeaseOperation"
                let mismatch = "LeaseIdMismatchWithLeaseOperation"
                try expect(await service.lease(target, "break"), 409, missing)
                try expect(await service.lease(target, "renew", shown), 409, mismatch)
                try expect(await service.lease(target, "release", shown), 409, mismatch)
                try expect(await service.lease(target, "change", change), 409, missing)
                #expect(try await service.lease(target, "acquire", Self.acquire).status == 201)
                try expect(
                    await service.lease(target, "acquire", ["x-ms-lease-duration": "-1"]), 409, "LeaseAlreadyPresent")
                #expect(
                    try await service.lease(target, "break", ["x-ms-lease-break-period": "9"]).status == 202)
                try expect(
                    await service.lease(target, "acquire", Self.acquire), 409, "LeaseIsBreakingAndCannotBeAcquired")
                try expect(await service.lease(target, "change", change), 409, "LeaseIsBreakingAndCannotBeChanged")
                try expect(await service.lease(target, "renew", shown), 409, "LeaseIsBrokenAndCannotBeRenewed")
                #expect(try await service.lease(target, "release", shown).status == 200)
            }
        }
    }

    @Test(
        "a request that makes no sense is refused by the name of its field",
        arguments: [
            ("", [:], "MissingRequiredHeader", "x-ms-lease-action"),
            ("acquire", [:], "MissingRequiredHeader", "x-ms-lease-duration"),
            ("acquire", ["x-ms-lease-duration": "14"], "InvalidHeaderValue", "x-ms-lease-duration"),
            ("acquire", ["x-ms-lease-duration": "61"], "InvalidHeaderValue", "x-ms-lease-duration"),
            ("acquire", ["x-ms-lease-duration": "0"], "InvalidHeaderValue", "x-ms-lease-duration"),
            (
                "acquire", ["x-ms-lease-duration": "15", "x-ms-proposed-lease-id": "no"], "InvalidHeaderValue",
                "x-ms-proposed-lease-id"
            ),
            ("renew", [:], "MissingRequiredHeader", "x-ms-lease-id"),
            ("renew", ["x-ms-lease-id": "x"], "InvalidHeaderValue", "x-ms-lease-id"),
            ("change", ["x-ms-lease-id": one], "MissingRequiredHeader", "x-ms-proposed-lease-id"),
            ("break", ["x-ms-lease-break-period": "61"], "InvalidHeaderValue", "x-ms-lease-break-period"),
            ("borrow", [:], "InvalidHeaderValue", "x-ms-lease-action"),
        ] as [(String, [String: String], String, String)])
    func nonsense(action: String, fields: [String: String], code: String, field: String) async throws {
        try await TestService.runOnDirectory { service in
            try await service.put("a", "x")
            var all: HTTPFields = [:]
            for (name, value) in fields { all[name] = value }
            if !action.isEmpty { all["x-ms-lease-action"] = action }
            for target in ["/box/a?comp=lease", "/box?restype=container&comp=lease"] {
                let answer = try await service.send(.put, target, all)
                try expect(answer, 400, code)
                #expect(try answer.document.text(of: "HeaderName") == field)
            }
        }
    }

    @Test("reads and writes of a leased blob take its id, and no other")
    func useWithData() async throws {
        try await TestService.runOnDirectory { service in
            let type: HTTPFields = ["x-ms-blob-type": "BlockBlob"]
            let writes: [(String, HTTPFields, String)] = [
                ("/box/a", type, "y"), ("/box/a?comp=block&blockid=MDE%3D", [:], "z"),
                ("/box/a?comp=blocklist", [:], "<BlockList><Latest>MDE=</Latest></BlockList>"),
            ]
            let reads = [(HTTPMethod.get, "/box/a"), (.head, "/box/a"), (.get, "/box/a?comp=blocklist")]
            try await service.put("a", "x")
            #expect(try await service.lease("/box/a", "acquire", Self.acquire).status == 201)
            for (target, fields, body) in writes {
                func send(_ id: String?) async throws -> HTTPResponse {
                    var fields = fields
                    fields["x-ms-lease-id"] = id
                    return try await service.send(.put, target, fields, body: Array(body.utf8))
                }
                try expect(await send(nil), 412, "LeaseIdMissing")
                try expect(await send(Self.two), 412, "LeaseIdMismatchWithBlobOperation")
                #expect(try await send(Self.one).status == 201)
            }
            for (method, target) in reads {
                #expect(try await service.send(method, target).status == 200)
                #expect(try await service.send(method, target, ["x-ms-lease-id": Self.one]).status == 200)
                let other = try await service.send(method, target, ["x-ms-lease-id": Self.two])
                #expect(other.status == 412 && other.code == "LeaseIdMismatchWithBlobOperation")
            }
            try expect(await service.send(.delete, "/box/a"), 412, "LeaseIdMissing")
            #expect(try await service.send(.delete, "/box/a", ["x-ms-lease-id": Self.one]).status == 202)
            try await service.put("a", "x")
            try expect(
                await service.send(.get, "/box/a", ["x-ms-lease-id": Self.one]), 412,
                "LeaseNotPresentWithBlobOperation")
        }
    }

    @Test("a container's lease guards its removal, in codes of its own")
    func containers() async throws {
        try await TestService.runOnDirectory { service in
            let box = "/box?restype=container"
            let wrong: HTTPFields = ["x-ms-lease-id": Self.two]
            for target in [box, box + "&comp=metadata", box + "&comp=acl"] {
                try expect(
                    await service.send(.get, target, wrong), 412, "LeaseNotPresentWithContainerOperation")
            }
            #expect(try await service.lease(box, "acquire", ["x-ms-lease-duration": "-1"]).status == 201)
            try expect(await service.send(.delete, box), 412, "LeaseIdMissing")
            for (method, target) in [
                (HTTPMethod.delete, box), (.get, box), (.put, box + "&comp=metadata"), (.put, box + "&comp=acl"),
            ] {
                try expect(
                    await service.send(method, target, wrong), 412, "LeaseIdMismatchWithContainerOperation")
            }
            #expect(try await service.send(.put, box + "&comp=metadata").status == 200)
            #expect(try await service.send(.head, box).fields["x-ms-lease-duration"] == "infinite")
        }
    }

    @Test("properties and listings say how a lease stands")
    func reports() async throws {
        let clock = ServiceClock(TestService.now)
        try await TestService.runOnDirectory(clock: clock) { service in
            let targets = ["/box/a", "/box?restype=container"]
            func check(_ status: String, _ state: String, _ duration: String?) async throws {
                for target in targets {
                    let head = try await service.send(.head, target).fields
                    #expect(head["x-ms-lease-status"] == status)
                    #expect(head["x-ms-lease-state"] == state)
                    #expect(head["x-ms-lease-duration"] == duration)
                }
                let blobs = try await service.send(.get, "/box?restype=container&comp=list").document
                let containers = try await service.send(.get, "/?comp=list").document
                for item in [blobs["Blobs"], containers["Containers"]] {
                    let properties = item?.children.first?["Properties"]
                    #expect(properties?.text(of: "LeaseStatus") == status)
                    #expect(properties?.text(of: "LeaseState") == state)
                    #expect(properties?.text(of: "LeaseDuration") == duration)
                }
            }
            try await service.put("a", "x")
            try await check("unlocked", "available", nil)
            for target in targets { _ = try await service.lease(target, "acquire", Self.acquire) }
            try await check("locked", "leased", "fixed")
            clock.pass(15)
            try await check("unlocked", "expired", nil)
            for target in targets { _ = try await service.lease(target, "acquire", ["x-ms-lease-duration": "-1"]) }
            try await check("locked", "leased", "infinite")
            for target in targets { _ = try await service.lease(target, "break", ["x-ms-lease-break-period": "5"]) }
            try await check("locked", "breaking", nil)
            clock.pass(5)
            try await check("unlocked", "broken", nil)
        }
    }

    @Test("a store without leases says that the operation is missing, and that a lease cannot be there")
    func otherStores() async throws {
        try await TestService.run { service in
            try await service.put("a", "x")
            try expect(await service.lease("/box/a", "acquire", Self.acquire), 501, "NotImplemented")
            let shown: HTTPFields = ["x-ms-lease-id": Self.one]
            try expect(await service.send(.get, "/box/a", shown), 412, "LeaseNotPresentWithBlobOperation")
            try expect(
                await service.send(.get, "/box?restype=container", shown), 412,
                "LeaseNotPresentWithContainerOperation")
        }
    }
}
