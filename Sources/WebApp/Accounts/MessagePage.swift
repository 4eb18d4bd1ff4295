/// Pages that say one thing.
enum MessagePage {
    static let unavailable = page(
        "Not available", "Martlet could not do this right now. Nothing was shown or changed; try again in a moment.")

    static let crossSite = page(
        "Refused", "This form was not sent from a page of this server, or its page is too old. Open the page anew.")

    static let malformed = page("Not understood", "The form that was sent is not one of these pages.")

    static let linkIsOver = page(
        "This link is over", "It was used before, or its time has passed. Ask for a new one.")

    /// A page with a heading, a text, and perhaps a link.
    static func page(_ title: String, _ text: String, link: (title: String, path: String)? = nil) -> Page {
        let more: HTML = link.map { "<p><a class=\"button\" href=\"\($0.path)\">\($0.title)</a></p>" } ?? .empty
        return Page(title: title, content: "<h1>\(title)</h1>\n<p class=\"lead\">\(text)</p>\n\(more)")
    }
}
