/// A part of a mail with the fields that say what it is; a mail of one part has them in its own header.
/// - Source: RFC 2045.
struct MIMEPart {
    private let type: String
    private let transferEncoding: String
    private let body: [UInt8]

    /// Plain text.
    init(text: String) {
        type = "text/plain; charset=utf-8"
        transferEncoding = "quoted-printable"
        body = QuotedPrintable.encode(text)
    }

    /// Its fields, an empty line, and its body.
    var encoded: [UInt8] {
        Array("Content-Type: \(type)\r\nContent-Transfer-Encoding: \(transferEncoding)\r\n\r\n".utf8) + body
    }
}
