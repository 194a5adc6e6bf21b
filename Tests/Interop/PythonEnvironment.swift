import Glibc
import Subprocesses
import Synchronization
import SystemCalls
import TestSupport

/// The virtual environment in which the storage SDK runs: made once by `scripts/interop-venv`, then kept.
enum PythonEnvironment {
    static let python = Fixtures.packageRoot + "/.build/interop-venv/bin/python"
    static let skipReason =
        "scripts/interop-venv cannot install the storage SDK for Python here; run it by hand to see why"

    /// True if the SDK can be used, for `.enabled(_:_:)`.
    ///
    /// In continuous integration (`CI=true`) an environment that cannot be made is a failure: nothing would be tested.
    static func isReady() async throws -> Bool {
        let task = making.withLock { making in
            let task = making ?? Task { try await make() }
            making = task
            return task
        }
        do {
            try await task.value
            return true
        } catch let error as ChildFailure where TestEnvironment["CI"] != "true" {
            print("interop: \(error)")
            return false
        }
    }

    private static let making = Mutex<Task<Void, any Error>?>(nil)

    private static func make() async throws {
        try await run(
            Command(
                executable: "/usr/bin/env", arguments: ["bash", Fixtures.packageRoot + "/scripts/interop-venv"],
                environment: TestEnvironment.all))
    }
}

/// The environment of this test process: pip finds its configuration by it.
enum TestEnvironment {
    static let all: [String: String] = {
        let bytes = (try? Files.contents(of: "/proc/self/environ", limit: 4 << 20)) ?? []
        let pairs = bytes.split(separator: 0).map { pair in
            String(decoding: pair, as: UTF8.self).split(separator: "=", maxSplits: 1).map(String.init)
        }
        return Dictionary(pairs.compactMap { $0.count == 2 ? ($0[0], $0[1]) : nil }) { first, _ in first }
    }()

    static subscript(_ name: String) -> String? { all[name] }
}
