internal import HTTP

extension FHIRAPI {
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
