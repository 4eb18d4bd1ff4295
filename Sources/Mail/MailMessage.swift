package import Base
internal import HTTP

/// A mail of this program: one recipient, a subject, a text.
package struct MailMessage: Sendable {
    package var from: MailAddress
    package var to: MailAddress
    package var subject: String
    /// Plain text, with lines of any length.
    package var text: String
    /// Until when it is of use; after that it is not sent any more.
    package var goodUntil: Instant?

    private static let subjectBytesMax = 1_000
    private static let textBytesMax = 1 << 20

    /// - Throws: `MailError.malformed` for a subject with control characters and for what is too long.
    package init(
        from: MailAddress, to: MailAddress, subject: String, text: String, goodUntil: Instant? = nil
    ) throws(MailError) {
        guard HeaderText.isPlain(subject), subject.utf8.count <= Self.subjectBytesMax else {
            throw MailError(.malformed, "the subject of a mail holds control characters or is too long")
        }
        guard text.utf8.count <= Self.textBytesMax, !text.utf8.contains(0) else {
            throw MailError(.malformed, "the text of a mail is too long or holds zero bytes")
        }
        self.from = from
        self.to = to
        self.subject = subject
        self.text = text
        self.goodUntil = goodUntil
    }

    /// Header and body as they are sent: lines of ASCII, at most 78 bytes each but for names that are longer themselves.
    /// - Parameters:
    ///   - number: what it is known by (`Message-ID`), without brackets.
    ///   - date: when it was written.
    /// - Source: RFC 5322, RFC 2045, RFC 3834 (`Auto-Submitted`).
    package func encoded(number: String, date: Instant) -> [UInt8] {
        var header = ""
        // In UTC, which HTTP names and mail counts.
        header += "Date: \(HTTPDate.format(date).dropLast(3))+0000\r\n"
        header += Self.field("From", from)
        header += Self.field("To", to)
        header += "Message-ID: <\(number)>\r\n"
        header += "Subject: \(HeaderText.unstructured(subject, indent: 9))\r\n"
        header += "Auto-Submitted: auto-generated\r\n"
        header += "MIME-Version: 1.0\r\n"
        return Array(header.utf8) + MIMEPart(text: text).encoded
    }

    private static func field(_ name: String, _ address: MailAddress) -> String {
        guard let person = address.name else { return "\(name): \(address.address)\r\n" }
        let phrase = HeaderText.phrase(person, indent: name.utf8.count + 2)
        return "\(name): \(phrase)\r\n <\(address.address)>\r\n"
    }

    /// A number for a message of `sender`: 128 random bits and its domain.
    static func newNumber(of sender: MailAddress) -> String {
        var random = SystemRandomNumberGenerator()
        let digits = (0..<2).map { _ -> String in
            let text = String(random.next(), radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return digits.joined() + "@" + sender.domain
    }
}
