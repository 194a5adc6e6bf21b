import Glibc

/// Programs that were built beside the tests.
public enum BuiltProgram {
    /// The path of a program; swift-testing runs inside the test bundle, which lies beside the products.
    public static func path(_ name: String) -> String {
        var own = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &own, own.count)
        let path = String(decoding: own.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/" + name
    }
}
