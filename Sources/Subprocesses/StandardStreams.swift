public import SystemCalls

/// What a child reads as its standard input; `Handle` is what the scope's body gets for it.
public struct StandardInput<Handle: Sendable>: Sendable {
    let choice: StreamChoice
    let makeHandle: @Sendable (Child) -> Handle
}

extension StandardInput<Void> {
    /// Nothing: the child finds the end at once.
    public static var null: Self { Self(choice: .null) { _ in } }

    /// A descriptor of this process, which must stay open until the scope's body begins.
    public static func descriptor(_ descriptor: borrowing Descriptor) -> Self {
        Self(choice: .descriptor(descriptor.number)) { _ in }
    }
}

extension StandardInput<ProcessInput> {
    /// A pipe that the scope's body writes to.
    public static var pipe: Self { Self(choice: .pipe) { ProcessInput(child: $0) } }
}

/// Where a child's standard output goes; `Handle` is what the scope's body gets for it.
public struct StandardOutput<Handle: Sendable>: Sendable {
    let choice: StreamChoice
    let makeHandle: @Sendable (Child) -> Handle
}

extension StandardOutput<Void> {
    /// Nowhere.
    public static var null: Self { Self(choice: .null) { _ in } }

    /// A descriptor of this process, which must stay open until the scope's body begins.
    public static func descriptor(_ descriptor: borrowing Descriptor) -> Self {
        Self(choice: .descriptor(descriptor.number)) { _ in }
    }
}

extension StandardOutput<ProcessOutput> {
    /// A pipe that the scope's body reads from.
    public static var pipe: Self { Self(choice: .pipe) { ProcessOutput(child: $0) } }
}

/// What a child's descriptor is to be.
enum StreamChoice: Sendable {
    case null
    case pipe
    case descriptor(Int32)
}
