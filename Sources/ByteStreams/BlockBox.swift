import Synchronization

/// Carries a block into a task, which takes it out once.
///
/// A block cannot be copied, and a closure that a task group keeps cannot consume what it captured.
public final class BlockBox: Sendable {
    private let block: Mutex<Block?>

    public init(_ block: consuming Block) { self.block = Mutex(block) }

    /// The block; whoever takes it owns it.
    public func take() -> Block {
        let taken = block.withLock { block -> Block? in
            var taken: Block?
            swap(&taken, &block)
            return taken
        }
        guard let taken else { preconditionFailure("a block is taken once") }
        return taken
    }
}
