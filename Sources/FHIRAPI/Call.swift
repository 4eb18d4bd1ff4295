internal import Access
internal import Base
internal import FHIR
internal import HTTP
internal import Search

/// A request that was admitted: who asks, for what, and under which address.
struct Call: Sendable {
    var request: HTTPRequest
    let scope: AccessScope
    let api: FHIRAPI
    /// What the request is handed out and changes.
    let trace: RequestTrace
    /// Where the call runs at once, on the worker that works through its Bundle; `nil` for a request of its own.
    var bench: Workbench?
    /// The tenant of the address, for a call within a Bundle.
    var tenant: String?

    /// The path's resource type as text; checked by `type()`.
    var typeName: String { request.captures["type"] ?? "" }
    var id: String { request.captures["id"] ?? "" }

    /// The path's resource type.
    /// - Throws: `FHIRAPIError.notFound`.
    func type() throws(FHIRAPIError) -> TypeID {
        let name = typeName
        guard let type = api.resourceType(name) else {
            throw FHIRAPIError(.notFound, .notSupported, "FHIR R4 has no resource type \"\(name.shortened)\".")
        }
        return type
    }

    /// The address under which this interface was reached, without a slash at the end.
    var base: String {
        let origin = api.options.publicOrigin ?? "http://" + host
        guard let tenant = tenant ?? request.captures["tenant"] else { return origin + "/fhir" }
        return origin + "/t/" + tenant + "/fhir"
    }

    /// What `Host` says, if it looks like a host.
    private var host: String {
        guard let host = request.headers["host"], !host.isEmpty, host.utf8.count <= 255 else { return "localhost" }
        let isPlain = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"),
                UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return isPlain ? host : "localhost"
    }

    /// Refuses parameters that the interaction does not know: passing over one could tell the client more, or less, than
    /// it asked for.
    func allowOnly(_ names: [String]) throws(FHIRAPIError) {
        for item in request.query where item.name != "_format" && item.name != "_pretty" && !names.contains(item.name) {
            throw FHIRAPIError(
                .invalid, .notSupported, "The parameter \"\(item.name.shortened)\" is not known here.",
                location: "http." + item.name.shortened)
        }
    }

    /// The moment that `_at` names.
    func at() throws(FHIRAPIError) -> Instant? {
        guard let text = request.query["_at"] else { return nil }
        return try Self.instants("_at", text).high
    }

    /// The first and last moment of a date in a parameter.
    static func instants(_ name: String, _ text: String) throws(FHIRAPIError) -> (low: Instant, high: Instant) {
        var copy = text
        guard let range = copy.withUTF8({ DateRange(UnsafeRawBufferPointer($0)) }) else {
            throw FHIRAPIError(
                .invalid, .value,
                "\(name) takes a date or instant such as 2026-01-31T08:00:00Z, not \"\(text.shortened)\".",
                location: "http." + name)
        }
        return (Instant(microseconds: range.low), Instant(microseconds: range.high))
    }
}

extension String {
    /// At most the first 64 characters: enough of what a client sent to tell it by.
    var shortened: String { shortened(to: 64) }

    /// At most the first characters.
    func shortened(to length: Int) -> String {
        let start = prefix(length)
        return start.endIndex == endIndex ? self : String(start) + "…"
    }
}
