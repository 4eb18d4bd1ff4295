internal import Base
internal import HTTP
internal import JSONTape

/// The Parameters of `$import` and `$bulk-submit`, read strictly: known names, each as often as it may come.
struct SubmitParameters {
    private(set) var values: [String: [String]] = [:]
    /// System and value of `submitter`.
    private(set) var submitter: String?
    private(set) var headers: [(name: String, value: String)] = []

    private static let textBytesMax = 8_192
    private static let headersMax = 20

    /// - Parameters:
    ///   - known: the names that are taken.
    ///   - passedOver: names whose content is of no matter here.
    /// - Throws: `FHIRAPIError`.
    init(_ root: JSONValue, known: Set<String>, passedOver: Set<String> = []) throws(FHIRAPIError) {
        guard root.isObject, root.member("resourceType")?.equals("Parameters") == true else {
            throw FHIRAPIError(.invalid, .structure, "The body must be a Parameters resource.")
        }
        for parameter in root.member("parameter")?.elements ?? root.elements {
            guard let name = parameter.member("name")?.string else {
                throw FHIRAPIError(.invalid, .structure, "A parameter has no name.", location: "Parameters.parameter")
            }
            if passedOver.contains(name) { continue }
            guard known.contains(name) else {
                throw FHIRAPIError(
                    .invalid, .notSupported, "The parameter \"\(name.shortened)\" is not known here.",
                    location: "http." + name.shortened)
            }
            switch name {
            case "submitter": try readSubmitter(parameter)
            case "fileRequestHeader": try readHeader(parameter)
            default:
                guard let value = parameter.members.first(where: { $0.name.starts(with: "value".utf8) })?.value,
                    let text = value.string ?? value.member("code")?.string, text.utf8.count <= Self.textBytesMax
                else { throw ExportRequest.error(name, "has no value that is understood") }
                values[name, default: []].append(text)
            }
        }
    }

    /// The one value of a parameter.
    /// - Throws: `FHIRAPIError` where it comes twice.
    func only(_ name: String) throws(FHIRAPIError) -> String? {
        let all = values[name] ?? []
        guard all.count <= 1 else { throw ExportRequest.error(name, "may come only once") }
        return all.first
    }

    func required(_ name: String) throws(FHIRAPIError) -> String {
        guard let value = try only(name), !value.isEmpty else {
            throw FHIRAPIError(
                .invalid, .required, "The parameter \"\(name)\" is missing.", location: "http." + name)
        }
        return value
    }

    private mutating func readSubmitter(_ parameter: JSONValue) throws(FHIRAPIError) {
        guard submitter == nil, let identifier = parameter.member("valueIdentifier"),
            let value = identifier.member("value")?.string, !value.isEmpty,
            value.utf8.count <= Self.textBytesMax
        else { throw ExportRequest.error("submitter", "is one Identifier with a value") }
        submitter = (identifier.member("system")?.string ?? "") + "|" + value
    }

    private mutating func readHeader(_ parameter: JSONValue) throws(FHIRAPIError) {
        var parts: [String: String] = [:]
        for part in parameter.member("part")?.elements ?? parameter.elements {
            guard let name = part.member("name")?.string, let value = part.member("valueString")?.string else {
                continue
            }
            parts[name] = value
        }
        guard let name = parts["headerName"], let value = parts["headerValue"], headers.count < Self.headersMax else {
            throw ExportRequest.error("fileRequestHeader", "has headerName and headerValue")
        }
        headers.append((name, value))
    }
}
