/// Says how many of the next `count` bytes, which is at least one, may pass; waits for that if need be.
///
/// The answer is from 1 to `count`. What it throws ends the body, or cuts the answer.
public typealias ByteGate = @Sendable (_ count: Int) async throws -> Int
