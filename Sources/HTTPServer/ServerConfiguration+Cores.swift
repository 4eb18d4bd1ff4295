internal import Glibc

extension ServerConfiguration {
    /// How many cores this process may use.
    package static var coreCount: Int {
        max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }
}
