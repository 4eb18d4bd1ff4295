internal import Glibc

extension Log {
    /// Writes lines to a descriptor, each by one call where it takes them whole. What nobody takes is dropped: a log
    /// that cannot be written stops nothing.
    package static func descriptor(_ descriptor: Int32) -> @Sendable (UnsafeRawBufferPointer) -> Void {
        { line in
            var rest = line
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
