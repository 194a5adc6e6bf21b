import FoundationEssentials
import HTTPMessages

/// What the authority, or whoever stands for it on this machine, answers to a request for a token.
struct TokenAnswer: Decodable {
    /// Numbers come as numbers or as texts, depending on who answers.
    struct Number: Decodable {
        let value: Double

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let read = try (try? container.decode(Double.self)) ?? Double(container.decode(String.self))
            // In seconds: beyond the year 9999 it is no time.
            guard let read, (0..<253_402_300_800).contains(read) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a number of seconds")
            }
            value = read
        }
    }

    let token: String
    private let expiresIn: Number?
    private let expiresOn: Number?
    private let refreshIn: Number?

    private enum CodingKeys: String, CodingKey {
        case token = "access_token"
        case expiresIn = "expires_in"
        case expiresOn = "expires_on"
        case refreshIn = "refresh_in"
    }

    /// The largest answer that is read.
    static let limit = 1 << 20

    /// Reads a successful answer; `nil` for what is no token, or has no end.
    static func read(_ body: [UInt8], now: Date) -> AccessToken? {
        guard let answer = try? JSONDecoder().decode(TokenAnswer.self, from: Data(body)), isToken(answer.token) else {
            return nil
        }
        // How long it lives does not depend on whose clock is right.
        let end =
            answer.expiresIn.map { now.addingTimeInterval($0.value) }
            ?? answer.expiresOn.map { Date(timeIntervalSince1970: $0.value) }
        return end.map {
            AccessToken(
                answer.token, expires: $0, refresh: answer.refreshIn.map { now.addingTimeInterval($0.value) })
        }
    }

    /// True for what can stand in a header field.
    static func isToken(_ text: String) -> Bool {
        (1...JSONWebToken.longest).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

/// How a refusal is worded.
struct TokenRefusal: Decodable {
    var error = ""
    var description = ""
    var codes: [Int] = []

    private enum CodingKeys: String, CodingKey {
        case error
        case description = "error_description"
        case codes = "error_codes"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        error = (try? values.decodeIfPresent(String.self, forKey: .error)) ?? ""
        description = (try? values.decodeIfPresent(String.self, forKey: .description)) ?? ""
        codes = (try? values.decodeIfPresent([Int].self, forKey: .codes)) ?? []
    }

    private init() {}

    init(_ response: HTTPResponse) {
        self = (try? JSONDecoder().decode(TokenRefusal.self, from: Data(response.body))) ?? TokenRefusal()
    }

    var code: SignInCode? { SignInCode(in: description) ?? codes.first.map { SignInCode($0) } }

    /// The service's words up to the ids that follow them, in one line.
    var words: String {
        let first = description.split(whereSeparator: \.isNewline).first ?? Substring(error)
        let text = first.firstRange(of: " Trace ID:").map { first[..<$0.lowerBound] } ?? first
        return String(
            text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(300).map(Character.init))
    }
}
