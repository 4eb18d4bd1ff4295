internal import Base

/// A small JSON document that is put together in Swift, its members in the order in which they are given.
///
/// For what is made once, such as descriptions of this interface; resources go by tapes and writers.
indirect enum JSONTree: Sendable, Equatable {
    case text(String)
    case number(Int)
    case bool(Bool)
    case list([JSONTree])
    case object([Member])

    struct Member: Sendable, Equatable {
        let name: String
        let value: JSONTree
    }

    /// An object of members; of equal names all are kept, so each must be given once.
    static func members(_ members: [(String, JSONTree)]) -> JSONTree {
        .object(members.map { Member(name: $0.0, value: $0.1) })
    }

    /// The object with a further member; itself where there is nothing to add or it is no object.
    func with(_ name: String, _ value: JSONTree?) -> JSONTree {
        guard let value, case .object(let members) = self else { return self }
        return .object(members + [Member(name: name, value: value)])
    }

    /// Appends the text without white space.
    func write(to writer: ByteWriter) {
        switch self {
        case .text(let text): writeJSONString(text, to: writer)
        case .number(let number): writer.writeDecimal(number)
        case .bool(let bool): writer.write(bool ? "true" : "false")
        case .list(let items):
            writer.write("[")
            for (place, item) in items.enumerated() {
                if place > 0 { writer.write(",") }
                item.write(to: writer)
            }
            writer.write("]")
        case .object(let members):
            writer.write("{")
            for (place, member) in members.enumerated() {
                if place > 0 { writer.write(",") }
                writeJSONString(member.name, to: writer)
                writer.write(":")
                member.value.write(to: writer)
            }
            writer.write("}")
        }
    }
}

extension JSONTree: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    init(stringLiteral value: String) { self = .text(value) }
    init(integerLiteral value: Int) { self = .number(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONTree: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    init(arrayLiteral elements: JSONTree...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, JSONTree)...) { self = .members(elements) }
}
