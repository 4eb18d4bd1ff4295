/// Who this program is to a store that speaks S3.
package struct S3Credentials: Sendable, CustomStringConvertible {
    package var keyID: String
    package var secret: String
    /// Of credentials that end.
    package var sessionToken: String?

    /// - Returns: `nil` if a part is empty or holds what cannot stand in a header.
    package init?(keyID: String, secret: String, sessionToken: String? = nil) {
        let parts = [keyID, secret] + (sessionToken.map { [$0] } ?? [])
        guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }),
            !keyID.contains(":")
        else { return nil }
        self.keyID = keyID
        self.secret = secret
        self.sessionToken = sessionToken
    }

    /// From variables: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and perhaps `AWS_SESSION_TOKEN`.
    package init?(environment: [String: String]) {
        guard let keyID = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"] else {
            return nil
        }
        self.init(keyID: keyID, secret: secret, sessionToken: environment["AWS_SESSION_TOKEN"])
    }

    /// From the text of a file of credentials as other programs for S3 keep them: sections in brackets with
    /// `aws_access_key_id`, `aws_secret_access_key` and perhaps `aws_session_token`.
    package init?(file text: String, profile: String = "default") {
        var values: [String: String] = [:]
        var isInProfile = false
        for line in text.split(whereSeparator: \.isNewline) {
            let line = Self.trimmed(line)
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("["), line.hasSuffix("]") {
                isInProfile = Self.trimmed(line.dropFirst().dropLast()) == profile
            } else if isInProfile, let equals = line.firstIndex(of: "=") {
                let name = Self.trimmed(line[..<equals]).lowercased()
                values[name] = String(Self.trimmed(line[line.index(after: equals)...]))
            }
        }
        guard let keyID = values["aws_access_key_id"], let secret = values["aws_secret_access_key"] else { return nil }
        self.init(keyID: keyID, secret: secret, sessionToken: values["aws_session_token"])
    }

    package var description: String { "credentials of S3" }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
