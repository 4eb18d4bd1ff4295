import Access
import Accounts
import Base
import Foundation
import Mail
import SQLDatabase
import TestSupport
import Testing
import Vault
import WebClient

/// Mails that a server by others takes, or does not.
@Suite(.enabled(if: SMTPPeer.isThere, "aiosmtpd is the mail server"))
struct MailDeliveryTests {
    private func client(_ certificate: LoopbackCertificate? = nil) -> WebClient {
        var options = WebClientOptions()
        options.authoritiesFile = certificate?.certificate
        options.silentSecondsMax = 1
        return WebClient(options: options)
    }

    private func bytes(_ text: String = "Text\n", subject: String = "Hello", name: String? = nil) throws -> [UInt8] {
        try MailMessage(
            from: #require(MailAddress("martlet@clinic.example", name: "Clinic")),
            to: #require(MailAddress("ada@clinic.example", name: name)), subject: subject, text: text
        ).encoded(number: "1@clinic.example", date: Instant(microseconds: 1_790_000_000_000_000))
    }

    private func submit(
        _ peer: SMTPPeer, security: MailServer.Security? = nil, login: MailServer.Login? = nil,
        certificate: LoopbackCertificate? = nil
    ) throws {
        var server = try #require(MailServer(peer.address, security: security))
        server.login = login
        try client(certificate).submit(
            try bytes(), from: "martlet@clinic.example", to: ["ada@clinic.example"], by: server)
    }

