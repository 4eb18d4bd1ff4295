internal import COpenSSL
internal import Glibc

/// What keeps keys and records in this process's memory from other places.
package enum ProcessMemory {
    /// Has the process leave no core dump, and lets no process of the same user look into its memory. To be called
    /// before any key is read.
    /// - Returns: whether the system did both.
    @discardableResult
    package static func keepPrivate() -> Bool {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        let isLimited = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0
        return martlet_forbid_dumps() == 0 && isLimited
    }
}
