internal import Access
internal import HTTP

extension FHIRAPI {
    static let ofCapabilities = ["mode"]

    /// Tells what this server can do.
    @Sendable func serveCapabilities(_ call: Call, _ reply: Reply) throws {
        try call.allowOnly(Self.ofCapabilities)
        let mode = call.request.query["mode"] ?? "full"
        guard mode == "full" || mode == "normative" else {
            throw FHIRAPIError(
                .invalid, .notSupported, "The mode \"\(mode.shortened)\" is not served: ask for full.",
                location: "http.mode")
        }
        hand(call, reply, to: readers) { [self] _ in
            var headers: HTTPHeaders = ["Content-Type": HTTPResponse.fhirContentType]
            headers["Cache-Control"] = "private, max-age=60"
            return HTTPResponse(
                headers: headers, body: .buffer(try capabilities.json(call.scope == .anonymous ? nil : call.scope)))
        }
    }
}
