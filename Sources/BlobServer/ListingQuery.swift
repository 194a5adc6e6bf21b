import BlobStorage
import CryptoDigests
import HTTPMessages
import MarkupXML

/// The parameters of a listing.
struct ListingQuery {
    let prefix: String
    let delimiter: String?
    /// As the store gave it.
    let marker: String?
    let limit: Int
    let include: Set<String>
    private let query: HTTPQuery

    init(_ query: HTTPQuery, allowed: Set<String>) throws(ServiceFailure) {
        self.query = query
        prefix = query.value("prefix") ?? ""
        delimiter = query.value("delimiter").flatMap { $0.isEmpty ? nil : $0 }
        limit = try Self.limit(query.value("maxresults"))
        marker = try Self.marker(query.value("marker"))
        let names = (query.value("include") ?? "").lowercased().split(separator: ",").map(String.init)
        include = Set(names)
        for name in names where !allowed.contains(name) {
            if Self.unsupported.contains(name) { throw .unsupportedParameter("include", name) }
            throw .parameter("include", name)
        }
    }

    private static let unsupported: Set = [
        "snapshots", "versions", "deletedwithversions", "tags", "immutabilitypolicy", "legalhold", "permissions",
    ]

    /// More than 5,000 is served as 5,000; a page may always hold fewer entries than were asked for.
    private static func limit(_ text: String?) throws(ServiceFailure) -> Int {
        guard let text else { return 5000 }
        let digits = text.drop { $0 == "-" }
        guard !digits.isEmpty, digits.count >= text.count - 1, digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
            throw .parameter("maxresults", text)
        }
        // What does not fit in a number is beyond the limit just as well.
        let number = Int(text) ?? (text.hasPrefix("-") ? -1 : .max)
        guard number > 0 else {
            throw ServiceFailure(
                400, "OutOfRangeQueryParameterValue",
                "One of the query parameters specified in the request URI is outside the permissible range.",
                details: [
                    ServiceFailure.Detail("QueryParameterName", "maxresults"),
                    ServiceFailure.Detail("QueryParameterValue", text),
                    ServiceFailure.Detail("MinimumAllowed", "1"), ServiceFailure.Detail("MaximumAllowed", "5000"),
                ])
        }
        return min(number, 5000)
    }

    /// A store's marker may hold what neither XML nor a URL carries.
    static func opaque(_ marker: String?) -> String { marker.map { Base64.encode(Array($0.utf8)) } ?? "" }

    private static func marker(_ text: String?) throws(ServiceFailure) -> String? {
        guard let text, !text.isEmpty else { return nil }
        guard let bytes = Base64.decode(text), let marker = String(validating: bytes, as: UTF8.self) else {
            throw .parameter("marker", text)
        }
        return marker
    }

    /// The parameters that were given, as the service repeats them.
    func writeEcho(to writer: inout XMLWriter) {
        for (name, parameter) in [
            ("Prefix", "prefix"), ("Marker", "marker"), ("MaxResults", "maxresults"), ("Delimiter", "delimiter"),
        ] {
            guard let value = query.value(parameter), !value.isEmpty else { continue }
            writer.writeName(name, value)
        }
    }
}

extension XMLWriter {
    /// An element whose text may hold characters that XML cannot carry: those are percent-encoded, and it says so.
    mutating func writeName(_ element: String, _ text: String) {
        if Self.canCarry(text) {
            self.element(element, text)
        } else {
            self.element(element, attributes: ["Encoded": "true"], PercentCoding.encode(text))
        }
    }
}
