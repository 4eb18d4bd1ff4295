/// What a file is, told by its first bytes.
enum ContentKind: Equatable {
    case empty
    case zip
    case tar
    /// gzip or zstd, around anything.
    case compressed
    /// Text that begins like a JSON object or array.
    case json
    /// Known, but not read: the words name it.
    case unsupported(String)
    case unknown

    /// How many bytes `init` wants to see, where there are as many.
    static let headBytes = 1024

    init(head: UnsafeRawBufferPointer) {
        if head.isEmpty {
            self = .empty
            return
        }
        for (magic, kind) in Self.magics where head.starts(with: magic) {
            self = kind
            return
        }
        if head.count >= 262 && head[257..<262].elementsEqual("ustar".utf8) {
            self = .tar
            return
        }
        let text = head.dropFirst(ByteOrderMark.length(head))
        switch text.first(where: { !isBlank($0) }) {
        case 0x7B, 0x5B: self = .json
        case 0x3C: self = .unsupported("XML or HTML")
        // A page of blanks: what follows tells.
        case nil: self = head.count >= Self.headBytes ? .json : .empty
        default: self = .unknown
        }
    }

    private static let magics: [([UInt8], ContentKind)] = [
        ([0x50, 0x4B, 0x03, 0x04], .zip), ([0x50, 0x4B, 0x05, 0x06], .zip), ([0x50, 0x4B, 0x07, 0x08], .zip),
        ([0x1F, 0x8B], .compressed), ([0x28, 0xB5, 0x2F, 0xFD], .compressed),
        ([0x42, 0x5A, 0x68], .unsupported("bzip2")),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .unsupported("xz")),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .unsupported("7z")),
        ([0x52, 0x61, 0x72, 0x21], .unsupported("rar")),
        ([0x25, 0x50, 0x44, 0x46], .unsupported("PDF")),
        ([0x50, 0x41, 0x52, 0x31], .unsupported("Parquet")),
        ([0xFF, 0xFE], .unsupported("UTF-16 text")), ([0xFE, 0xFF], .unsupported("UTF-16 text")),
    ]
}

/// The three bytes that some programs put in front of UTF-8.
enum ByteOrderMark {
    /// 3 where the text begins with one, else 0.
    static func length(_ head: UnsafeRawBufferPointer) -> Int {
        head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }
}
