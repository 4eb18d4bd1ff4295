internal import Base

/// The name of a job: 128 bits that tell nobody without the tenant's key how many jobs there are.
package struct JobID: Hashable, Sendable, CustomStringConvertible {
    /// Random; it stands in the job's row.
    let nonce: UInt64
    /// The row's number, masked by a keyed hash of the nonce.
    let masked: UInt64

    init(nonce: UInt64, masked: UInt64) {
        self.nonce = nonce
        self.masked = masked
    }

    /// - Returns: `nil` if the text is not one that `description` gives.
    package init?(_ text: String) {
        guard let bytes = Base64URL.decode(text), bytes.count == 16 else { return nil }
        (nonce, masked) = bytes.withUnsafeBytes { raw in
            (
                UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self)),
                UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    /// 22 characters of the URL-safe base64 alphabet.
    package var description: String {
        withUnsafeBytes(of: (nonce.littleEndian, masked.littleEndian)) { Base64URL.encode($0) }
    }
}
