/// The name of an archive member, made safe to show and to judge.
enum MemberName {
    /// Nothing is ever written under these names; an archive that tries to lead out of itself is still not to be trusted.
    /// Returns what is wrong in plain words, or `nil`.
    static func fault(_ name: UnsafeRawBufferPointer) -> String? {
        if name.isEmpty { return "the member has no name" }
        if name.count > 4096 { return "the member's name is longer than 4096 bytes" }
        let parts = name.split(omittingEmptySubsequences: false) { $0 == 0x2F || $0 == 0x5C }
        let hasDrive = name.count > 1 && name[1] == 0x3A && Character(Unicode.Scalar(name[0])).isLetter
        if hasDrive || parts.first?.isEmpty == true { return "the member's name is absolute" }
        if parts.contains(where: { $0.elementsEqual("..".utf8) }) {
            return "the member's name leads out of the archive"
        }
        return nil
    }

    /// UTF-8 as it is but for control characters; bytes that are not UTF-8 as `\xNN`, so that different names stay
    /// different.
    static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        if let text = String(validating: bytes, as: UTF8.self) {
            return text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ? text : escaped(bytes)
        }
        return escaped(bytes)
    }

    private static func escaped(_ bytes: UnsafeRawBufferPointer) -> String {
        var text = ""
        for byte in bytes {
            if byte >= 0x20 && byte < 0x7F {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return text
    }
}
