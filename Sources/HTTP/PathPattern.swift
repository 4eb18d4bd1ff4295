/// A pattern of paths: `/fhir/{type}/{id}`, `/assets/*`.
///
/// `{name}` captures one segment that is not empty; `*` at the end captures one or more segments, joined by slashes.
package struct PathPattern: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// One part of a pattern.
    package enum Segment: Sendable, Hashable {
        case literal(String)
        case capture(String)
        case rest
    }

    package let segments: [Segment]
    /// The pattern as written, which is also its OpenAPI path.
    package let description: String

    /// - Precondition: starts with a slash, `*` only at the end, names not empty and not repeated.
    package init(_ text: String) {
        precondition(text.hasPrefix("/"), "a path pattern starts with a slash: \(text)")
        let parts = text.split(separator: "/")
        var segments: [Segment] = []
        for (index, part) in parts.enumerated() {
            if part == "*" {
                precondition(index == parts.count - 1, "* stands at the end only: \(text)")
                segments.append(.rest)
            } else if part.hasPrefix("{") && part.hasSuffix("}") {
                let name = String(part.dropFirst().dropLast())
                precondition(!name.isEmpty && !segments.contains(.capture(name)), "a name of its own: \(text)")
                segments.append(.capture(name))
            } else {
                segments.append(.literal(String(part)))
            }
        }
        self.segments = segments
        description = text
    }

    package init(stringLiteral value: String) {
        self.init(value)
    }

    /// The names of what is captured, in order; `*` for the rest.
    package var captureNames: [String] {
        segments.compactMap { segment in
            switch segment {
            case .literal: nil
            case .capture(let name): name
            case .rest: "*"
            }
        }
    }
}
