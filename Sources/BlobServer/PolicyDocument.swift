import AzureIdentity
import BlobStorage
import MarkupXML

/// The stored access policies of a container, as Set Container ACL sends them.
///
/// Source: <https://learn.microsoft.com/rest/api/storageservices/set-container-acl#request-body>
enum PolicyDocument {
    private static let limit = 5
    private static let longestID = 64

    /// No document at all takes every policy away.
    static func read(_ document: [UInt8]) throws(ServiceFailure) -> [ContainerAccess.Policy] {
        guard !document.isEmpty else { return [] }
        let root: XMLElement
        do throws(XMLFailure) {
            root = try XMLReader.read(document, limit: 100)
        } catch {
            throw .document(error.summary)
        }
        guard root.name == "SignedIdentifiers" else { throw .document("The root element is not SignedIdentifiers.") }
        guard root.children.count <= limit else { throw .document("There may be at most five policies.") }
        var policies: [ContainerAccess.Policy] = []
        for child in root.children {
            guard child.name == "SignedIdentifier" else {
                throw .document("\(child.name) is not an element of a list of policies.")
            }
            let policy = try policy(child)
            guard !policies.contains(where: { $0.id == policy.id }) else {
                throw .document("Two policies have the same Id.")
            }
            policies.append(policy)
        }
        return policies
    }

    private static func policy(_ element: XMLElement) throws(ServiceFailure) -> ContainerAccess.Policy {
        let id = element["Id"]?.text ?? ""
        guard (1...longestID).contains(id.unicodeScalars.count) else { throw .nodeValue("Id", id) }
        let terms = element["AccessPolicy"]
        let policy = ContainerAccess.Policy(
            id: id, start: terms?.text(of: "Start") ?? "", expiry: terms?.text(of: "Expiry") ?? "",
            permissions: terms?.text(of: "Permission") ?? "")
        for (name, time) in [("Start", policy.start), ("Expiry", policy.expiry)] where !time.isEmpty {
            guard StoredAccessPolicy.isTime(time) else { throw .nodeValue(name, time) }
        }
        guard policy.permissions.allSatisfy(StoredAccessPolicy.permissions.contains) else {
            throw .nodeValue("Permission", policy.permissions)
        }
        return policy
    }
}

extension ServiceFailure {
    fileprivate static func nodeValue(_ name: String, _ value: String) -> ServiceFailure {
        let code = "InvalidXmlNodeValue"
        return ServiceFailure(
            400, code, ServiceMessage.text(for: code),
            details: [Detail("XmlNodeName", name), Detail("XmlNodeValue", value)])
    }
}
