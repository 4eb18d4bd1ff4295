internal import Access
internal import Base
internal import BulkData
internal import Glibc
internal import HTTP
internal import HTTPServer
internal import Intake

/// `martlet serve`: answers requests until it is told to stop.
enum ServeCommand {
    static let command = Command(
        name: "serve", summary: "answer FHIR requests over HTTP",
        options: [
            CommandTable.dataOption,
            CommandTable.masterKeyOption,
            OptionFacts("listen", "HOST:PORT", "where to listen (127.0.0.1:8080); port 0 takes a free one"),
            OptionFacts("tls-cert", "FILE", "certificate chain in PEM; with --tls-key it speaks HTTPS"),
            OptionFacts("tls-key", "FILE", "the certificate's private key in PEM"),
            OptionFacts("origin", "URL", "what clients reach it under, such as https://fhir.example.org"),
            OptionFacts("tenant", "T", "whose first administrator is set up, if there is none yet (default)"),
            OptionFacts("trusted-proxies", "NETS", "addresses whose X-Forwarded-For counts, with commas: 10.0.0.0/8"),
            OptionFacts("allow-origins", "URLS", "whose pages may read answers (CORS), with commas"),
            OptionFacts("rate-limit", "N", "requests a second of one client, 0 for no limit (5000)"),
            OptionFacts("behind-tls", nil, "TLS ends at a proxy in front: plain HTTP beyond this machine is meant"),
            OptionFacts("watch", "DIR", "a folder whose files are taken in as they come, for --tenant"),
            OptionFacts(
                "after-ingest", "WHAT", "what becomes of files that were taken in: archive, delete or keep (archive)"),
            OptionFacts("workers", "N", "threads that read requests and write answers (one a core)"),
            CommandTable.validationOption,
            OptionFacts(
                "metrics-listen", "HOST:PORT", "where /metrics and the probes are served besides, as plain HTTP"),
            OptionFacts("metrics-token-file", "FILE", "holds a token by which /metrics is read from anywhere"),
            OptionFacts("log-format", "FORMAT", "lines on standard error as text or json (text)"),
            OptionFacts("log-requests", nil, "a line for each request: its route, status and time"),
        ] + outgoingOptions + [
            OptionFacts("json", nil, "address, process and setup link as one JSON object, once it serves")
        ],
        notes: """
            The first start makes the store and a link by which the first administrator signs up. Scripts at this machine
            get a token from 'martlet token'. Beyond this machine it serves with TLS, or behind a proxy that ends it.
            The first SIGINT or SIGTERM lets the requests under way finish, a second one ends it at once. SIGHUP has it
            read certificate and key anew.
            """,
        run: run)

    private static let workersMax = 1024
    /// How long requests under way may take to finish once a stop is asked for.
    private static let stopSecondsMax = 30.0

    @Sendable
    private static func run(_ arguments: Arguments, _ console: Console) throws -> ExitCode {
        let options = try options(arguments)
        let log = console.log(try logFormat(arguments), name: "martlet serve")
        let signals = StopSignals()
        do {
            try serve(arguments, options, signals, log, console)
        } catch {
            guard log.format == .json else { throw error }
            log.error("the server failed", reason: ErrorText.describe(error))
            return .failed
        }
        tell(log, console, "stopped", "Stopped.")
        return .done
    }

    private static func serve(
        _ arguments: Arguments, _ options: Service.Options, _ signals: StopSignals, _ log: Log, _ console: Console
    ) throws {
        let store = try MartletStore.open(
            arguments.dataFolder, absence: .create, holder: "serve",
            keyCommand: arguments.text("master-key-command"), servesReads: true,
            report: { console.note("martlet serve: " + ErrorText.forLog($0)) })
        do {
            let service = try Service(store, options: options, log: log)
            signals.onReload {
                do {
                    try service.reloadCertificate()
                    tell(log, console, "the certificate was read anew", "The certificate was read anew.")
                } catch {
                    log.error("the certificate stays as it was", reason: ErrorText.describe(error))
                }
            }
            let control: ControlSocket
            do {
                control = try Self.control(service, store.folder)
            } catch {
                try? service.stop(deadlineSeconds: 0)
                throw error
            }
            try announce(service, store.folder, options, console, isJSON: arguments.flag("json"))
            if log.format == .json { log.write(.information, "serving", [.text("address", service.address)]) }
            _ = signals.wait()
            tell(
                log, console, "stopping",
                "Stopping: requests under way finish first. Once more ends it at once.")
            // A pull that a command waits for goes on when it is asked for again.
            service.installation.pulls.leave()
            control.stop()
            try service.stop(deadlineSeconds: stopSecondsMax)
        } catch {
            try? store.close()
            throw error
        }
        try store.close()
    }

    /// Tells the operator something that was to be expected.
    private static func tell(_ log: Log, _ console: Console, _ message: StaticString, _ sentence: String) {
        switch log.format {
        case .text: console.note(sentence)
        case .json: log.write(.information, message)
        }
    }

    private static func logFormat(_ arguments: Arguments) throws(MartletError) -> Log.Format {
        guard let text = arguments.text("log-format") else { return .text }
        guard let format = Log.Format(rawValue: text) else {
            throw MartletError(.usage, "--log-format takes text or json, not '\(text)'")
        }
        return format
    }

