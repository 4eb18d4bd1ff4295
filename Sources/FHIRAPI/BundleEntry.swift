internal import Base
internal import FHIR
internal import HTTP
internal import JSONTape

/// An entry of a batch or transaction: what is asked for. Valid while its Bundle is on the tape.
/// - Source: FHIR R4 http, https://hl7.org/fhir/R4/http.html#transaction
struct BundleEntry {
    /// The place in `Bundle.entry`.
    let place: Int
    let fullURL: String?
    let resource: JSONValue?
    let method: HTTPMethod
    /// Below the interface's address.
    let path: [String]
    let query: QueryParameters
    /// `If-Match`, `If-None-Match`, `If-None-Exist` and `If-Modified-Since`.
    let headers: HTTPHeaders

    /// When the entry's turn comes: deletions first, then what is created, changed, and read.
    enum Turn: Int, Comparable, CaseIterable {
        case delete, create, change, read

        static func < (left: Turn, right: Turn) -> Bool { left.rawValue < right.rawValue }
    }

    var turn: Turn {
        switch method {
        case .delete: .delete
        case .post: path.count == 1 ? .create : .read
        case .put, .patch: .change
        default: .read
        }
    }

    /// - Parameters:
    ///   - value: what stands in `Bundle.entry`.
    ///   - base: the interface's own address, without a slash at the end.
    /// - Throws: `FHIRAPIError.invalid` naming the part that is wrong, without the entry's place.
    init(_ value: JSONValue, at place: Int, base: String) throws(FHIRAPIError) {
        self.place = place
        guard value.isObject else { throw Self.wrong("", "An entry is an object.") }
        fullURL = try Self.text("fullUrl", of: value, "fullUrl")
        guard let request = value.member("request"), request.isObject else {
            throw Self.wrong("request", "An entry of a batch or transaction needs a request.")
        }
        guard let name = try Self.text("method", of: request, "request.method"),
            let method = Self.methods.first(where: { $0.name == name })
        else {
            throw Self.wrong("request.method", "The method is GET, HEAD, POST, PUT, DELETE or PATCH.")
        }
        self.method = method
        guard let url = try Self.text("url", of: request, "request.url") else {
            throw Self.wrong("request.url", "The request needs a url.")
        }
        (path, query) = try Self.target(url, base: base)
        var headers: HTTPHeaders = [:]
        for (member, header) in Self.conditions {
            guard let text = try Self.text(member, of: request, "request.\(member)") else { continue }
            headers[header] = header == "If-Modified-Since" ? try Self.httpDate(text, "request.\(member)") : text
        }
        self.headers = headers
        resource = value.member("resource")
        if method == .post || method == .put || method == .patch, path.last != "_search" {
            guard let resource, resource.isObject else {
                throw Self.wrong("resource", "\(name) needs a resource.")
            }
        }
    }

    private static let methods: [HTTPMethod] = [.get, .head, .post, .put, .delete, .patch]
    private static let conditions: [(member: StaticString, header: String)] = [
        ("ifMatch", "If-Match"), ("ifNoneMatch", "If-None-Match"), ("ifNoneExist", "If-None-Exist"),
        ("ifModifiedSince", "If-Modified-Since"),
    ]

    private static func text(
        _ name: StaticString, of object: JSONValue, _ path: String
    ) throws(FHIRAPIError) -> String? {
        guard let member = object.member(name) else { return nil }
        guard let text = member.string, !text.isEmpty else { throw wrong(path, "\(path) is a text that is not empty.") }
        return text
    }

