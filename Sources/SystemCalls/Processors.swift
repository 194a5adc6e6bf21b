import Glibc

public enum Processors {
    /// How many of them this machine has switched on; at least one.
    public static var count: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
