import Base
import Foundation
import TestSupport
import Testing

/// What the served program asks of other servers: mail and key sets.
@Suite struct OutgoingTests {
    private let home: TemporaryFolder

    init() throws {
        home = try TemporaryFolder()
    }

    private static let sender = "Harbour Clinic <martlet@clinic.example>"

    /// The path of the page that a mail leads to.
    private func page(_ message: SMTPPeer.Message, _ name: String, port: Int) throws -> String {
        let line = try #require(message.text.split(separator: "\n").first { $0.contains("/\(name)/") })
        #expect(line.hasPrefix("http://127.0.0.1:\(port)/\(name)/"))
        return String(line.dropFirst("http://127.0.0.1:\(port)".count))
    }

    @Test(.enabled(if: SMTPPeer.isThere && LoopbackCertificate.hasTools, "aiosmtpd is the mail server"))
    func `an invite and a reset are mailed, and their links work`() throws {
        let certificate = try LoopbackCertificate()
        try home.write("password", "mail secret\n")
        try home.setMode("password", 0o600)
        let peer = try SMTPPeer(
            "--certificate", certificate.certificate, "--key", certificate.key, "--login", "martlet:mail secret")
        let admin = try Administration(
            home.path("data"),
            options: [
                "--smtp", peer.address, "--smtp-security", "starttls", "--smtp-user", "martlet", "--smtp-password-file",
                home.path("password"), "--mail-from", Self.sender, "--authorities", certificate.certificate,
            ])
        let port = admin.serving.port
        let made = try admin.send(
            "POST", "/api/v1/users", #"{"name":"kim@clinic.example","displayName":"Kim Løe","role":"clinician"}"#)
        #expect(made.status == 201 && made.text.contains(#""mailed":true"#))
        let invite = try peer.message()
        #expect(invite.tls && invite.login == "martlet" && invite.from == "martlet@clinic.example")
        #expect(invite.to == ["kim@clinic.example"] && invite.names == ["Kim Løe"])
        let accepted = try Browser(port: port).post(
            page(invite, "invite", port: port), form: ["password": Administration.password])
        #expect(accepted.status == 200)
        try Administration.signIn(Browser(port: port), "kim@clinic.example", Administration.password)

        let asked = try Browser(port: port).post(
            "/api/v1/password-resets", #"{"tenant":"default","name":"kim@clinic.example"}"#)
        #expect(asked.status == 202, "\(asked.text)")
        let reset = try peer.message()
        let next = "nine slow barges on the canal"
        let chosen = try Browser(port: port).post(page(reset, "reset", port: port), form: ["password": next])
        #expect(chosen.status == 200)
        try Administration.signIn(Browser(port: port), "kim@clinic.example", next)
        let outcome = admin.serving.stop()
        #expect(outcome.code == 0)
        for secret in ["mail secret", "kim@clinic.example", "Kim", "/invite/", "/reset/"] {
            #expect(!outcome.errors.contains(secret))
        }
    }

    @Test(.enabled(if: SMTPPeer.isThere, "aiosmtpd is the mail server"))
    func `a mail server that hangs or refuses holds up nobody, and the log says so`() throws {
        for (mode, words) in [("slow", "before the program stopped"), ("refuse", "given up")] {
            let peer = try SMTPPeer("--mode", mode)
            let admin = try Administration(
                home.path(mode), options: ["--smtp", peer.address, "--mail-from", Self.sender])
            let made = try admin.send(
                "POST", "/api/v1/users", #"{"name":"kim@clinic.example","displayName":"Kim","role":"clinician"}"#)
            // The administrator has the link in any case.
            let link = try #require(made.text("url"))
            let path = try #require(link.range(of: "/invite/").map { String(link[$0.lowerBound...]) })
            let accepted = try Browser(port: admin.serving.port).post(path, form: ["password": Administration.password])
            #expect(accepted.status == 200)
            try Administration.signIn(
                Browser(port: admin.serving.port), "kim@clinic.example", Administration.password)
            if mode == "refuse" { #expect(admin.serving.process.waitForError(words)) }
            let outcome = admin.serving.stop()
            #expect(outcome.code == 0 && outcome.errors.contains(words), "\(outcome.errors)")
            #expect(!outcome.errors.contains("kim@clinic.example"))
        }
    }

    @Test func `a key set in the own network is not asked for, which the log says and the client does not`() throws {
        let data = home.path("data")
        let serving = try Serving(data)
        let made = try ProgramProcess.run([
            "client", "add", "--data", data, "--name", "Lab", "--jwks-url", "https://127.0.0.1:\(serving.port)/keys",
            "--scope", "system/*.rs",
        ])
        #expect(made.code == 0, "\(made.errors)")
        let id = made.output.components(separatedBy: "client id: ").last?.trimmingCharacters(in: .newlines) ?? ""
        let encode = { (text: String) in Array(text.utf8).withUnsafeBytes { Base64URL.encode($0) } }
        let signature = [UInt8](repeating: 1, count: 96).withUnsafeBytes { Base64URL.encode($0) }
        let assertion = [
            encode(#"{"alg":"ES384","typ":"JWT","kid":"1"}"#),
            encode(#"{"iss":"\#(id)","sub":"\#(id)","aud":"a","exp":1,"jti":"1"}"#), signature,
        ].joined(separator: ".")
        let answer = try Browser(port: serving.port).post(
            "/oauth/token",
            form: [
                "grant_type": "client_credentials", "scope": "system/*.rs", "client_assertion": assertion,
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ])
        #expect(answer.status == 401 && answer.text.contains("invalid_client"))
        #expect(!answer.text.contains("127.0.0.1") && !answer.text.contains("key set"))
        #expect(serving.process.waitForError("no address of the public internet"))
        let outcome = serving.stop()
        #expect(
            outcome.errors.contains("the key set of client/\(id) cannot be had (https://127.0.0.1:\(serving.port):"))
    }

    @Test(arguments: [
        ["--allow-addresses", "http://a"], ["--allow-addresses", "10.0.0.0/40"], ["--smtp", "mail.example"],
        ["--smtp", "127.0.0.1:25"], ["--mail-from", "a@b.example"], ["--smtp-user", "a"],
        ["--smtp", "127.0.0.1:25", "--mail-from", "nobody"],
        ["--smtp", "127.0.0.1:25", "--mail-from", "a@b.example", "--smtp-security", "maybe"],
        ["--smtp", "127.0.0.1:25", "--mail-from", "a@b.example", "--smtp-user", "a"],
        [
            "--smtp", "mail.example:25", "--mail-from", "a@b.example", "--smtp-security", "none", "--smtp-user", "a",
            "--smtp-password-file", "p",
        ],
    ])
    func `options on other servers that make no sense are bad usage`(_ options: [String]) throws {
        let outcome = try ProgramProcess.run(
            ["serve", "--data", home.path("data"), "--listen", "127.0.0.1:0"] + options)
        #expect(outcome.code == 2, "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: home.path("data")))
    }

    @Test func `a password that everybody may read is not taken`() throws {
        try home.write("password", "secret\n")
        try home.setMode("password", 0o644)
        let outcome = try ProgramProcess.run([
            "serve", "--data", home.path("data"), "--listen", "127.0.0.1:0", "--smtp", "127.0.0.1:25", "--mail-from",
            "a@b.example", "--smtp-user", "a", "--smtp-password-file", home.path("password"),
        ])
        #expect(outcome.code == 1 && outcome.errors.contains("open to everybody") && !outcome.errors.contains("secret"))
    }
}
