package import HTTP

/// The pages for people, from `/` on.
package struct WebApp: Sendable {
    private let statusFacts: @Sendable () throws -> StatusFacts
    private let version: String

    /// An app that shows what `statusFacts` gives; called for each view of the status page, on the server's thread.
    package init(version: String, statusFacts: @escaping @Sendable () throws -> StatusFacts) {
        self.version = version
        self.statusFacts = statusFacts
    }

    /// Adds the app's routes.
    package func addRoutes(to router: inout Router) {
        router.answer(.get, "/", summary: "Status page") { _ in status() }
    }

    private var layout: Layout {
        Layout(
            links: [.init("Status", path: "/"), .init("FHIR capabilities", path: "/fhir/metadata")], version: version)
    }

    private func status() -> HTTPResponse {
        do {
            return layout.response(StatusPage.page(try statusFacts()), path: "/")
        } catch {
            return layout.response(StatusPage.unavailable, path: "/", status: .serviceUnavailable)
        }
    }
}
