import Glibc

/// What libFuzzer calls; `PENSTOCK_FUZZ_TARGET` names the target.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    let outcome = thread.run { () async -> String? in
        do {
            try await target.check(input)
            return nil
        } catch {
            return "\(error)"
        }
    }
    guard let outcome else { return 0 }
    complain("a promise is broken: \(outcome)")
}

private let thread = CallersThread()

private let target: FuzzTarget = {
    let name = unsafe getenv("PENSTOCK_FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        complain("PENSTOCK_FUZZ_TARGET must be one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return target
}()

/// Ends the process in the way in which libFuzzer keeps the input.
private func complain(_ text: String) -> Never {
    let line = Array("penstock-fuzz: \(text)\n".utf8)
    _ = unsafe write(2, line, line.count)
    abort()
}
