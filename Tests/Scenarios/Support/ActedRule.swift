/// A rule for storage accounts that the stage can act out: how it is broken, what fails then, and what mends it.
struct ActedRule: Sendable {
    enum Mending: Sendable {
        /// The command that the finding prints.
        case printed
        /// The printed command with a value in place of one of its words.
        case filledIn(String, String)
        /// No command can; what has to come to pass, and how the stage lets it.
        case otherwise(String, @Sendable (PlayedAzure) async throws -> Void)
        /// The job asks for something else instead; other words for the check, and another attempt.
        case instead(String, check: [String], @Sendable (PlayedAzure) async throws -> String?)
    }

    let id: String
    let severity: String
    /// What is given to `check account` beside the account.
    let check: [String]
    var account = "contosobackups"
    var checker: PlayedAzure.Application = .operator
    /// What is done to the stage before the attempt can succeed, and before the rule is broken.
    var prepare: @Sendable (PlayedAzure) async throws -> Void = { _ in }
    let breakIt: @Sendable (PlayedAzure) async throws -> Void
    /// What is tried, in words for the table.
    let operation: String
    /// Tries it; what was said where it was refused, else `nil`.
    let attempt: @Sendable (PlayedAzure) async throws -> String?
    /// What the refusal says.
    let refusal: String
    let mending: Mending
    /// True where the rule is of something that should not be possible: it is, until the finding is mended.
    var isHarm = false
    /// True where the attempt cannot be made before the rule is broken, since it leaves another state.
    var attemptComesAfter = false
    /// True where the attempt, once it is done, leaves nothing to check.
    var removesItsContainer = false
}

extension ActedRule: CustomStringConvertible {
    var description: String { id }
}

extension PlayedAzure {
    /// What a run of the program said, if it failed.
    func tries(
        _ words: [String], input: [UInt8]? = nil, as application: Application = .operator, more: [String: String] = [:]
    ) async throws -> String? {
        var penstock = penstock(.contoso, application)
        penstock.environment.merge(more) { $1 }
        let run = try await penstock.run(words + ["--retry-for", "1s"], input: input)
        return run.code == 0 ? nil : run.errors
    }

    @Sendable static func upload(_ azure: PlayedAzure) async throws -> String? {
        try await azure.tries(["upload", azure.location("box/blob"), "--overwrite"], input: [1])
    }
}
