import Synchronization

/// Carries a value that cannot be copied into a closure that is called once, which takes it out.
///
/// A closure that is kept cannot consume what it captured.
public final class Handover<Value: ~Copyable & Sendable>: Sendable {
    private let value: Mutex<Value?>

    public init(_ value: consuming sending Value) { self.value = Mutex(value) }

    /// The value; whoever takes it owns it.
    public func take() -> Value {
        let taken = value.withLock { value -> Value? in
            var taken: Value?
            swap(&taken, &value)
            return taken
        }
        guard let taken else { preconditionFailure("a value is handed over once") }
        return taken
    }
}
