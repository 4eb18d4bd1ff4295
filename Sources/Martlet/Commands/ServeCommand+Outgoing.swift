internal import Glibc
internal import Mail
internal import WebClient

extension ServeCommand {
    /// Options on how other servers are reached.
    static let outgoingOptions = [
        OptionFacts(
            "allow-addresses", "PLACES", "hosts and networks of your own that may be asked, with commas: 10.1.0.0/16"),
        OptionFacts("authorities", "FILE", "certificates in PEM that other servers are trusted by, not the system's"),
        OptionFacts("smtp", "HOST:PORT", "the server that takes mail; without it links are shown and not mailed"),
        OptionFacts("smtp-security", "MODE", "starttls, tls or none (tls on 465, none on the loopback, else starttls)"),
        OptionFacts("smtp-user", "NAME", "who Martlet is to the mail server"),
        OptionFacts("smtp-password-file", "FILE", "where the password for it lies, for few to read"),
        OptionFacts("mail-from", "ADDRESS", "who mails are from: \"Clinic <martlet@clinic.example>\""),
    ]

    private static let passwordBytesMax = 1_024

    /// What the options say on other servers.
    /// - Throws: `MartletError.usage`, `.input`, `.folder`.
    static func outgoing(_ arguments: Arguments) throws -> Outgoing {
        var outgoing = Outgoing()
        for text in list(arguments.text("allow-addresses")) {
            guard let allowed = AllowedAddress(text) else {
                throw MartletError(
                    .usage,
                    "--allow-addresses takes hosts and networks such as fhir.inner.example:8443 or 10.1.0.0/16, not '\(text)'"
                )
            }
            outgoing.allowed.append(allowed)
        }
        if let path = arguments.text("authorities") {
            let path = arguments.path(path)
            guard access(path, R_OK) == 0 else {
                throw MartletError(.input, "cannot read \(path): \(String(cString: strerror(errno)))")
            }
            outgoing.authoritiesFile = path
        }
        outgoing.mailing = try mailing(arguments)
        return outgoing
    }

    private static func mailing(_ arguments: Arguments) throws -> Outgoing.Mailing? {
        guard let address = arguments.text("smtp") else {
            for name in ["smtp-security", "smtp-user", "smtp-password-file", "mail-from"] where arguments.flag(name) {
                throw MartletError(.usage, "--\(name) goes with --smtp HOST:PORT")
            }
            return nil
        }
        let mode = arguments.text("smtp-security")
        let security = mode.flatMap { MailServer.Security(rawValue: $0) }
        guard mode == nil || security != nil else {
            throw MartletError(.usage, "--smtp-security takes starttls, tls or none")
        }
        guard var server = MailServer(address, security: security) else {
            throw MartletError(.usage, "--smtp takes a host and a port, such as mail.example.org:587")
        }
        guard let sender = arguments.text("mail-from").flatMap({ MailAddress(line: $0) }) else {
            throw MartletError(
                .usage, "--smtp needs --mail-from with an address, such as 'Clinic <martlet@clinic.example>'")
        }
        switch (arguments.text("smtp-user"), arguments.text("smtp-password-file")) {
        case (nil, nil): break
        case (let user?, let path?):
            guard server.security != .none || server.isLoopback else {
                throw MartletError(.usage, "a password is sent with --smtp-security starttls or tls alone")
            }
            server.login = .init(user: user, password: try password(arguments.path(path)))
        default: throw MartletError(.usage, "--smtp-user and --smtp-password-file go together")
        }
        return Outgoing.Mailing(server: server, sender: sender)
    }

    /// The first line of a file that not everybody may read.
    private static func password(_ path: String) throws -> String {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            throw MartletError(.input, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
        guard facts.st_mode & 0o007 == 0 else {
            throw MartletError(.input, "\(path) holds a password and is open to everybody; chmod 600 it")
        }
        let bytes = try InputFile.read(path, bytesMax: passwordBytesMax)
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        guard !line.isEmpty, let text = String(validating: line, as: UTF8.self), !text.utf8.contains(0) else {
            throw MartletError(.input, "\(path) holds no password")
        }
        return text
    }
}
