internal import Glibc

/// How far the kernel has got with what was written to a TCP socket.
struct SocketFlow {
    /// Bytes that the peer has acknowledged, since the connection began.
    let takenBytes: Int
    /// Bytes that were written and that the peer has not acknowledged.
    let waitingBytes: Int

    /// Linux's `struct tcp_info`, of which the C library's own declaration has only the first part.
    private static let infoBytes = 256
    private static let bytesAckedOffset = 120

    /// `nil` where the kernel does not say.
    init?(_ descriptor: Int32) {
        var waiting: Int32 = 0
        guard ioctl(descriptor, UInt(TIOCOUTQ), &waiting) == 0 else { return nil }
        let taken = withUnsafeTemporaryAllocation(byteCount: Self.infoBytes, alignment: 8) { info -> UInt64? in
            var count = socklen_t(info.count)
            let end = Self.bytesAckedOffset + MemoryLayout<UInt64>.size
            guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, info.baseAddress, &count) == 0,
                Int(count) >= end
            else { return nil }
            return info.loadUnaligned(fromByteOffset: Self.bytesAckedOffset, as: UInt64.self)
        }
        guard let taken else { return nil }
        takenBytes = Int(clamping: taken)
        waitingBytes = Int(waiting)
    }
}
