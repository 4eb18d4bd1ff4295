internal import CMalloc

/// The C library's allocator, which all memory of the process comes from.
package enum Allocator {
    /// Freed memory at the end of an arena that is kept for the next request, in bytes.
    private static let keptBytes: Int32 = 32 << 20
    /// Requests from this size on get a mapping of their own, in bytes.
    private static let mappedBytes: Int32 = 4 << 20

    /// Keeps freed memory for a while instead of giving it back at once. By default every answer of more than a
    /// hundred kilobytes costs its pages anew: a tenth of a search's time went into clearing them.
    package static func keepFreedMemory() {
        mallopt(M_TRIM_THRESHOLD, keptBytes)
        mallopt(M_MMAP_THRESHOLD, mappedBytes)
    }
}
