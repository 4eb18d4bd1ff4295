extension SearchValueParser {
    private func terms() throws(SearchError) -> any SearchTerminology {
        guard let terminology else { throw error(.notSupported, "The modifier of \"\(name)\" is not served") }
        return terminology
    }

    private func limited(_ codes: [SearchCode]) throws(SearchError) -> CodeSet {
        let max = SearchLimits().codesMax
        guard codes.count <= max else {
            throw error(.tooMany, "\"\(name)\" stands for \(codes.count) codes; at most \(max) can be searched at once")
        }
        return CodeSet(codes)
    }

    /// The codes of a value set.
    func codes(inValueSet text: String) throws(SearchError) -> CodeSet {
        let terminology = try terms()
        let codes: [SearchCode]
        do {
            codes = try terminology.codes(inValueSet: SearchValueText.unescaped(text))
        } catch {
            throw self.error(.badValue, "The value set \"\(text)\" of \"\(name)\": \(error)")
        }
        return try limited(codes)
    }

    /// The codes below `system|code`, or above.
    func codes(around text: String, isBelow: Bool) throws(SearchError) -> CodeSet {
        let token = try token(text)
        guard case .named(let system) = token.system, let code = token.code else {
            throw error(.badValue, "\"\(name)\" takes system|code, not \"\(text)\"")
        }
        let terminology = try terms()
        let start = SearchCode(system: system, code: code)
        let codes: [SearchCode]
        do {
            codes = try isBelow ? terminology.descendants(of: start) : terminology.ancestors(of: start)
        } catch {
            throw self.error(.badValue, "The code \"\(text)\" of \"\(name)\": \(error)")
        }
        return try limited(codes + [start])
    }

    // MARK: URIs

    /// A value that must have the form of a URL: only these have parts.
    func url(_ text: String) throws(SearchError) -> String {
        let url = SearchValueText.unescaped(text)
        guard let scheme = Array(url).firstIndex(of: ":"), Array(url)[scheme...].starts(with: "://"), scheme > 0 else {
            throw error(.badValue, "\"\(name)\" takes a URL such as http://example.org/fhir, not \"\(text)\"")
        }
        return url
    }

    /// The URL and all that it lies under, each with and without a slash at the end.
    func uris(above text: String) throws(SearchError) -> [SearchCriterion] {
        var url = try url(text)
        var uris = [url]
        while let slash = url.lastIndex(of: "/"), !url[..<slash].hasSuffix("/"), !url[..<slash].hasSuffix(":") {
            let whole = String(url[...slash])
            if whole != uris.last { uris.append(whole) }
            url = String(url[..<slash])
            uris.append(url)
        }
        guard uris.count <= 64 else { throw error(.tooMany, "\"\(text)\" has too many parts") }
        return uris.map { .uri($0) }
    }
}
