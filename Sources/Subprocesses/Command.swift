/// A program to run, with everything it is given: nothing is inherited from this process.
///
/// Secrets belong in `environment`, never in `arguments`, which every user of the machine can read. The values of the
/// environment appear in no description.
public struct Command: Sendable {
    /// The path of the program; it is not searched for.
    public var executable: String
    /// Without the program's own name, which comes first by itself.
    public var arguments: [String]
    public var environment: [String: String]
    /// The working directory; `nil` keeps this process's.
    public var directory: String?

    public init(
        executable: String, arguments: [String], environment: [String: String], directory: String? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }

    /// The last part of the path, by which messages call the program.
    public var name: String { executable.split(separator: "/").last.map(String.init) ?? executable }
}

extension Command: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The program and its arguments, as a shell would take them; for messages, not for shells.
    public var description: String { ([executable] + arguments).map(Self.quoted).joined(separator: " ") }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["executable": executable, "arguments": arguments]) }

    private static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./=:,+@%".utf8.contains(byte)
            }
        }
        return plain && !word.isEmpty
            ? word
            : "'"
                + word.split(separator: "'", omittingEmptySubsequences: false)
                .joined(separator: "'\\''") + "'"
    }
}
