package import Base
internal import Vault

/// One-time passwords by time: six digits every 30 seconds.
/// - Source: RFC 6238 with HMAC-SHA-1, the one form that all authenticator apps know; RFC 4226.
package enum TimedPassword {
    /// As RFC 4226 section 4 recommends.
    static let secretBytes = 20
    static let stepSeconds: Int64 = 30
    /// Steps that the clocks of both sides may be apart.
    private static let driftSteps: Int64 = 1

    /// The number of the step that a moment lies in.
    package static func step(at now: Instant) -> Int64 {
        max(0, now.microseconds) / (stepSeconds * 1_000_000)
    }

    /// The password of a step.
    /// - Throws: `VaultError.cryptography`.
    package static func code(step: Int64, secret: [UInt8]) throws -> String {
        let counter = withUnsafeBytes(of: UInt64(bitPattern: step).bigEndian) { Array($0) }
        let mac = try MessageAuthentication.sha1(counter, key: secret)
        let offset = Int(mac[mac.count - 1] & 0x0F)
        let number =
            (UInt32(mac[offset] & 0x7F) << 24 | UInt32(mac[offset + 1]) << 16 | UInt32(mac[offset + 2]) << 8
                | UInt32(mac[offset + 3])) % 1_000_000
        let digits = String(number)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The step whose password this is, around now and later than the last one used; `nil` if there is none.
    /// - Throws: `VaultError.cryptography`.
    package static func acceptedStep(
        _ code: String, secret: [UInt8], now: Instant, lastStep: Int64
    ) throws -> Int64? {
        let given = Array(code.utf8.filter { $0 != 0x20 })
        let present = step(at: now)
        var accepted: Int64?
        for candidate in (present - driftSteps)...(present + driftSteps) where candidate >= 0 {
            // No early end: how long it takes must not tell which step fitted.
            let isSame = SecretBytes.equal(given, Array(try Self.code(step: candidate, secret: secret).utf8))
            if isSame && candidate > lastStep && accepted == nil { accepted = candidate }
        }
        return accepted
    }

    /// What an authenticator app reads from a QR code.
    package static func enrolmentURI(secret: [UInt8], issuer: String, name: String) -> String {
        "otpauth://totp/\(escaped(issuer)):\(escaped(name))?secret=\(Base32.encode(secret))&issuer=\(escaped(issuer))"
            + "&algorithm=SHA1&digits=6&period=\(stepSeconds)"
    }

    private static func escaped(_ text: String) -> String {
        let digits: StaticString = "0123456789ABCDEF"
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
            if isPlain {
                bytes.append(byte)
            } else {
                bytes += [0x25, digits.utf8Start[Int(byte >> 4)], digits.utf8Start[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
