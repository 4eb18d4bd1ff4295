internal import Foundation

/// What a password must be: long, and none that attackers try first. No rules about which characters it has.
/// - Source: NIST SP 800-63B section 3.1.1.
package enum PasswordPolicy {
    /// In Unicode scalars after NFKC.
    package static let scalarsMin = 12
    package static let scalarsMax = 128

    /// The password as it is hashed: NFKC in UTF-8, so that the same keys give the same password on every device.
    /// - Returns: `nil` if it is longer than any may be.
    package static func normalized(_ password: String) -> [UInt8]? {
        guard password.utf8.count <= 16 * scalarsMax else { return nil }
        let text = password.precomposedStringWithCompatibilityMapping
        return text.unicodeScalars.count <= scalarsMax ? Array(text.utf8) : nil
    }

    /// Checks a password that is to be set.
    /// - Parameter words: what it must not be made of, such as the login name and the tenant's name.
    /// - Returns: the password as it is hashed.
    /// - Throws: `AccountsError.weakPassword`.
    package static func check(_ password: String, words: [String]) throws(AccountsError) -> [UInt8] {
        guard let bytes = normalized(password) else {
            throw AccountsError(.weakPassword, "A password has at most \(scalarsMax) characters.")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.unicodeScalars.count >= scalarsMin else {
            throw AccountsError(.weakPassword, "A password has at least \(scalarsMin) characters.")
        }
        let folded = CommonPasswords.folded(text)
        for word in words.flatMap(Self.parts) where folded.contains(CommonPasswords.folded(word)) {
            throw AccountsError(.weakPassword, "A password must not hold the sign-in name or the tenant's name.")
        }
        guard !CommonPasswords.holds(text) else {
            throw AccountsError(.weakPassword, "This password is one of those that are guessed first.")
        }
        return bytes
    }

    /// A name and its pieces that are long enough to matter: `jo.smith@clinic.example` → itself, `smith`, `clinic` …
    private static func parts(_ word: String) -> [String] {
        let pieces = word.split { !$0.isLetter && !$0.isNumber }.map(String.init).filter { $0.count >= 5 }
        return word.count >= 4 ? pieces + [word] : pieces
    }
}
