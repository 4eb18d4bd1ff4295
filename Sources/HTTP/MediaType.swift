/// A media type with its parameters, such as `application/fhir+json; fhirVersion=4.0`.
/// - Source: RFC 9110 section 8.3.1.
package struct MediaType: Sendable, Hashable, CustomStringConvertible {
    /// One parameter; the name in lower case.
    package struct Parameter: Sendable, Hashable {
        package var name: String
        package var value: String
    }

    /// In lower case; `*` in a range.
    package var type: String
    /// In lower case; `*` in a range.
    package var subtype: String
    package var parameters: [Parameter]

    package init(_ type: String, _ subtype: String, parameters: [Parameter] = []) {
        self.type = type
        self.subtype = subtype
        self.parameters = parameters
    }

    /// - Returns: `nil` where `text` is not a media type as a whole.
    package init?(_ text: String) {
        var scanner = FieldScanner(text)
        self.init(&scanner)
        scanner.skipSpace()
        guard scanner.isAtEnd else { return nil }
    }

    init?(_ scanner: inout FieldScanner) {
        scanner.skipSpace()
        guard let type = scanner.token(), scanner.take(UInt8(ascii: "/")), let subtype = scanner.token() else {
            return nil
        }
        self.init(type.lowercased(), subtype.lowercased())
        while true {
            scanner.skipSpace()
            guard scanner.take(UInt8(ascii: ";")) else { return }
            scanner.skipSpace()
            guard let name = scanner.token() else { continue }
            guard scanner.take(UInt8(ascii: "=")), let value = scanner.quotedString() ?? scanner.token() else {
                return nil
            }
            parameters.append(Parameter(name: name.lowercased(), value: value))
        }
    }

    /// The value of the parameter `name`, given in lower case.
    package func parameter(_ name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    /// `type/subtype` without parameters.
    package var essence: String { type + "/" + subtype }

    /// Whether this range, such as `text/*`, takes in `other`. Parameters play no part.
    package func includes(_ other: MediaType) -> Bool {
        (type == "*" || type == other.type) && (subtype == "*" || subtype == other.subtype)
    }

    package var description: String {
        parameters.reduce(essence) { text, parameter in
            let value =
                HTTPHeaders.isToken(parameter.value)
                ? parameter.value
                : "\"" + parameter.value.flatMap { "\"\\".contains($0) ? ["\\", $0] : [$0] } + "\""
            return text + "; " + parameter.name + "=" + value
        }
    }

    package static let json = MediaType("application", "json")
    package static let fhirJSON = MediaType("application", "fhir+json")
    package static let ndjson = MediaType("application", "fhir+ndjson")
    package static let form = MediaType("application", "x-www-form-urlencoded")
    package static let html = MediaType("text", "html")
    package static let any = MediaType("*", "*")
}
