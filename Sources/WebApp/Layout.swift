package import HTTP

/// What every page shares: head, bar with navigation, footer, and the header fields that fence it in.
package struct Layout: Sendable {
    /// An entry of the navigation.
    package struct Link: Sendable {
        package var title: String
        package var path: String

        package init(_ title: String, path: String) {
            self.title = title
            self.path = path
        }
    }

    /// Before that of one's own account, which every page has.
    package var links: [Link]
    /// Shown in the footer.
    package var version: String

    private static let account = Link("Account", path: "/account")

    package init(links: [Link], version: String) {
        self.links = links
        self.version = version
    }

    /// The answer with `page` in this layout; `path` is the page's own, to mark it in the navigation.
    package func response(_ page: Page, path: String, status: HTTPStatus = .ok) -> HTTPResponse {
        let nonce = Self.nonce()
        let html = document(page, path: path, nonce: nonce)
        return HTTPResponse(
            status: status,
            headers: [
                "Content-Type": "text/html; charset=utf-8",
                "Cache-Control": "no-store",
                "Content-Security-Policy": Self.securityPolicy(nonce: nonce),
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cross-Origin-Opener-Policy": "same-origin",
                "Cross-Origin-Resource-Policy": "same-origin",
            ],
            body: .bytes(Array(html.text.utf8)))
    }

    /// The document with `page` in this layout, for an answer whose header fields are another's to set.
    func html(_ page: Page, path: String) -> [UInt8] {
        Array(document(page, path: path, nonce: Self.nonce()).text.utf8)
    }

    /// Nothing is loaded but the page's own style and icon; no script runs; no other site may frame it.
    static func securityPolicy(nonce: String) -> String {
        "default-src 'none'; style-src 'nonce-\(nonce)'; img-src data:; base-uri 'none'; form-action 'self'; "
            + "frame-ancestors 'none'"
    }

    /// 128 random bits, new for each answer.
    private static func nonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
    }

    private func document(_ page: Page, path: String, nonce: String) -> HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(page.title) · Martlet</title>
        <link rel="icon" href="\(Emblem.icon)">
        <style nonce="\(nonce)">
        \(Stylesheet.css)
        </style>
        </head>
        <body>
        <a class="skip" href="#content">Skip to content</a>
        <header>
        <div class="bar">
        <a class="brand" href="/">\(Emblem.svg)Martlet</a>
        <nav aria-label="Main">
        <ul>
        \(HTML.joined((links + [Self.account]).map { item($0, isCurrent: $0.path == path) }))
        </ul>
        </nav>
        </div>
        </header>
        <main id="content">
        \(page.content)
        </main>
        <footer>Martlet \(version) · FHIR R4</footer>
        </body>
        </html>
        """
    }

    private func item(_ link: Link, isCurrent: Bool) -> HTML {
        let current: HTML = isCurrent ? " aria-current=\"page\"" : ""
        return "<li><a href=\"\(link.path)\"\(current)>\(link.title)</a></li>"
    }
}
