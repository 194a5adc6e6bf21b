extension IndexConnection {
    public enum Access: Sendable {
        /// A consistent view of the whole index.
        case read
        /// The right to write from the start, so that it never fails half-way for a lock.
        case write
    }

    /// Runs `body` in one transaction: all of it is kept, durably, or nothing.
    @discardableResult
    public mutating func transaction<Result>(
        _ access: Access, _ body: (inout IndexConnection) throws -> Result
    ) throws -> Result {
        try run(access == .read ? "BEGIN" : "BEGIN IMMEDIATE")
        do {
            let result = try body(&self)
            try run("COMMIT")
            return result
        } catch {
            rollBack()
            throw error
        }
    }

    /// Runs `body` inside a transaction; what it changed is undone if it throws, and the transaction goes on.
    @discardableResult
    public mutating func savepoint<Result>(_ body: (inout IndexConnection) throws -> Result) throws -> Result {
        try run("SAVEPOINT part")
        do {
            let result = try body(&self)
            try run("RELEASE part")
            return result
        } catch {
            // A full disk may have ended the whole transaction; then there is nothing to go back to.
            if isInTransaction {
                try run("ROLLBACK TO part")
                try run("RELEASE part")
            }
            throw error
        }
    }

    /// Ends the transaction, if there still is one, without keeping anything.
    private mutating func rollBack() {
        // An error here would hide the one that led here; the next BEGIN reports a connection that is beyond help.
        if isInTransaction { _ = try? run("ROLLBACK") }
    }
}
