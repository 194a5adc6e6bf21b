import BlobStorage
import FoundationEssentials
import HTTPMessages
import SystemCalls
import Testing

extension BlobStoreContract {
    static let containers: [Case] = [
        Case("a new container has properties and no blobs") { kit in
            let properties = try await kit.store.containerProperties()
            #expect(properties.name == kit.container)
            #expect(properties.lastModified.timeIntervalSince1970.truncatingRemainder(dividingBy: 1) == 0)
            #expect(try await kit.names() == [])
        },
        Case("a container keeps its metadata") { kit in
            let name = try ContractKit.freshName()
            let created = try await kit.account.create(name, metadata: ["team": "blue", "cost_centre": "17"])
            let found = try await kit.account.store(of: name).containerProperties()
            #expect(found.tag == created.tag)
            #expect(found.metadata == ["team": "blue", "cost_centre": "17"])
            try await kit.account.delete(name, if: .always)
        },
        Case("creating a container twice is refused") { kit in
            await expectRefusal(.containerAlreadyExists) {
                _ = try await kit.account.create(kit.container, metadata: [:])
            }
        },
        Case("a container that is not there is said to be missing, whatever is asked of it") { kit in
            let store = try kit.missingStore()
            let name = try blob("a")
            let id = try block("1")
            await expectRefusal(.containerNotFound) { try await store.stage([1].span, as: id, of: name) }
            await expectRefusal(.containerNotFound) {
                _ = try await store.commit([], to: name, attributes: BlobAttributes(), if: .always)
            }
            await expectRefusal(.containerNotFound) {
                _ = try await store.put([1].span, to: name, attributes: BlobAttributes(), if: .always)
            }
            await expectRefusal(.containerNotFound) { _ = try await store.blockList(of: name) }
            await expectRefusal(.containerNotFound) { _ = try await store.properties(of: name, if: .always) }
            await expectRefusal(.containerNotFound) { try await store.delete(name, if: .always) }
            await expectRefusal(.containerNotFound) { _ = try await store.list(BlobQuery()) }
            await expectRefusal(.containerNotFound) { _ = try await store.containerProperties() }
            await expectRefusal(.containerNotFound) {
                _ = try await [UInt8].filled(capacity: 1) {
                    _ = try await store.read(name, range: ByteRange(0..<1), if: .always, into: &$0)
                }
            }
        },
        Case("deleting a container that is not there is refused") { kit in
            let name = try ContractKit.freshName()
            await expectRefusal(.containerNotFound) { try await kit.account.delete(name, if: .always) }
        },
        Case("deleting a container deletes its blobs and staged blocks") { kit in
            try await kit.put("x", to: blob("a"))
            try await kit.stage("y", as: block("1"), of: blob("b"))
            try await kit.account.delete(kit.container, if: .always)
            await expectRefusal(.containerNotFound) { _ = try await kit.store.list(BlobQuery()) }
        },
        Case("a container's blobs are its own") { kit in
            let other = try ContractKit.freshName()
            _ = try await kit.account.create(other, metadata: [:])
            try await kit.put("x", to: blob("a"))
            let name = try blob("a")
            await expectRefusal(.blobNotFound) {
                _ = try await kit.account.store(of: other).properties(of: name, if: .always)
            }
            try await kit.account.delete(other, if: .always)
            #expect(try await kit.text(of: blob("a")) == "x")
        },
        Case("a container is deleted only if it was not modified since") { kit in
            let modified = try await kit.store.containerProperties().lastModified
            let earlier = AccessCondition(ifUnmodifiedSince: modified.addingTimeInterval(-10))
            await expectRefusal(.conditionNotMet) { try await kit.account.delete(kit.container, if: earlier) }
            try await kit.account.delete(kit.container, if: AccessCondition(ifUnmodifiedSince: modified))
        },
        Case("containers are listed by prefix, in order, in pages of any size") { kit in
            let stem = try ContractKit.freshName().text
            let names = try ["-a", "-b", "-c", "-d", "-e"].map { try ContainerName(stem + $0) }
            for name in names.reversed() { _ = try await kit.account.create(name, metadata: [:]) }
            for limit in 1...6 {
                var found: [ContainerName] = []
                var marker: String?
                repeat {
                    let page = try await kit.account.containers(prefix: stem, marker: marker, limit: limit)
                    #expect(page.containers.count <= limit)
                    found += page.containers.map(\.name)
                    marker = page.next
                } while marker != nil && found.count < 100
                #expect(found == names)
            }
            for name in names { try await kit.account.delete(name, if: .always) }
        },
        Case("a page of no containers, or of more than 5,000, is refused") { kit in
            for limit in [0, -1, 5001] {
                await expectRefusal(.badRequest) {
                    _ = try await kit.account.containers(prefix: "", marker: nil, limit: limit)
                }
            }
        },
    ]
}
