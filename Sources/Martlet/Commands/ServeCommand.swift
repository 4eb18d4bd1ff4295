internal import Access
internal import Glibc
internal import HTTPServer

/// `martlet serve`: answers requests until it is told to stop.
enum ServeCommand {
    static let command = Command(
        name: "serve", summary: "answer FHIR requests over HTTP",
        options: [
            CommandTable.dataOption,
            OptionFacts("listen", "HOST:PORT", "where to listen (127.0.0.1:8080); port 0 takes a free one"),
            OptionFacts("tls-cert", "FILE", "certificate chain in PEM; with --tls-key it speaks HTTPS"),
            OptionFacts("tls-key", "FILE", "the certificate's private key in PEM"),
            OptionFacts("origin", "URL", "what clients reach it under, such as https://fhir.example.org"),
            OptionFacts("tenant", "T", "whose records the access token opens (default)"),
            OptionFacts("workers", "N", "threads that read requests and write answers (one a core)"),
            CommandTable.validationOption,
            OptionFacts("json", nil, "address, process and token file as one JSON object, once it serves"),
        ],
        notes: """
            The first start makes the store and an access token. Requests under /fhir need it:
            Authorization: Bearer TOKEN. The status page at / and the probes /livez and /readyz do not.
            The first SIGINT or SIGTERM lets the requests under way finish, a second one ends it at once.
            """,
        run: run)

    private static let workersMax = 1024
    /// How long requests under way may take to finish once a stop is asked for.
    private static let stopSecondsMax = 30.0

    @Sendable
    private static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
        let options = try options(arguments)
        let signals = StopSignals()
        let store = try MartletStore.open(
            arguments.dataFolder, absence: .create, holder: "serve", servesReads: true)
        do {
            let service = try start(store, options, console)
            try announce(service, store.folder, options, console, isJSON: arguments.flag("json"))
            _ = signals.wait()
            console.note("Stopping: requests under way finish first. Once more ends it at once.")
            service.stop(deadlineSeconds: stopSecondsMax)
        } catch {
            try? store.close()
            throw error
        }
        try store.close()
        console.note("Stopped.")
        return .done
    }

    private static func start(
        _ store: MartletStore, _ options: Service.Options, _ console: Console
    ) throws -> Service {
        let token = try AccessToken.load(store.folder)
        return try Service(store, token: token, options: options) { console.note("martlet serve: " + $0) }
    }

    private static func options(_ arguments: Arguments) throws -> Service.Options {
        let listen = try arguments.text("listen").map { text throws(MartletError) in try ListenAddress(text) }
        guard let tenant = TenantName(arguments.text("tenant") ?? TenantName.standard.description) else {
            throw MartletError(.usage, "--tenant takes 1 to 64 lower-case letters, digits and -")
        }
        var options = Service.Options(listen: listen ?? .standard, tenant: tenant)
        options.validation = try arguments.validation()
        options.threadCount = try arguments.integer("workers", in: 1...workersMax)
        switch (arguments.text("tls-cert"), arguments.text("tls-key")) {
        case (nil, nil): break
        case (let certificate?, let key?):
            options.tls = ServerConfiguration.TLS(certificate: try contents(certificate), key: try contents(key))
        default: throw MartletError(.usage, "--tls-cert and --tls-key go together")
        }
        options.publicOrigin = try arguments.text("origin").map(origin)
        if options.tls != nil && options.publicOrigin == nil {
            guard !options.listen.isWildcard, options.listen.port != 0 else {
                throw MartletError(
                    .usage, "with TLS, and no address of its own in --listen, it needs --origin for the links it gives")
            }
            options.publicOrigin = "https://\(options.listen.hostInURL):\(options.listen.port)"
        }
        return options
    }

    /// `http://` or `https://`, a host and perhaps a port: what links begin with.
    private static func origin(_ text: String) throws(MartletError) -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isOrigin =
            parts.count >= 3 && ["http:", "https:"].contains(parts[0].lowercased()) && parts[1].isEmpty
            && !parts[2].isEmpty && parts.dropFirst(3).allSatisfy(\.isEmpty) && parts.count <= 4
            && parts[2].utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
        guard isOrigin else {
            throw MartletError(.usage, "--origin takes http:// or https:// with a host and perhaps a port, no path")
        }
        return parts.prefix(3).joined(separator: "/")
    }

    private static func contents(_ path: String) throws(MartletError) -> String {
        let bytesMax = 1 << 20
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw MartletError(.input, "cannot read \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < bytesMax {
            let count = read(descriptor, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw MartletError(.input, "cannot read \(path): \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            bytes += block.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func announce(
        _ service: Service, _ folder: DataFolder, _ options: Service.Options, _ console: Console, isJSON: Bool
    ) throws {
        if isJSON {
            let object = JSONObject()
            object.add("address", service.address)
            object.add("port", service.port)
            object.add("tokenFile", folder.token)
            object.add("process", Int(getpid()))
            try console.say(object.text)
        } else {
            let scheme = options.tls == nil ? "http" : "https"
            let address =
                options.listen.isWildcard ? "\(scheme)://127.0.0.1:\(service.port)" : service.address
            try console.say(
                """
                Martlet is serving on \(service.address)

                  status page    \(address)/
                  access token   \(folder.token) (readable by you alone)
                  try it         curl -H "Authorization: Bearer $(cat \(quoted(folder.token)))" \\
                                   '\(address)/fhir/Patient?_count=3'

                Press Ctrl-C to stop.
                """)
        }
        if options.tls == nil && !options.listen.isLoopback {
            console.note(
                "Warning: this is plain HTTP beyond this machine. Token and records cross the network in clear unless "
                    + "TLS stands in front; --tls-cert and --tls-key turn it on here.")
        }
    }

    /// A path as a shell takes it.
    private static func quoted(_ path: String) -> String {
        let isPlain = path.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || [UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
        }
        return isPlain
            ? path
            : "'"
                + path.split(separator: "'", omittingEmptySubsequences: false)
                .joined(separator: "'\\''") + "'"
    }
}
