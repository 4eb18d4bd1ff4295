internal import Base
internal import HTTP
internal import RecordStore

/// What is asked of a list that comes in pages: by its first page's request, or by the link to a later page.
struct PageRequest {
    /// Those of the first page's request.
    let parameters: [QueryParameters.Item]
    /// Where to go on; `nil` on the first page.
    let cursor: SearchCursor?
    /// The tenant and address for which its links hold.
    let place: String
}

extension FHIRAPI {
    /// - Parameter items: the request's parameters.
    /// - Throws: `FHIRAPIError.invalid` if its link is not one of this server's for this place.
    func pageRequest(_ items: [QueryParameters.Item], place: String) throws(FHIRAPIError) -> PageRequest {
        let others = items.filter { !["_page", "_format", "_pretty"].contains($0.name) }
        guard let text = items.first(where: { $0.name == "_page" })?.value else {
            return PageRequest(parameters: others, cursor: nil, place: place)
        }
        let token = try pageToken(text, place: place, others)
        return PageRequest(parameters: token.parameters, cursor: token.cursor, place: place)
    }

    /// The link to what follows a page.
    /// - Throws: `FHIRAPIError.invalid` if the request is too long for a link.
    func nextLink(
        _ url: String, after request: PageRequest, _ cursor: SearchCursor
    ) throws(FHIRAPIError) -> BundleWriter.Link {
        let token = PageToken(
            parameters: request.parameters, cursor: cursor, began: clock.now(), isLenient: false, total: nil)
        return try nextLink(url, token, place: request.place)
    }

    /// What a paging link's token says.
    /// - Parameter others: the request's further parameters: a paging link has none.
    /// - Throws: `FHIRAPIError.invalid` if it is not one of this server's for this place.
    func pageToken(_ text: String, place: String, _ others: [QueryParameters.Item]) throws(FHIRAPIError) -> PageToken {
        if let other = others.first {
            throw FHIRAPIError(
                .invalid, .invalid,
                "A paging link is used as it is: \"\(other.name.shortened)\" cannot be added to it.",
                location: "http." + other.name.shortened)
        }
        guard let token = PageToken(text, for: place, key: pageKey) else {
            throw FHIRAPIError(
                .invalid, .value,
                "The paging link is not one that this server gave for this address and tenant: search anew.",
                location: "http._page")
        }
        return token
    }

    /// The link to a further page.
    /// - Throws: `FHIRAPIError.invalid` if the search is too long for a link.
    func nextLink(_ url: String, _ token: PageToken, place: String) throws(FHIRAPIError) -> BundleWriter.Link {
        let link = url + "?_page=" + token.sealed(for: place, key: pageKey)
        guard link.utf8.count <= options.pageLinkBytesMax else {
            throw FHIRAPIError(
                .invalid, .tooCostly,
                "The search has more results than fit on a page, and is too long for a paging link: give fewer values "
                    + "at once, or raise _count.")
        }
        return BundleWriter.Link(relation: "next", url: link)
    }

    /// An address with parameters.
    static func url(_ address: String, _ parameters: [QueryParameters.Item]) -> String {
        parameters.isEmpty ? address : address + "?" + QueryParameters(parameters).encoded
    }
}
