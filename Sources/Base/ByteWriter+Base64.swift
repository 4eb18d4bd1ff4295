extension ByteWriter {
    /// Base64 with padding, without line breaks.
    /// - Source: RFC 4648 section 4.
    package func writeBase64(_ bytes: UnsafeRawBufferPointer) {
        reserve((bytes.count + 2) / 3 * 4)
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        let digits = alphabet.utf8Start
        let target = base
        var end = count
        var offset = 0
        while offset < bytes.count {
            let left = bytes.count - offset
            let first = Int(bytes[offset])
            let second = left > 1 ? Int(bytes[offset + 1]) : 0
            let third = left > 2 ? Int(bytes[offset + 2]) : 0
            target[end] = digits[first >> 2]
            target[end + 1] = digits[(first & 3) << 4 | second >> 4]
            target[end + 2] = left > 1 ? digits[(second & 15) << 2 | third >> 6] : 0x3D
            target[end + 3] = left > 2 ? digits[third & 63] : 0x3D
            end += 4
            offset += 3
        }
        count = end
    }
}
