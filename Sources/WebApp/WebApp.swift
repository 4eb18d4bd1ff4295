package import HTTP

/// The pages for people, from `/` on.
package struct WebApp: Sendable {
    private let statusFacts: @Sendable () throws -> StatusFacts
    private let version: String
    private let hasAccounts: Bool

    /// An app that shows what `statusFacts` gives; called for each view of the status page, on the server's thread.
    /// - Parameter hasAccounts: whether `AccountPages` stand beside it.
    package init(
        version: String, hasAccounts: Bool = false, statusFacts: @escaping @Sendable () throws -> StatusFacts
    ) {
        self.version = version
        self.hasAccounts = hasAccounts
        self.statusFacts = statusFacts
    }

    /// Adds the app's routes.
    package func addRoutes(to router: inout Router) {
        router.answer(.get, "/", summary: "Status page") { _ in status() }
    }

    private var layout: Layout {
        Layout(links: Layout.links(hasAccounts: hasAccounts), version: version)
    }

    private func status() -> HTTPResponse {
        do {
            return layout.response(StatusPage.page(try statusFacts()), path: "/")
        } catch {
            return layout.response(StatusPage.unavailable, path: "/", status: .serviceUnavailable)
        }
    }
}
