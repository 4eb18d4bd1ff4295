/// The codes of a value set.
package struct ExpansionResult: Sendable {
    /// A code, or a group of codes.
    package struct Entry: Sendable {
        package var system: String
        package var version: String?
        package var code: String
        package var display: String?
        package var definition: String?
        package var isAbstract: Bool
        package var isInactive: Bool
        package var designations: [Designation]
        /// Codes below it.
        package var contains: [Entry] = []
    }

    /// What went into the expansion.
    package struct Parameter: Sendable, Equatable {
        package enum Value: Sendable, Equatable {
            case string(String)
            case boolean(Bool)
            case integer(Int)
            case uri(String)
            case code(String)
        }

        package var name: String
        package var value: Value
    }

    package var header: DefinitionHeader
    /// How many codes there are on all pages.
    package var total: Int
    /// How many codes were left out at the start; `nil` where no page was asked for.
    package var offset: Int?
    package var parameters: [Parameter]
    package var entries: [Entry]
    /// Whether definitions were asked for, which an expansion has no element for: an extension carries them.
    package var includesDefinition: Bool

    /// All codes of this page, those below others included, in order.
    package var codes: [SystemCode] {
        var found: [SystemCode] = []
        var waiting = Array(entries.reversed())
        while let entry = waiting.popLast() {
            found.append(SystemCode(system: entry.system, code: entry.code))
            waiting.append(contentsOf: entry.contains.reversed())
        }
        return found
    }
}