    private static let tokenBytes = 16...512

    private static func readMetrics(_ arguments: Arguments, _ options: inout Service.Options) throws(MartletError) {
        options.metricsListen = try arguments.text("metrics-listen").map { text throws(MartletError) in
            try ListenAddress(text, option: "metrics-listen")
        }
        options.logsRequests = arguments.flag("log-requests")
        guard let path = arguments.text("metrics-token-file") else { return }
        let text = String(decoding: try InputFile.read(path, bytesMax: 4 << 10), as: UTF8.self)
        let token = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        guard tokenBytes.contains(token.utf8.count), token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw MartletError(
                .input, "--metrics-token-file takes a file with one token of 16 to 512 characters, no spaces")
        }
        options.metricsToken = token
    }

    private static func control(_ service: Service, _ folder: DataFolder) throws -> ControlSocket {
        let installation = service.installation
        let isLong: @Sendable ([String]) -> Bool = { $0.dropFirst().first == PullCommand.command.name }
        return try ControlSocket(path: folder.controlSocket, isLong: isLong) { words, console in
            Program.run(words, on: installation, console)
        }
    }

    private static func options(_ arguments: Arguments) throws -> Service.Options {
        let listen = try arguments.text("listen").map { text throws(MartletError) in try ListenAddress(text) }
        guard let tenant = TenantName(arguments.text("tenant") ?? TenantName.standard.description) else {
            throw MartletError(.usage, "--tenant takes 1 to 64 lower-case letters, digits and -")
        }
        var options = Service.Options(listen: listen ?? .standard, tenant: tenant)
        options.validation = try arguments.validation()
        options.onboarding = try onboarding(arguments, tenant)
        options.threadCount = try arguments.integer("workers", in: 1...workersMax)
        switch (arguments.text("tls-cert"), arguments.text("tls-key")) {
        case (nil, nil): break
        case (let certificate?, let key?):
            options.tls = (certificate, key)
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
        try readEdges(arguments, &options)
        try readMetrics(arguments, &options)
        options.outgoing = try outgoing(arguments)
        guard options.publicOrigin != nil || !arguments.flag("behind-tls") else {
            throw MartletError(
                .usage, "with --behind-tls it needs --origin: the address that clients reach the proxy at")
        }
        return options
    }

    private static func onboarding(
        _ arguments: Arguments, _ tenant: TenantName
    ) throws(MartletError) -> Onboarding.Options {
        var options = Onboarding.Options()
        options.tenant = tenant
        options.watched = arguments.text("watch")
        if let text = arguments.text("after-ingest") {
            guard let after = AfterIngest(rawValue: text) else {
                throw MartletError(.usage, "--after-ingest takes archive, delete or keep, not '\(text)'")
            }
            options.after = after
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

    private static let rateMax = 1_000_000
    private static let standardRate = 5_000

    static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { String($0.drop { $0 == " " }) }
    }

    private static func readEdges(_ arguments: Arguments, _ options: inout Service.Options) throws(MartletError) {
        for text in list(arguments.text("trusted-proxies")) {
            guard let prefix = IPPrefix(text) else {
                throw MartletError(
                    .usage, "--trusted-proxies takes addresses and networks such as 10.0.0.0/8, not '\(text)'")
            }
            options.trustedProxies.append(prefix)
        }
        for text in list(arguments.text("allow-origins")) {
            guard let origin = CORSPolicy.Origin(text) else {
                throw MartletError(
                    .usage, "--allow-origins takes origins such as https://app.example.org, not '\(text)'")
            }
            options.allowedOrigins.append(origin)
        }
        let rate = try arguments.integer("rate-limit", in: 0...rateMax) ?? standardRate
        options.requestsPerSecondMax = rate == 0 ? nil : rate
        guard options.tls != nil || options.listen.isLoopback || arguments.flag("behind-tls") else {
            throw MartletError(
                .usage,
                "beyond this machine it serves with --tls-cert and --tls-key; with --behind-tls a proxy in front ends TLS"
            )
        }
    }

    private static func announce(
        _ service: Service, _ folder: DataFolder, _ options: Service.Options, _ console: Console, isJSON: Bool
    ) throws {
        let setup = try SetupLink.renew(service.installation, tenant: options.tenant)
        if isJSON {
            let object = JSONObject()
            object.add("address", service.address)
            object.add("port", service.port)
            object.add("process", Int(getpid()))
            if let address = service.metricsAddress { object.add("metricsAddress", address) }
            if let setup { object.add("setupLink", setup) }
            try console.say(object.text)
            return
        }
        let scheme = options.tls == nil ? "http" : "https"
        let address = options.listen.isWildcard ? "\(scheme)://127.0.0.1:\(service.port)" : service.address
        let folderOption = folder.path == DataFolder.standardPath ? "" : " --data \(quoted(folder.path))"
        let first = setup.map {
            """

              first of all   open \($0)
                             and become the administrator (also in \(folder.setupLink), readable by you alone)
            """
        }
        try console.say(
            """
            Martlet is serving on \(service.address)
            \(first ?? "")
              status page    \(address)/
              try it         curl -H "Authorization: Bearer $(martlet token\(folderOption))" \\
                               '\(address)/fhir/Patient?_count=3'

            Press Ctrl-C to stop.
            """)
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
