internal import CArchive
internal import Glibc

/// A member of an archive, before its content.
struct ArchiveMember {
    enum Kind {
        case file, folder, link, special
    }

    /// As text; see `MemberName.text`.
    var name: String
    /// What is wrong with the name; see `MemberName.fault`.
    var nameFault: String?
    var kind: Kind
    var isEncrypted: Bool
    /// In stored order, from 1.
    var number: Int
    /// Unpacked bytes as the archive states them; not to be trusted.
    var statedBytes: UInt64?
}

/// The sum of unpacked bytes of a run.
final class UnpackBudget {
    private var left: UInt64

    init(bytesMax: UInt64) {
        left = bytesMax
    }

    /// False once the sum is over the limit.
    func spend(_ bytes: Int) -> Bool {
        let (rest, isOver) = left.subtractingReportingOverflow(UInt64(bytes))
        left = isOver ? 0 : rest
        return !isOver
    }
}

/// Reads an archive or a compressed file through libarchive, member by member, with guards against bombs.
///
/// Used from one thread. Once `isDead`, nothing more can be read through it.
final class ArchiveReader {
    enum Format {
        /// By the list of contents at its end.
        case zip
        /// By the members themselves, for a zip whose list of contents is missing or damaged.
        case zipFromFront
        case tar
        /// gzip or zstd, around a tar or a single file.
        case compressed
    }

    private let handle: OpaquePointer
    private let input: ArchiveInput
    private let limits: IntakeLimits
    private let budget: UnpackBudget
    private var number = 0
    private var memberBytes: UInt64 = 0
    private var archiveBytes: UInt64 = 0
    private var packedBefore: UInt64 = 0
    /// True where libarchive can't go on to the next member, or must not.
    private(set) var isDead = false
    /// True where the archive is not to be trusted any further: opening it anew would not help.
    private(set) var isRefused = false

    /// Opens over bytes that can be read at any place; a zip's list of contents is used then.
    /// - Parameter blockBytes: how much is read of them at a time.
    convenience init(
        _ access: any RandomAccess, format: Format, limits: IntakeLimits, budget: UnpackBudget,
        blockBytes: Int = ArchiveInput.blockBytes
    ) throws {
        try self.init(ArchiveInput(access, blockBytes: blockBytes), format, limits, budget)
    }

    /// Opens over a stream.
    convenience init(
        _ source: any ByteSource, format: Format, limits: IntakeLimits, budget: UnpackBudget
    ) throws {
        try self.init(ArchiveInput(source), format, limits, budget)
    }

    private init(
        _ input: ArchiveInput, _ format: Format, _ limits: IntakeLimits, _ budget: UnpackBudget
    ) throws {
        guard let handle = archive_read_new() else { throw IntakeError(.archive, "no memory for an archive reader") }
        self.handle = handle
        self.input = input
        self.limits = limits
        self.budget = budget
        try open(format)
    }

    deinit {
        archive_read_free(handle)
    }

    /// True where the file turned out to be a single compressed file, not an archive of files.
    var isSingleFile: Bool { archive_format(handle) == ARCHIVE_FORMAT_RAW }

    /// The next member; `nil` at the end.
    /// - Throws: `IntakeError`; the reader is dead then.
    func nextMember() throws -> ArchiveMember? {
        guard !isDead else { return nil }
        var entry: OpaquePointer?
        var status = ARCHIVE_RETRY
        var tries = 0
        while status == ARCHIVE_RETRY && tries < 100 {
            status = UTF8Locale.with { archive_read_next_header(handle, &entry) }
            tries += 1
        }
        if status == ARCHIVE_EOF { return nil }
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else {
            isDead = true
            throw failure(.archive)
        }
        number += 1
        memberBytes = 0
        packedBefore = input.packedBytes
        guard number <= limits.membersMax else {
            refuse()
            throw IntakeError(.tooLarge, "the archive has more than \(limits.membersMax) members")
        }
        let isSized = archive_entry_size_is_set(entry) != 0
        let bytes = archive_entry_pathname(entry).map { UnsafeRawBufferPointer(start: $0, count: strlen($0)) }
        return ArchiveMember(
            name: bytes.map(MemberName.text) ?? "member \(number)", nameFault: bytes.flatMap(MemberName.fault),
            kind: kind(entry), isEncrypted: archive_entry_is_data_encrypted(entry) != 0,
            number: number, statedBytes: isSized ? UInt64(max(archive_entry_size(entry), 0)) : nil)
    }

    /// The next piece of the member's content, valid until the next call; `nil` at its end.
    /// - Throws: `IntakeError`.
    func nextBlock() throws -> UnsafeRawBufferPointer? {
        guard !isDead else { return nil }
        while true {
            var start: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let status = archive_read_data_block(handle, &start, &count, &offset)
            if status == ARCHIVE_EOF { return nil }
            if status == ARCHIVE_RETRY { continue }
            guard status == ARCHIVE_OK else {
                isDead = status == ARCHIVE_FATAL
                throw failure(.damaged)
            }
            if count == 0 { continue }
            guard offset == Int64(memberBytes) else {
                throw IntakeError(.damaged, "the member has holes")
            }
            try guardAgainstBomb(count)
            return UnsafeRawBufferPointer(start: start, count: count)
        }
    }

