internal import CSimdjson

/// A fixed set of member names, each with a number from 1. A parser that is given one writes the number beside every
/// key, so that later steps compare numbers instead of text.
package final class NameTable: @unchecked Sendable {
    // Safe to share: the table is never changed after `init`.
    let handle: OpaquePointer
    /// The names in order: the name at index `i` has the number `i + 1`.
    package let names: [String]

    /// - Parameter names: fewer than 65,535 different names.
    /// - Throws: `JSONError.tooLarge` if there are more, or no memory is left.
    package init(_ names: [String]) throws(JSONError) {
        var text: [UInt8] = []
        var lengths: [UInt32] = []
        for name in names {
            text.append(contentsOf: name.utf8)
            lengths.append(UInt32(name.utf8.count))
        }
        guard let handle = mjt_names_create(text, lengths, UInt32(names.count)) else {
            throw JSONError(code: .tooLarge, offset: 0)
        }
        self.handle = handle
        self.names = names
    }

    deinit {
        mjt_names_destroy(handle)
    }

    /// The number of `name`, 0 if it is not in the table.
    package func number(of name: String) -> UInt16 {
        let padded = Array(name.utf8) + [UInt8](repeating: 0, count: 8)
        return mjt_names_find(handle, padded, name.utf8.count)
    }
}
