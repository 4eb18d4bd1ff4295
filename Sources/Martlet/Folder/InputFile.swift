internal import Glibc

/// A file that a command reads as a whole, or standard input for `-`.
package enum InputFile {
    /// How messages name it.
    package static func name(_ path: String) -> String {
        path == "-" ? "standard input" : path
    }

    /// All bytes of the file.
    /// - Throws: `MartletError.input` if it is not there, cannot be read or has more than `bytesMax` bytes.
    package static func read(_ path: String, bytesMax: Int) throws(MartletError) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { if path != "-" { close(descriptor) } }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { return bytes }
            guard bytes.count + count <= bytesMax else {
                throw MartletError(.input, "\(name(path)) has more than \(bytesMax >> 20) MiB")
            }
            bytes += piece[..<count]
        }
    }

    private static func unreadable(_ path: String) -> MartletError {
        MartletError(.input, "cannot read \(name(path)): \(String(cString: strerror(errno)))")
    }
}
