import Base
import Mail
import Testing

@Suite struct MailMessageTests {
    private func message(
        from: MailAddress? = MailAddress("martlet@clinic.example"),
        to: MailAddress? = MailAddress("ada@clinic.example"),
        subject: String = "Hello", text: String = "Text\n"
    ) throws -> MailMessage {
        try MailMessage(from: #require(from), to: #require(to), subject: subject, text: text)
    }

    private func lines(_ message: MailMessage) -> [String] {
        let bytes = message.encoded(number: "1@clinic.example", date: Instant(microseconds: 1_790_000_000_000_000))
        return String(decoding: bytes, as: UTF8.self).components("\r\n")
    }

    @Test func `a mail is fields, an empty line and lines of text`() throws {
        let lines = lines(try message())
        #expect(
            lines == [
                "Date: Mon, 21 Sep 2026 14:13:20 +0000", "From: martlet@clinic.example", "To: ada@clinic.example",
                "Message-ID: <1@clinic.example>", "Subject: Hello", "Auto-Submitted: auto-generated",
                "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
                "Content-Transfer-Encoding: quoted-printable", "", "Text", "",
            ])
    }

    @Test(arguments: ["a\r\nBcc: eve@evil.example", "a\nb", "a\rb", "a\u{0}b", "a\u{2028}b", "a\u{85}b", "a\u{7F}"])
    func `nothing in a subject or a name can begin a line`(_ text: String) throws {
        #expect(throws: MailError.self) { _ = try message(subject: text) }
        #expect(MailAddress("ada@clinic.example", name: text) == nil)
        #expect(MailAddress("ada@clinic.example" + text) == nil)
        #expect(MailAddress(text + "@clinic.example") == nil)
    }

    @Test(arguments: [
        "", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c", "a@b..c", ".a@b", "a.@b", "a@.b", "a@b.", "<a@b>", "a@b>",
        "\"a\"@b",
        "a,b@c", "a@[127.0.0.1]", "ä@b", "a@ä", "a;b@c", "a(b)@c",
    ])
    func `what is no address is refused`(_ text: String) {
        #expect(MailAddress(text) == nil)
    }

    @Test func `addresses are read with and without a name`() {
        #expect(MailAddress("o'brien+x@clinic-1.example")?.domain == "clinic-1.example")
        let named = MailAddress(line: "\"Clinic, North\" <mail@clinic.example>")
        #expect(named?.name == "Clinic, North" && named?.address == "mail@clinic.example")
        #expect(MailAddress(line: "Clinic <mail@clinic.example>")?.name == "Clinic")
        #expect(MailAddress(line: "mail@clinic.example")?.name == nil)
        #expect(MailAddress(line: "Clinic <mail@clinic.example> x") == nil)
    }

    @Test func `no line of a mail is long, and all is ASCII, whatever it says`() throws {
        var random = SeededRandom(seed: 5)
        let pieces = ["a", "ä", "漢", "👩‍⚕️", " ", "  ", ".", "=", "\"", "\\", "?=", "=?", "<", ">", ",", "word ", "\t"]
        for _ in 0..<2_000 {
            func text(_ countMax: UInt64, _ more: [String] = []) -> String {
                let all = pieces + more
                return (0..<(random.next() % countMax)).map { _ in all[Int(random.next() % UInt64(all.count))] }
                    .joined()
            }
            let name = text(80).filter { $0 != "\t" }
            let made = try message(
                to: MailAddress("ada@clinic.example", name: name), subject: text(80).filter { $0 != "\t" },
                text: text(300, ["\n", "\r\n", "\n.\n"]))
            let lines = lines(made)
            #expect(
                lines.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { $0 == 9 || (0x20...0x7E).contains($0) } }
            )
            #expect(!lines.contains { $0.hasPrefix(".") } && lines.last == "")
            #expect(lines.prefix { !$0.isEmpty }.allSatisfy { $0.hasPrefix(" ") || $0.contains(": ") })
        }
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [String] {
        var parts: [String] = []
        var rest = Array(utf8)[...]
        let mark = Array(separator.utf8)
        while let range = rest.firstRange(of: mark) {
            parts.append(String(decoding: rest[..<range.lowerBound], as: UTF8.self))
            rest = rest[range.upperBound...]
        }
        return parts + [String(decoding: rest, as: UTF8.self)]
    }
}
