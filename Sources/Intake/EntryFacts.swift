/// What a Bundle entry says of itself, read without parsing it: stops as soon as all three are known.
package struct EntryFacts {
    var fullURL: String?
    var resourceType: String?
    var id: String?

    /// Reads as much as is needed of the text of one `Bundle.entry` element; what is malformed or missing stays `nil`.
    package init(_ entry: UnsafeRawBufferPointer) {
        guard var members = MemberReader(entry) else { return }
        while let member = members.next() {
            if member.isNamed("fullUrl") {
                fullURL = member.string
            } else if member.isNamed("resource") {
                readResource(member.value)
            }
            if fullURL != nil && resourceType != nil { return }
        }
    }

    private mutating func readResource(_ resource: UnsafeRawBufferPointer) {
        guard var members = MemberReader(resource) else { return }
        while let member = members.next() {
            if member.isNamed("resourceType") {
                resourceType = member.string
            } else if member.isNamed("id") {
                id = member.string
            }
            if resourceType != nil && id != nil { return }
        }
    }
}
