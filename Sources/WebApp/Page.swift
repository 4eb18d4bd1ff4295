/// What one page puts into the layout.
package struct Page: Sendable {
    /// Names the page in the window's title.
    package var title: String
    package var content: HTML

    package init(title: String, content: HTML) {
        self.title = title
        self.content = content
    }
}
