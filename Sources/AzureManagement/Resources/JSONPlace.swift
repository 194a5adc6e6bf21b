/// Where in a document something is wrong: `properties.networkAcls.defaultAction`.
struct JSONPlace: CustomStringConvertible {
    let description: String

    init(of error: any Error) {
        let path =
            switch error {
            case DecodingError.keyNotFound(let key, let context): context.codingPath + [key]
            case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
                DecodingError.dataCorrupted(let context):
                context.codingPath
            default: [any CodingKey]()
            }
        description = path.isEmpty ? "the document" : path.map(\.stringValue).joined(separator: ".")
    }
}
