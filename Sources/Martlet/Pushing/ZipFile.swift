internal import Glibc
internal import Intake
internal import Push

/// Makes a zip that is pushed: the same members give the same bytes, so that a push that was cut off goes on with it
/// another day. The file has no name: it goes with the process, however that ends.
enum ZipFile {
    /// - Parameters:
    ///   - folder: where the room for it is taken.
    ///   - progress: told of the bytes of each member.
    /// - Throws: `MartletError.input` if a member cannot be read, `.output` if there is no room; `IntakeError`, `PushError`.
    static func make(
        _ name: String, _ members: [PushInputs.Member], in folder: String, progress: (Int) -> Void
    ) throws -> PushFile {
        var template = Array((folder + "/martlet-push-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw MartletError(.output, "cannot write to \(folder): \(String(cString: strerror(errno)))")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
        do {
            let writer = try ArchiveWriter(descriptor: descriptor)
            for member in members {
                let bytes = try InputFile.read(member.path, bytesMax: memberBytesMax)
                try bytes.withUnsafeBytes { try writer.add(member.name, $0) }
                progress(bytes.count)
            }
            try writer.finish()
        } catch {
            close(descriptor)
            throw error
        }
        return try PushFile(name: name, taking: descriptor)
    }

    /// A file may have grown since it was looked at.
    private static let memberBytesMax = 512 << 20
}
