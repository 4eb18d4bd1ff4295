internal import CArchive
internal import Glibc

/// Writes a zip file through libarchive: the same members give the same bytes on every machine and day.
///
/// Members carry no time of their own (the format's first day, 1980-01-01, stands there), no owner, and mode 0644.
/// Used from one thread. What is written is a whole zip only after `finish`.
package final class ArchiveWriter {
    private let handle: OpaquePointer
    private let entry: OpaquePointer
    private var isEnded = false

    /// Begins a zip at the present place of a descriptor, which stays the caller's to close.
    /// - Throws: `IntakeError.archive`.
    package init(descriptor: Int32) throws(IntakeError) {
        guard let handle = archive_write_new() else {
            throw IntakeError(.archive, "no memory for an archive writer")
        }
        guard let entry = archive_entry_new() else {
            archive_write_free(handle)
            throw IntakeError(.archive, "no memory for an archive writer")
        }
        self.handle = handle
        self.entry = entry
        let options = "zip:compression=deflate,zip:compression-level=\(Self.level),zip:hdrcharset=UTF-8"
        guard archive_write_set_format_zip(handle) == ARCHIVE_OK,
            archive_write_set_bytes_in_last_block(handle, 1) == ARCHIVE_OK,
            UTF8Locale.with({ archive_write_set_options(handle, options) }) == ARCHIVE_OK,
            archive_write_open_fd(handle, descriptor) == ARCHIVE_OK
        else { throw failure() }
    }

    /// Deflate at about twice the speed of the usual level 6, for a tenth more bytes.
    private static let level = 3

    private static let regularFile: UInt32 = S_IFREG

    deinit {
        archive_entry_free(entry)
        // What is left unfinished must not be finished on the way out: the caller throws the file away.
        if !isEnded { archive_write_fail(handle) }
        archive_write_free(handle)
    }

    /// Adds a file with its whole content.
    /// - Parameter name: a relative path with slashes; UTF-8.
    /// - Throws: `IntakeError.archive`, such as for a full disk; the writer is of no use then.
    package func add(_ name: String, _ content: UnsafeRawBufferPointer) throws(IntakeError) {
        archive_entry_clear(entry)
        archive_entry_set_filetype(entry, Self.regularFile)
        archive_entry_set_perm(entry, 0o644)
        archive_entry_set_size(entry, Int64(content.count))
        let isBegun = UTF8Locale.with {
            archive_entry_update_pathname_utf8(entry, name) == 1 && archive_write_header(handle, entry) == ARCHIVE_OK
        }
        guard isBegun else { throw failure() }
        var rest = content
        while !rest.isEmpty {
            let count = archive_write_data(handle, rest.baseAddress, rest.count)
            guard count > 0 else { throw failure() }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        guard archive_write_finish_entry(handle) == ARCHIVE_OK else { throw failure() }
    }

    /// Writes the list of contents. Nothing can be added afterwards.
    /// - Throws: `IntakeError.archive`; the file is no whole zip then.
    package func finish() throws(IntakeError) {
        guard !isEnded, UTF8Locale.with({ archive_write_close(handle) }) == ARCHIVE_OK else { throw failure() }
        isEnded = true
    }

    private func failure() -> IntakeError {
        let number = archive_errno(handle)
        let reason = number > 0 ? systemMessage(number) : nil
        let message = archive_error_string(handle).map { String(cString: $0) }
        return IntakeError(.archive, "the zip can't be written: \(reason ?? message ?? "unknown reason")")
    }
}
