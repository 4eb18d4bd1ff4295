package import Base

/// Writes errors as clients read them: each with an OperationOutcome among its extensions.
/// - Source: GraphQL October 2021, section 7.1.2; FHIR R4 GraphQL, error handling,
///   https://hl7.org/fhir/R4/graphql.html#errors
package enum GraphQLErrorWriter {
    /// A whole answer of errors.
    package static func writeAnswer(_ errors: [GraphQLError], to writer: ByteWriter) {
        writer.write("{")
        write(errors, to: writer)
        writer.write("}")
    }

    /// The member `errors` of an answer.
    static func write(_ errors: [GraphQLError], to writer: ByteWriter) {
        writer.write("\"errors\":[")
        for (place, error) in errors.enumerated() {
            if place > 0 { writer.write(",") }
            write(error, to: writer)
        }
        writer.write("]")
    }

    private static func write(_ error: GraphQLError, to writer: ByteWriter) {
        writer.write("{\"message\":")
        writeJSONString(error.detail, to: writer)
        if !error.locations.isEmpty {
            writer.write(",\"locations\":[")
            for (place, location) in error.locations.enumerated() {
                writer.write(place > 0 ? ",{\"line\":" : "{\"line\":")
                writer.writeDecimal(location.line)
                writer.write(",\"column\":")
                writer.writeDecimal(location.column)
                writer.write("}")
            }
            writer.write("]")
        }
        if !error.path.isEmpty {
            writer.write(",\"path\":[")
            for (place, step) in error.path.enumerated() {
                if place > 0 { writer.write(",") }
                switch step {
                case .key(let key): writeJSONString(key, to: writer)
                case .place(let place): writer.writeDecimal(place)
                }
            }
            writer.write("]")
        }
        writer.write(
            """
            ,"extensions":{"code":"\(error.code.rawValue)","resource":{"resourceType":"OperationOutcome","issue":[{\
            "severity":"error","code":"\(issueCode(error.code))","diagnostics":
            """)
        writeJSONString(error.description, to: writer)
        writer.write("}]}}}")
    }

    /// The code of http://hl7.org/fhir/issue-type.
    private static func issueCode(_ code: GraphQLError.Code) -> String {
        switch code {
        case .syntax, .invalid: "invalid"
        case .badVariable, .badArgument: "value"
        case .limit: "too-costly"
        case .notFound: "not-found"
        case .failed: "exception"
        }
    }
}
