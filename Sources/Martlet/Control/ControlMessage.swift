internal import Glibc

/// A command line on its way to the server, with the terminal of whoever gave it.
struct ControlMessage {
    let words: [String]
    let input: Int32
    let output: Int32
    let errors: Int32

    private static let bytesMax = 64 << 10
    private static let descriptorCount = 3
    /// A header of a control message: its size, its level and its type.
    private static let headerBytes = 16

    /// Sends words and the descriptors of this process's standard input, output and error.
    /// - Returns: whether all of it went.
    static func send(_ words: [String], to peer: Int32) -> Bool {
        var text: [UInt8] = []
        for word in words {
            text += word.utf8
            text.append(0)
        }
        guard text.count <= bytesMax, !words.contains(where: { $0.utf8.contains(0) }) else { return false }
        var size = UInt32(text.count).littleEndian
        let control = UnsafeMutableRawBufferPointer.allocate(byteCount: 32, alignment: 8)
        defer { control.deallocate() }
        control.storeBytes(of: headerBytes + descriptorCount * 4, toByteOffset: 0, as: Int.self)
        control.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: Int32.self)
        control.storeBytes(of: 1, toByteOffset: 12, as: Int32.self)  // SCM_RIGHTS
        for (place, descriptor) in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO].enumerated() {
            control.storeBytes(of: descriptor, toByteOffset: headerBytes + place * 4, as: Int32.self)
        }
        let (isSent, _) = exchange(&size, control) { sendmsg(peer, &$0, Int32(MSG_NOSIGNAL)) }
        guard isSent else { return false }
        var rest = text[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// - Returns: `nil` if what comes is not what `send` sends.
    static func receive(from peer: Int32) -> ControlMessage? {
        var size: UInt32 = 0
        let control = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
        defer { control.deallocate() }
        let flags = Int32(MSG_CMSG_CLOEXEC) | Int32(MSG_WAITALL)
        let (isWhole, controlBytes) = exchange(&size, control) { recvmsg(peer, &$0, flags) }
        var descriptors: [Int32] = []
        if controlBytes >= headerBytes, control.load(fromByteOffset: 12, as: Int32.self) == 1 {
            let count = min((control.load(as: Int.self) - headerBytes) / 4, 8)
            for place in 0..<max(0, count) {
                descriptors.append(control.load(fromByteOffset: headerBytes + place * 4, as: Int32.self))
            }
        }
        let count = Int(UInt32(littleEndian: size))
        guard isWhole, descriptors.count == descriptorCount, count <= bytesMax, let text = read(count, from: peer)
        else {
            for descriptor in descriptors { close(descriptor) }
            return nil
        }
        let words = text.split(separator: 0, omittingEmptySubsequences: false).dropLast()
        return ControlMessage(
            words: words.map { String(decoding: $0, as: UTF8.self) }, input: descriptors[0], output: descriptors[1],
            errors: descriptors[2])
    }

    /// Has one message sent or received: a size, and descriptors in a control message beside it.
    /// - Returns: whether the whole size went, and how many bytes of `control` are used.
    private static func exchange(
        _ size: inout UInt32, _ control: UnsafeMutableRawBufferPointer, by call: (inout msghdr) -> Int
    ) -> (isWhole: Bool, controlBytes: Int) {
        withUnsafeMutableBytes(of: &size) { head in
            var part = iovec(iov_base: head.baseAddress, iov_len: head.count)
            return withUnsafeMutablePointer(to: &part) { parts in
                var message = msghdr()
                message.msg_iov = parts
                message.msg_iovlen = 1
                message.msg_control = control.baseAddress
                message.msg_controllen = control.count
                let isWhole = call(&message) == head.count
                return (isWhole, message.msg_controllen)
            }
        }
    }

    private static func read(_ count: Int, from peer: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let part = bytes.withUnsafeMutableBytes { recv(peer, $0.baseAddress.map { $0 + done }, count - done, 0) }
            if part < 0 && errno == EINTR { continue }
            guard part > 0 else { return nil }
            done += part
        }
        return bytes
    }

    func closeDescriptors() {
        for descriptor in [input, output, errors] { close(descriptor) }
    }
}
