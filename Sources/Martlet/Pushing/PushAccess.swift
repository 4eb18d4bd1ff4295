internal import Base
internal import Glibc
internal import Push
internal import WebClient

/// Where a push goes and what it is let in by, from the command line and the environment.
struct PushAccess {
    let server: String
    let web: WebClient
    let credentials: Credentials

    private static let loopback: Set<String> = ["localhost", "[::1]"]

    /// - Throws: `MartletError`.
    init(_ arguments: Arguments) throws {
        let key = try Self.key(arguments)
        guard let server = arguments.text("to") ?? key?.server else {
            throw MartletError(.usage, "--to URL is missing: the server's address, such as https://fhir.example.org")
        }
        self.server = server
        let url = try Self.url(server, "--to", arguments)
        var places = [url]
        if let key { places.append(try Self.url(key.tokenEndpoint, "the client key file's token_endpoint", arguments)) }
        var options = WebClientOptions(
            addresses: AddressPolicy(allowing: places.compactMap { AllowedAddress("\($0.host):\($0.port)") }))
        options.userAgent = "Martlet/" + Program.version
        options.authoritiesFile = arguments.text("ca-file")
        options.redirectsMax = 0
        let web = WebClient(options: options)
        self.web = web
        if let key {
            credentials = Credentials(key: key, web: web)
        } else if let token = try Self.token(arguments) {
            credentials = Credentials(token: token, web: web)
        } else {
            throw MartletError(
                .usage, "it needs --client-key FILE, --token TOKEN, --token-file FILE or the variable MARTLET_TOKEN")
        }
    }

    /// An address that may be sent to: encrypted, or on this machine.
    private static func url(_ text: String, _ name: String, _ arguments: Arguments) throws(MartletError) -> WebURL {
        let url: WebURL
        do {
            url = try WebURL(text)
        } catch {
            throw MartletError(.usage, "\(name): \(error.detail)")
        }
        let isOwn = loopback.contains(url.host) || url.host.hasPrefix("127.")
        guard url.isSecure || isOwn || arguments.flag("plain-http") else {
            throw MartletError(
                .usage, "\(name) is plain http: whoever is on the way could read the records; --plain-http means it")
        }
        return url
    }

    private static func key(_ arguments: Arguments) throws -> ClientKey? {
        guard let path = arguments.text("client-key") ?? variable("MARTLET_CLIENT_KEY") else { return nil }
        guard !arguments.flag("token"), !arguments.flag("token-file") else {
            throw MartletError(.usage, "--client-key stands alone, without a token")
        }
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            throw MartletError(.input, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
        guard facts.st_mode & 0o007 == 0 else {
            throw MartletError(.input, "\(path) is open to everybody on this machine: set its mode to 0600")
        }
        return try ClientKey(try InputFile.read(path, bytesMax: 1 << 20))
    }

    private static func token(_ arguments: Arguments) throws(MartletError) -> String? {
        if let path = arguments.text("token-file") {
            guard !arguments.flag("token") else {
                throw MartletError(.usage, "--token and --token-file exclude each other")
            }
            return try cleaned(String(decoding: try InputFile.read(path, bytesMax: 64 << 10), as: UTF8.self))
        }
        return try (arguments.text("token") ?? variable("MARTLET_TOKEN")).map { text throws(MartletError) in
            try cleaned(text)
        }
    }

    private static func cleaned(_ text: String) throws(MartletError) -> String {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 1, words[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw MartletError(.input, "the token is none: it is one word")
        }
        return String(words[0])
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
