/// The moments at which a crash leaves something different behind; tests look at the directory at each of them.
enum StoreStep: Sendable, CaseIterable {
    case fileCreated
    case fileWritten
    case fileSynchronized
    case recorded
    case removing
    case removed
    case removalSynchronized
}
