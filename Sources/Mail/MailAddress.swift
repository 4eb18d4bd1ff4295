/// Where a mail goes to or comes from: `ada@clinic.example`, and perhaps a name.
package struct MailAddress: Hashable, Sendable {
    /// Without brackets and name.
    package let address: String
    /// What the person is called; any characters but control characters.
    package let name: String?

    private static let addressBytesMax = 254
    private static let localBytesMax = 64
    private static let nameBytesMax = 1_000

    /// - Returns: `nil` if the address is not atoms with points, `@`, and a domain, all in ASCII; or the name holds control
    ///   characters or is too long.
    /// - Source: RFC 5321 section 4.1.2 without quoted strings; RFC 5322 section 3.2.3.
    package init?(_ address: String, name: String? = nil) {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, address.utf8.count <= Self.addressBytesMax, parts[0].utf8.count <= Self.localBytesMax,
            Self.isDotted(parts[0], Self.isAtomByte), Self.isDotted(parts[1], Self.isDomainByte)
        else { return nil }
        if let name { guard name.utf8.count <= Self.nameBytesMax, HeaderText.isPlain(name) else { return nil } }
        self.address = address
        self.name = name.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Reads `ada@clinic.example` and `Ada Lovelace <ada@clinic.example>`.
    package init?(line: String) {
        guard line.hasSuffix(">"), let open = line.lastIndex(of: "<") else {
            self.init(line)
            return
        }
        var name = line[..<open]
        while let last = name.last, last == " " { name.removeLast() }
        while let first = name.first, first == " " { name.removeFirst() }
        if name.utf8.count >= 2, name.hasPrefix("\""), name.hasSuffix("\"") { name = name.dropFirst().dropLast() }
        self.init(String(line[line.index(after: open)...].dropLast()), name: String(name))
    }

    /// What is behind the `@`.
    package var domain: String { address.split(separator: "@").last.map(String.init) ?? "" }

    private static func isDotted(_ text: Substring, _ isAllowed: (UInt8) -> Bool) -> Bool {
        !text.isEmpty
            && text.split(separator: ".", omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isAllowed) }
    }

    private static func isAtomByte(_ byte: UInt8) -> Bool {
        isDomainByte(byte) || "!#$%&'*+/=?^_`{|}~".utf8.contains(byte)
    }

    private static func isDomainByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
