internal import HTTP

extension Mail {
    /// What the mail is about, without a name.
    package var subject: String {
        switch kind {
        case .invite: "You are invited to Martlet"
        case .reset: "Choose a new Martlet password"
        }
    }

    /// What the mail says; lines end in a line feed.
    package var text: String {
        let beginning =
            switch kind {
            case .invite: "you are invited to use Martlet. Choose a password at this page:"
            case .reset: "somebody asked for a new password for your account. Choose one at this page:"
            }
        let ending =
            switch kind {
            case .invite: "If you did not expect this, leave it: without the page nothing happens."
            case .reset: "If that was not you, leave it: your password stays as it is."
            }
        return """
            Hello \(displayName),

            \(beginning)

            \(link.url)

            It works once, until \(HTTPDate.format(link.expires)).
            \(ending)

            Nobody reads replies to this mail.

            """
    }
}
