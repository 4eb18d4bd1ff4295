extension ServerConfiguration {
    /// A certificate chain and its private key, both PEM. The key's memory is overwritten when the last copy of this
    /// value goes; the server keeps none of its own once it has loaded it.
    package struct TLS: Sendable {
        package let certificate: String
        let key: PrivateKeyText

        /// Takes a key out of a string, whose own memory is the caller's to care for.
        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = PrivateKeyText(copying: key)
        }

        /// Reads both files; the key's text is in no other memory than what is overwritten later.
        /// - Throws: `ServerError.tlsUnreadable`, with the path.
        package init(certificateFile: String, keyFile: String) throws(ServerError) {
            // A certificate is no secret; read the same way to have one reader.
            certificate = try PrivateKeyText(reading: certificateFile).withCString { String(cString: $0) }
            key = try PrivateKeyText(reading: keyFile)
        }
    }
}

extension ServerConfiguration.TLS {
    /// TLS 1.3 and 1.2, keys that are agreed on for each connection, authenticated encryption, and nothing else: no CBC,
    /// no key exchange under RSA, no SHA-1 and no finite-field groups. GnuTLS never renegotiates by itself, and a client
    /// that asks for it is cut off.
    /// - Source: RFC 9325; Mozilla's server side TLS guide, "intermediate".
    static let priorities = [
        "NONE", "+VERS-TLS1.3", "+VERS-TLS1.2", "+ECDHE-ECDSA", "+ECDHE-RSA", "+AES-256-GCM", "+CHACHA20-POLY1305",
        "+AES-128-GCM", "+AEAD", "+COMP-NULL", "+GROUP-X25519", "+GROUP-SECP256R1", "+GROUP-SECP384R1",
        "+SIGN-ECDSA-SECP256R1-SHA256", "+SIGN-ECDSA-SECP384R1-SHA384", "+SIGN-ECDSA-SHA256", "+SIGN-ECDSA-SHA384",
        "+SIGN-ECDSA-SHA512", "+SIGN-EDDSA-ED25519", "+SIGN-RSA-PSS-RSAE-SHA256", "+SIGN-RSA-PSS-RSAE-SHA384",
        "+SIGN-RSA-PSS-RSAE-SHA512", "+SIGN-RSA-PSS-SHA256", "+SIGN-RSA-PSS-SHA384", "+SIGN-RSA-PSS-SHA512",
        "+SIGN-RSA-SHA256", "+SIGN-RSA-SHA384", "+SIGN-RSA-SHA512", "%SERVER_PRECEDENCE",
    ].joined(separator: ":")
}
