import FoundationEssentials
import HTTPListener
import HTTPMessages
import Synchronization
import SystemCalls

/// Managed identities: as a virtual machine, App Service and Azure Arc offer them.
extension AzureStage {
    func answerMetadata(_ request: StageRequest) throws -> Reply {
        guard request.method == "GET" else { throw StageFailure.method(request.method) }
        switch request.segments.map({ $0.lowercased() }) {
        case ["metadata", "identity", "oauth2", "token"]:
            try requireMetadataField(request)
            return try machineToken(request)
        case ["metadata", "endpoints"]: return .json(200, endpoints(request))
        case ["metadata", "arc", "token"]:
            try requireMetadataField(request)
            try provePresence(request)
            return try machineToken(request)
        case ["msi", "token"]:
            let expected = state.withLock { $0.identityHeader }
            guard request.fields["X-IDENTITY-HEADER"] == expected else {
                throw StageFailure(401, "invalid_request", "The X-IDENTITY-HEADER is not that of this host.")
            }
            return try machineToken(request)
        default: throw StageFailure.nothingHere
        }
    }

    /// Where everything of this cloud is, as `az cloud register` asks the resource manager.
    private func endpoints(_ request: StageRequest) -> JSONValue {
        let (base, host): (JSONValue, String) = (.text(request.base), request.host)
        return [
            "name": "PenstockStage", "portal": base, "gallery": base, "resourceManager": .text(request.base + "/"),
            "authentication": [
                "loginEndpoint": base, "audiences": ["https://management.azure.com/"], "tenant": "common",
                "identityProvider": "AAD",
            ],
            "graphAudience": "https://graph.windows.net/", "graph": "https://graph.windows.net/",
            "microsoftGraphResourceId": "https://graph.microsoft.com/",
            "ossrdbmsResourceId": "https://ossrdbms-aad.database.windows.net",
            "suffixes": ["storage": .text(host), "keyVaultDns": .text("vault.\(host)")],
        ]
    }

    /// A request that came through a proxy, or that a page could have sent, has no such header.
    private func requireMetadataField(_ request: StageRequest) throws(StageFailure) {
        guard request.fields["Metadata"]?.lowercased() == "true", request.fields["X-Forwarded-For"] == nil else {
            throw StageFailure(400, "invalid_request", "Required metadata header not specified")
        }
    }

    private func machineToken(_ request: StageRequest) throws -> Reply {
        guard request.parameter("api-version") != nil else {
            throw StageFailure(400, "invalid_request", "Required query variable 'api-version' is missing")
        }
        guard let resource = request.parameter("resource"), !resource.isEmpty else {
            throw StageFailure(400, "invalid_request", "Required query variable 'resource' is missing")
        }
        guard let found = identity(of: request) else {
            throw StageFailure(400, "invalid_request", "Identity not found")
        }
        guard StageAudience(resource) != nil else {
            throw StageFailure(
                400, "invalid_resource",
                "AADSTS500011: The resource principal named \(resource.prefix(128)) was not found.")
        }
        return try grant(
            resource, found.identity.object, found.identity.client, found.tenant, isFirstVersion: true,
            adding: ["client_id": .text(found.identity.client)])
    }

    /// The identity that a request names, or the system's own.
    private func identity(of request: StageRequest) -> StageState.Identity? {
        let identities = state.withLock { $0.identities }
        func first(_ isRight: (StageDocument.ManagedIdentity) -> Bool) -> StageState.Identity? {
            identities.first { isRight($0.identity) }
        }
        if let client = request.parameter("client_id") {
            return first { $0.client.lowercased() == client.lowercased() }
        }
        if let object = request.parameter("object_id") ?? request.parameter("principal_id") {
            return first { $0.object.lowercased() == object.lowercased() }
        }
        if let resource = request.parameter("msi_res_id") ?? request.parameter("mi_res_id") {
            return first { $0.resource?.lowercased() == resource.lowercased() }
        }
        // Where there is no identity of the system's own, the only other one is meant.
        return first { $0.resource == nil } ?? (identities.count == 1 ? identities.first : nil)
    }

    /// Asks a caller to show that it can read what only an administrator of the machine can.
    private func provePresence(_ request: StageRequest) throws {
        guard let directory = state.withLock({ $0.arcDirectory }) else { throw StageFailure.nothingHere }
        let known = state.withLock { $0.arcKey }
        if !known.isEmpty, request.fields["Authorization"] == "Basic \(known)" {
            // A key is good for one request.
            state.withLock { $0.arcKey = "" }
            return
        }
        let (key, file) = (newID(), "\(directory)/\(newID()).key")
        try Files.replace(file, with: Array(key.utf8))
        state.withLock { $0.arcKey = key }
        throw StageFailure(
            401, "unauthorized", "Read the file and show what it holds.",
            fields: ["WWW-Authenticate": "Basic realm=\(file)"])
    }
}
