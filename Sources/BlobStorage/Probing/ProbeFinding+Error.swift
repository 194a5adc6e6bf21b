import Diagnostics

extension ProbeFinding {
    /// A probe that failed, in the words of the error and of what lies under it.
    ///
    /// - Parameters:
    ///   - severity: How bad that is.
    ///   - consequence: What comes of it, one lower-case clause.
    public init(_ probe: Probe, _ error: any Error, _ severity: Severity = .error, so consequence: String? = nil) {
        let explanation = Explanation(error)
        let service = (error as? BlobStoreError)?.service
        let said = ([explanation.summary] + explanation.causes).joined(separator: ": ")
        let remedies = explanation.remedies.map { $0.hasSuffix(".") ? $0 : $0 + "." }
        self.init(
            probe, severity, [said, consequence].compactMap(\.self).joined(separator: "; "),
            remedy: remedies.isEmpty ? nil : remedies.joined(separator: " "), service: service)
    }
}
