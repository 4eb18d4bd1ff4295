/// Why a GraphQL request, or a field of it, cannot be answered.
/// - Source: GraphQL October 2021, section 7.1.2, Errors.
package struct GraphQLError: Error, Sendable, CustomStringConvertible {
    /// What kind of error it is.
    package enum Code: String, Sendable, CaseIterable {
        /// The text is not a GraphQL document.
        case syntax
        /// The document does not fit the schema.
        case invalid
        /// A variable's value does not fit its type.
        case badVariable
        /// The request is larger, deeper or costlier than the limits allow.
        case limit
        /// An argument's value cannot be used: no FHIRPath, an unknown search parameter.
        case badArgument
        /// Nothing is there: a reference leads nowhere.
        case notFound
        /// The source failed.
        case failed
    }

    /// A place in the document's text.
    package struct Location: Hashable, Sendable {
        /// From 1.
        package var line: Int
        /// From 1, in characters.
        package var column: Int

        /// A place in a text.
        package init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    /// One step of the way from the answer's root to a field.
    package enum PathStep: Hashable, Sendable {
        /// The response key of a field.
        case key(String)
        /// The place in a list, from 0.
        case place(Int)
    }

    package var code: Code
    /// What is wrong, in words for the one who wrote the request. Holds what the caller sent, nothing of a record.
    package var detail: String
    /// Places in the document as byte offsets; `located(in:)` turns them into lines and columns.
    var offsets: [Int]
    /// Where in the document; empty if it is about none of its places.
    package var locations: [Location] = []
    /// Where in the answer; empty if the error came before the execution.
    package var path: [PathStep] = []
    package var cause: (any Error)?

    /// An error that is about no place of the document.
    package init(code: Code, detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
        offsets = []
    }

    /// An error at places of the document.
    init(_ code: Code, _ detail: String, at offsets: Int..., cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.offsets = offsets
        self.cause = cause
    }

    package var description: String {
        guard let place = locations.first else { return detail }
        return "\(detail) (line \(place.line), column \(place.column))"
    }

    /// The error with its places as lines and columns.
    func located(in source: [UInt8]) -> GraphQLError {
        var located = self
        located.locations = offsets.map { Location(offset: $0, in: source) }
        return located
    }
}

extension GraphQLError.Location {
    /// Counts lines and characters up to a byte.
    init(offset: Int, in source: [UInt8]) {
        line = 1
        column = 1
        var place = 0
        while place < min(offset, source.count) {
            let byte = source[place]
            let endsLine = byte == 0x0A || byte == 0x0D && (place + 1 == source.count || source[place + 1] != 0x0A)
            if endsLine {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
            place += 1
        }
    }
}

/// Several errors of one request, found before it was executed.
package struct GraphQLErrors: Error, Sendable {
    /// At least one.
    package var errors: [GraphQLError]

    init(_ errors: [GraphQLError]) {
        self.errors = errors
    }
}

extension String {
    /// At most the first 64 characters: enough of what a caller sent to tell it by.
    var shortened: String {
        let start = prefix(64)
        return start.endIndex == endIndex ? self : String(start) + "…"
    }
}
