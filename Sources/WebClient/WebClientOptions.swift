/// How a client asks.
package struct WebClientOptions: Sendable {
    /// Where requests may go.
    package var addresses: AddressPolicy
    /// Certificates of authorities in PEM that count in place of the system's.
    package var authoritiesFile: String?
    /// What the client says it is.
    package var userAgent = "Martlet"
    /// How long a connection may take to come about, its name and its TLS included.
    package var connectSecondsMax = 15.0
    /// How long the other side may be silent before the request is given up.
    package var silentSecondsMax = 60.0
    /// How long a request may take in all, redirects included; `nil` sets no limit beyond silence.
    package var requestSecondsMax: Double?
    /// How large an answer's body may be, decoded.
    package var answerBytesMax: UInt64 = 64 << 20
    /// How large the header of an answer may be.
    package var headerBytesMax = 256 << 10
    /// How often a server may send on.
    package var redirectsMax = 5
    /// How many connections are kept for further requests.
    package var idleConnectionsMax = 16

    package init(addresses: AddressPolicy = .publicOnly) {
        self.addresses = addresses
    }
}