    /// `Patient/1`, `/Patient/1` or the whole address.
    private static func target(_ url: String, base: String) throws(FHIRAPIError) -> ([String], QueryParameters) {
        var rest = url[...]
        if rest.hasPrefix(base + "/") || rest.hasPrefix(base + "?") { rest = rest.dropFirst(base.utf8.count) }
        guard !rest.contains("://") || rest.firstIndex(of: "?").map({ !rest[..<$0].contains("://") }) ?? false else {
            throw wrong("request.url", "The url \"\(url.shortened)\" is not of this server.")
        }
        let text = rest.hasPrefix("/") ? String(rest) : "/" + rest
        do throws(HTTPError) {
            let target = try RequestTarget(text.replacing(" ", with: "%20"))
            return (target.path, target.query)
        } catch {
            throw wrong("request.url", error.detail)
        }
    }

    private static func httpDate(_ instant: String, _ path: String) throws(FHIRAPIError) -> String {
        do throws(FHIRAPIError) {
            return HTTPDate.format(try Call.instants("ifModifiedSince", instant).low)
        } catch {
            throw wrong(path, error.issues[0].diagnostics)
        }
    }

    private static func wrong(_ path: String, _ detail: String) -> FHIRAPIError {
        var error = FHIRAPIError(.invalid, .invalid, detail)
        error.issues[0].expression = path
        return error
    }

    /// The entry as a request of its own.
    func request(_ prefer: String?) -> HTTPRequest {
        var headers = headers
        headers["Prefer"] = prefer
        var body: [UInt8] = []
        if let resource {
            let writer = ByteWriter(capacity: 4096)
            if method == .patch, let patch = PatchBinary(resource) {
                headers["Content-Type"] = patch.contentType
                body = patch.content
            } else {
                headers["Content-Type"] = HTTPResponse.fhirContentType
                resource.write(to: writer)
                body = writer.copy()
            }
        }
        var request = HTTPRequest(method: method, unparsedTarget: "", headers: headers, body: body)
        request.path = path
        request.query = query
        return request
    }
}

/// A JSON Patch in a Bundle's entry: a Binary resource.
/// - Source: FHIR R4 http, https://hl7.org/fhir/R4/http.html#patch
struct PatchBinary {
    let contentType: String
    let content: [UInt8]

    /// - Returns: `nil` if the resource is no Binary with content.
    init?(_ resource: JSONValue) {
        guard resource.member("resourceType")?.equals("Binary") == true,
            let type = resource.member("contentType")?.string, let data = resource.member("data")?.string
        else { return nil }
        var text = ""
        for character in data.unicodeScalars {
            switch character {
            case "+": text += "-"
            case "/": text += "_"
            case "=", " ", "\n", "\r", "\t": break
            default: text.unicodeScalars.append(character)
            }
        }
        guard let content = Base64URL.decode(text) else { return nil }
        contentType = type
        self.content = content
    }
}

extension FHIRAPIError {
    /// The error with the place of the entry that it is about.
    func inEntry(_ place: Int) -> FHIRAPIError {
        var error = self
        let entry = "Bundle.entry[\(place)]"
        error.issues = issues.map { issue in
            var issue = issue
            var path = entry
            if let expression = issue.expression, !expression.isEmpty {
                // What is about a resource begins with its type.
                let isResource = expression.unicodeScalars.first.map { ("A"..."Z").contains($0) } ?? false
                path +=
                    isResource
                    ? ".resource" + expression.drop { $0 != "." && $0 != "[" } : "." + expression
                if issue.diagnostics.hasPrefix(expression + ": ") {
                    issue.diagnostics.removeFirst(expression.count + 2)
                }
            }
            if !issue.diagnostics.hasPrefix(entry) { issue.diagnostics = path + ": " + issue.diagnostics }
            issue.expression = path
            return issue
        }
        return error
    }
}

extension Error {
    /// What the client did wrong, with the place of the entry that it is about.
    /// - Throws: the error itself if it is not the client's.
    func inEntry(_ place: Int) throws -> FHIRAPIError {
        switch self {
        case let error as FHIRAPIError: return error.inEntry(place)
        case is HTTPError, is JSONError: return FHIRAPIError.wrapping(self).inEntry(place)
        default: throw self
        }
    }
}
