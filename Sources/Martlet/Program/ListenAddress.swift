/// Where a server listens, as `--listen HOST:PORT` says it.
package struct ListenAddress: Sendable, Equatable {
    /// A name or an address; an IPv6 one without brackets.
    package var host: String
    /// 0 for any free port.
    package var port: Int

    /// Where a server listens that was told nothing.
    package static let standard = ListenAddress(host: "127.0.0.1", port: 8080)

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:8080`, `localhost:0` or `[::1]:8080`.
    /// - Parameter option: whose value it is.
    /// - Throws: `MartletError.usage`.
    package init(_ text: String, option: String = "listen") throws(MartletError) {
        let wrong = MartletError(
            .usage, "--\(option) takes HOST:PORT, such as \(Self.standard.host):\(Self.standard.port), not '\(text)'")
        guard let colon = text.lastIndex(of: ":") else { throw wrong }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(digits),
            port <= 65_535
        else { throw wrong }
        var host = text[..<colon]
        if host.hasPrefix("[") && host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw wrong
        }
        guard !host.isEmpty else { throw wrong }
        self.host = String(host)
        self.port = port
    }

    /// Whether only this machine can connect.
    package var isLoopback: Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    /// Whether it stands for all addresses of the machine, and so is none that a client could use.
    package var isWildcard: Bool {
        host == "0.0.0.0" || host == "::"
    }

    /// The host as it stands in a URL.
    package var hostInURL: String {
        host.contains(":") ? "[\(host)]" : host
    }
}
