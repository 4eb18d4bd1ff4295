/// What a code system and a value set say of themselves.
package struct DefinitionHeader: Sendable, Equatable {
    /// Empty only in a value set that is part of a question.
    package var url: String
    package var version: String?
    package var id: String?
    package var name: String?
    package var title: String?
    /// draft, active, retired or unknown.
    package var status: String?
    /// The language of its texts.
    package var language: String?

    package init(
        url: String, version: String? = nil, id: String? = nil, name: String? = nil, title: String? = nil,
        status: String? = nil, language: String? = nil
    ) {
        self.url = url
        self.version = version
        self.id = id
        self.name = name
        self.title = title
        self.status = status
        self.language = language
    }

    /// The address with the version.
    package var canonical: Canonical { Canonical(url: url, version: version) }
}