    private func guardAgainstBomb(_ count: Int) throws {
        memberBytes += UInt64(count)
        archiveBytes += UInt64(count)
        let isOver = !budget.spend(count)
        if isOver {
            refuse()
            throw IntakeError(.tooLarge, "the run unpacks to more than \(limits.unpackedBytesMax) bytes")
        }
        if memberBytes > limits.memberBytesMax {
            throw IntakeError(.tooLarge, "unpacks to more than \(limits.memberBytesMax) bytes")
        }
        let memberPacked = input.packedBytes - packedBefore + UInt64(ArchiveInput.blockBytes)
        let ratio = "unpacks to more than \(limits.ratioMax) times its size"
        if isBomb(memberBytes, memberPacked) { throw IntakeError(.bomb, ratio) }
        // Members that share the same packed bytes pass one by one: the archive as a whole is measured, too.
        let archivePacked = min(input.packedBytes, input.byteCount ?? .max)
        if isBomb(archiveBytes, archivePacked) {
            refuse()
            throw IntakeError(.bomb, "the archive as a whole \(ratio)")
        }
    }

    private func refuse() {
        isDead = true
        isRefused = true
    }

    private func isBomb(_ unpacked: UInt64, _ packed: UInt64) -> Bool {
        guard unpacked > limits.ratioFreeBytes else { return false }
        return (unpacked - limits.ratioFreeBytes) / limits.ratioMax > packed
    }

    private func failure(_ code: IntakeError.Code) -> IntakeError {
        if let error = input.error as? IntakeError { return error }
        let text = archive_error_string(handle).map { String(cString: $0) } ?? "the archive can't be read"
        // zlib's -5 is "no more input".
        let isShort = text.lowercased().contains("truncated") || text.hasSuffix("failed (-5)")
        return IntakeError(isShort ? .truncated : code, text, cause: input.error)
    }

    private func kind(_ entry: OpaquePointer) -> ArchiveMember.Kind {
        if archive_entry_symlink(entry) != nil || archive_entry_hardlink(entry) != nil { return .link }
        switch UInt32(archive_entry_filetype(entry)) & UInt32(Glibc.S_IFMT) {
        case UInt32(Glibc.S_IFREG), 0: return .file
        case UInt32(Glibc.S_IFDIR): return .folder
        case UInt32(Glibc.S_IFLNK): return .link
        default: return .special
        }
    }
}

extension ArchiveReader {
    private func open(_ format: Format) throws {
        switch format {
        case .zip: archive_read_support_format_zip_seekable(handle)
        case .zipFromFront: archive_read_support_format_zip_streamable(handle)
        case .tar: archive_read_support_format_tar(handle)
        case .compressed:
            archive_read_support_filter_gzip(handle)
            archive_read_support_filter_zstd(handle)
            archive_read_support_format_tar(handle)
            archive_read_support_format_raw(handle)
            archive_read_support_format_empty(handle)
        }
        archive_read_set_callback_data(handle, Unmanaged.passUnretained(input).toOpaque())
        archive_read_set_read_callback(handle) { _, data, start in
            guard let data, let start else { return -1 }
            let input = Unmanaged<ArchiveInput>.fromOpaque(data).takeUnretainedValue()
            guard let block = input.read() else { return -1 }
            start.pointee = block.baseAddress
            return block.count
        }
        if input.byteCount != nil {
            archive_read_set_seek_callback(handle) { _, data, offset, whence in
                guard let data else { return Int64(ARCHIVE_FATAL) }
                let input = Unmanaged<ArchiveInput>.fromOpaque(data).takeUnretainedValue()
                return input.seek(offset, whence) ?? Int64(ARCHIVE_FATAL)
            }
        }
        let status = UTF8Locale.with { archive_read_open1(handle) }
        if status != ARCHIVE_OK {
            isDead = true
            throw failure(.archive)
        }
    }
}

/// The content of the member that an `ArchiveReader` stands at.
final class MemberSource: ByteSource {
    let reader: ArchiveReader

    init(_ reader: ArchiveReader) {
        self.reader = reader
    }

    func next() throws -> UnsafeRawBufferPointer? {
        try reader.nextBlock()
    }
}

/// libarchive converts names by the locale of its thread: UTF-8 for as long as it is asked for names.
enum UTF8Locale {
    nonisolated(unsafe) private static let locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)

    static func with<Result>(_ body: () -> Result) -> Result {
        guard let locale else { return body() }
        let before = uselocale(locale)
        defer { _ = uselocale(before) }
        return body()
    }
}