    private func code(_ body: () throws -> Void) -> WebClientError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? WebClientError)?.code
        }
    }

    @Test func `what was written is what others read`() throws {
        let peer = try SMTPPeer()
        let server = try #require(MailServer(peer.address))
        #expect(server.security == .none)
        let text =
            "Grüße, 漢字 👩‍⚕️\n.\n..two\nFrom here\nend with space \n=20\n" + String(repeating: "long ä ", count: 60) + "\n"
        let subject = "Einladung für Ärztinnen und Ärzte, die länger als eine Zeile ist: 漢字 👩‍⚕️ \"x\" =?a?="
        for (given, name) in [
            (subject, "Dr. \"Ädä\" O'Brien, 漢字 mit einem Namen, der länger als eine Zeile ist"),
            ("Plain", "A \"B\" C\\"),
        ] {
            try client().submit(
                try bytes(text, subject: given, name: name), from: "martlet@clinic.example", to: ["ada@clinic.example"],
                by: server)
            let message = try peer.message()
            #expect(message.subject == given)
            #expect(message.names == [name])
            #expect(message.text == text)
            #expect(message.from == "martlet@clinic.example" && message.to == ["ada@clinic.example"])
            #expect(message.automatic == "auto-generated" && message.date == "2026-09-21T14:13:20+00:00")
            #expect(message.defects == 0 && message.longest <= 78)
            #expect(message.fields.contains("message-id") && !message.fields.contains("bcc"))
        }
    }

    @Test(.enabled(if: LoopbackCertificate.hasTools, "openssl makes the certificate"))
    func `STARTTLS, TLS and logins are used as the operator says`() throws {
        let certificate = try LoopbackCertificate()
        let files = ["--certificate", certificate.certificate, "--key", certificate.key]
        let login = MailServer.Login(user: "martlet", password: "päss word")
        let starting = try SMTPPeer(files[0], files[1], files[2], files[3], "--login", "martlet:päss word")
        try submit(starting, security: .starttls, login: login, certificate: certificate)
        let message = try starting.message()
        #expect(message.tls && message.login == "martlet")
        #expect(
            code {
                try submit(
                    starting, security: .starttls, login: .init(user: "martlet", password: "wrong"),
                    certificate: certificate)
            } == .credentialsRefused)
        #expect(code { try submit(starting, security: .starttls, login: login) } == .tls, "nobody vouches for it")
        let implicit = try SMTPPeer(files[0], files[1], files[2], files[3], "--implicit")
        try submit(implicit, security: .tls, certificate: certificate)
        #expect(try implicit.message().login == nil)
    }

    @Test func `where STARTTLS is demanded and not offered nothing is sent`() throws {
        let peer = try SMTPPeer("--login", "martlet:secret")
        let login = MailServer.Login(user: "martlet", password: "secret")
        #expect(code { try submit(peer, security: .starttls, login: login) } == .tls)
    }

    @Test func `a refusal says whether it is for good`() throws {
        let refusing = try SMTPPeer("--mode", "refuse")
        let later = try SMTPPeer("--mode", "later", "--count", "1")
        for (peer, status, isTemporary) in [(refusing, 550, false), (later, 451, true)] {
            let error = #expect(throws: WebClientError.self) { try submit(peer) }
            #expect(error?.code == .messageRefused && error?.statusCode == status && error?.isTemporary == isTemporary)
            #expect(error?.detail.contains("127.0.0.1:\(peer.port)") == true && error?.detail.contains("ada") == false)
        }
        let silent = try SMTPPeer("--mode", "slow")
        #expect(code { try submit(silent) } == .timedOut)
        let dropping = try SMTPPeer("--mode", "drop", "--count", "1")
        #expect(code { try submit(dropping) } == .interrupted)
    }

    @Test func `an address that would write commands of its own is refused`() throws {
        let peer = try SMTPPeer()
        let server = try #require(MailServer(peer.address))
        for address in ["a@b>\r\nRCPT TO:<eve@evil.example", "a@b\r\nDATA", "<a@b>", "", "a b@c"] {
            #expect(
                code { try client().submit([65], from: "martlet@clinic.example", to: [address], by: server) }
                    == .malformedRequest)
            #expect(code { try client().submit([65], from: address, to: ["a@b"], by: server) } == .malformedRequest)
        }
    }

    @Test func `invites and resets arrive with links that work, also after the server was away`() throws {
        let folder = NSTemporaryDirectory() + "martlet-mail-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let peer = try SMTPPeer("--mode", "drop", "--count", "1")
        let reports = Reports()
        var options = MailQueueOptions()
        options.retrySeconds = [0.01]
        let queue = MailQueue(
            client: client(), server: try #require(MailServer(peer.address)), options: options, clock: SystemClock()
        ) { reports.add("\($0)") }
        let sender = try #require(MailAddress("martlet@clinic.example"))
        let databases = [
            try SQLiteDatabase(path: folder + "/keys.db"), try SQLiteDatabase(path: folder + "/accounts.db"),
        ]
        let accounts = try Accounts(
            database: databases[1], vault: Vault(store: databases[0], masterKey: SecretKey.random()),
            clock: SystemClock(),
            options: AccountsOptions(publicOrigin: "https://martlet.example")
        ) { mail in
            guard let to = MailAddress(mail.address, name: mail.displayName),
                let message = try? MailMessage(
                    from: sender, to: to, subject: mail.subject, text: mail.text, goodUntil: mail.link.expires)
            else { return false }
            return queue.put(message)
        }
        try accounts.addTenant(.standard, displayName: "Clinic")
        let profile = User.Profile(
            name: try #require(LoginName("kim@clinic.example")), displayName: "Kim Løe", role: .clinician)
        #expect(try accounts.invite(profile, tenant: .standard).isMailed)
        let invite = try peer.message()
        #expect(
            invite.to == ["kim@clinic.example"] && invite.names == ["Kim Løe"] && invite.text.contains("Hello Kim Løe,")
        )
        #expect(reports.all.count == 1, "the connection that was cut off")
        let made = try accounts.accept(try token(invite, "invite"), password: "Tall-Ship-Anchors-82", address: "")
        #expect(try accounts.user(made.user.id, tenant: .standard).state == .active)
        _ = try accounts.requestReset(tenant: "default", name: "kim@clinic.example", address: "192.0.2.1")
        let reset = try peer.message()
        #expect(reset.subject.contains("password"))
        _ = try accounts.accept(try token(reset, "reset"), password: "quiet marble staircase", address: "")
        queue.stop()
        try accounts.stop()
        for database in databases { try database.close() }
    }

    /// The secret of the link in a mail.
    private func token(_ message: SMTPPeer.Message, _ page: String) throws -> SecretToken {
        let line = try #require(message.text.split(separator: "\n").first { $0.contains("/\(page)/") })
        #expect(line.hasPrefix("https://martlet.example/\(page)/"))
        return try #require(SecretToken(String(line.dropFirst("https://martlet.example/\(page)/".count))))
    }

    @Test func `an address of a mail server is read with what it means for secrecy`() {
        #expect(MailServer("mail.example.org:587")?.security == .starttls)
        #expect(MailServer("mail.example.org:465")?.security == .tls)
        #expect(MailServer("localhost:25")?.security == MailServer.Security.none)
        #expect(MailServer("[::1]:25")?.security == MailServer.Security.none)
        #expect(MailServer("[2001:db8::1]:25", security: .tls)?.security == .tls)
        for text in [
            "", "a", "a:", ":25", "a:0", "a:65536", "a b:25", "[a]:25", "2001:db8::1:25", "a/b:25", "u@a:25",
            "a:25\r\n",
        ] {
            #expect(MailServer(text) == nil, "\(text)")
        }
    }
}
