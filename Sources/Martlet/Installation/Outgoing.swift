internal import Mail
internal import WebClient

/// How this program reaches other servers, as its operator says.
struct Outgoing: Sendable {
    /// How mails leave.
    struct Mailing: Sendable {
        var server: MailServer
        var sender: MailAddress
    }

    /// What may be asked although it is no address of the public internet.
    var allowed: [AllowedAddress] = []
    /// Certificates by which other servers are trusted, in place of the system's.
    var authoritiesFile: String?
    /// `nil` where no mail is sent.
    var mailing: Mailing?

    /// The bounds of what is asked of other servers.
    var webClientOptions: WebClientOptions {
        var options = WebClientOptions(addresses: AddressPolicy(allowing: allowed))
        options.authoritiesFile = authoritiesFile
        options.userAgent = "Martlet/" + Program.version
        return options
    }
}
