import BlobStorage
import ByteStreams
import HTTPListener
import HTTPMessages
import MarkupXML

extension Work {
    /// The largest document of policies, in bytes: five take less than 2 KiB.
    private static var largestPolicies: Int { 64 << 10 }

    func setContainerMetadata() async throws -> Reply {
        let changed = try await store(having: (any ManagedContainer).self).setMetadata(
            fields.metadata(), if: AccessCondition(fields))
        return Reply(status: 200, fields: Self.stateFields(changed.tag, changed.lastModified))
    }

    func getContainerACL() async throws -> Reply {
        let found = try await store(having: (any ManagedContainer).self).containerProperties()
        try checkLeaseShown(found.lease)
        var writer = XMLWriter()
        writer.element("SignedIdentifiers") { writer in
            for policy in found.access.policies { writer.write(policy) }
        }
        var reply = Self.document(writer)
        for field in Self.stateFields(found.tag, found.lastModified).all { reply.fields.append(field) }
        reply.fields.append(found.access.publicAccess)
        if request.method == .head { reply.body = .omitted(length: writer.bytesWithMark.count) }
        return reply
    }

    func setContainerACL(_ body: inout RequestBody) async throws -> Reply {
        let container = try store(having: (any ManagedContainer).self)
        let length = try bodyLength(limit: Self.largestPolicies)
        let expected = try ExpectedDigest(fields)
        let (access, condition) = (try publicAccess(), try AccessCondition(fields))
        var source = CheckedBody(body.take(), length: length, expecting: expected)
        let document = try await source.collect(length)
        try source.check()
        let policies = try PolicyDocument.read(document)
        let changed = try await container.setAccess(
            ContainerAccess(publicAccess: access, policies: policies), if: condition)
        return Reply(status: 200, fields: Self.stateFields(changed.tag, changed.lastModified))
    }

    /// What the public is to be allowed; nothing unless the request says otherwise and the account allows it.
    func publicAccess() throws(ServiceFailure) -> ContainerAccess.Public {
        guard let text = fields["x-ms-blob-public-access"] else { return .nothing }
        guard let access = ContainerAccess.Public(rawValue: text.lowercased()), access != .nothing else {
            throw .header("x-ms-blob-public-access", text)
        }
        guard settings.allowsPublicAccess else {
            let code = "PublicAccessNotPermitted"
            throw ServiceFailure(409, code, ServiceMessage.text(for: code))
        }
        return access
    }

    func managedAccount() throws(ServiceFailure) -> any ManagedAccount {
        guard let managed = account as? any ManagedAccount else { throw .notImplemented(operation.title) }
        return managed
    }
}

extension HTTPFields {
    /// Nothing for a container that is not public, as the service does.
    mutating func append(_ access: ContainerAccess.Public) {
        if access != .nothing { append("x-ms-blob-public-access", access.rawValue) }
    }
}

extension XMLWriter {
    fileprivate mutating func write(_ policy: ContainerAccess.Policy) {
        element("SignedIdentifier") { writer in
            writer.element("Id", policy.id)
            writer.element("AccessPolicy") { writer in
                for (name, value) in [
                    ("Start", policy.start), ("Expiry", policy.expiry), ("Permission", policy.permissions),
                ] where !value.isEmpty {
                    writer.element(name, value)
                }
            }
        }
    }
}
