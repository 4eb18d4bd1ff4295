internal import CSimdjson

/// Reads JSON documents into a tape, one after another, in memory that it keeps.
///
/// Not thread-safe: one parser a thread. The values of a document are valid until the next `parse` and for as long as
/// the parser lives; `JSONDocument` is the face that keeps them alive.
/// Numbers keep their source text. Duplicate member names are kept in order and are the reader's to judge.
/// - Source: RFC 8259.
package final class JSONParser {
    let handle: OpaquePointer
    let names: NameTable?

    /// - Parameters:
    ///   - names: numbers for member names, see `NameTable`.
    ///   - depthMax: how deep objects and arrays may nest.
    ///   - bytesMax: the largest document, in bytes; at most 1 GiB.
    /// - Throws: `JSONError.noMemory`.
    package init(names: NameTable? = nil, depthMax: Int = 64, bytesMax: Int = 1 << 30) throws(JSONError) {
        guard let handle = mjt_parser_create(UInt32(clamping: depthMax), max(0, bytesMax)) else {
            throw JSONError(code: .noMemory, offset: 0)
        }
        self.handle = handle
        self.names = names
    }

    deinit {
        mjt_parser_destroy(handle)
    }

    /// Reads one document and gives its root value. The source is copied: it may go away afterwards.
    package func parse(_ source: UnsafeRawBufferPointer) throws(JSONError) -> JSONValue {
        var offset = 0
        let start = source.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let code = mjt_parse(handle, names?.handle, start, source.count, &offset)
        guard code == Int32(MJT_OK) else {
            throw JSONError(code: Self.errorCode(code), offset: offset)
        }
        return JSONValue(tape: mjt_parser_tape(handle), index: 0)
    }

    /// Gives a string another text. It shows wherever the value is read or written from then on.
    /// - Throws: `JSONError.unexpected` if the value is no string of the document last read.
    package func replaceString(_ value: JSONValue, with text: UnsafeRawBufferPointer) throws(JSONError) {
        let start = text.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let code = mjt_replace_string(handle, UInt32(value.index), start, text.count)
        guard code == Int32(MJT_OK) else { throw JSONError(code: Self.errorCode(code), offset: 0) }
    }

    private static func errorCode(_ code: Int32) -> JSONError.Code {
        switch Int(code) {
        case MJT_EMPTY: .empty
        case MJT_UTF8: .invalidUTF8
        case MJT_UNCLOSED_STRING: .unclosedString
        case MJT_CONTROL_CHARACTER: .controlCharacter
        case MJT_BAD_ESCAPE: .badEscape
        case MJT_BAD_NUMBER: .badNumber
        case MJT_BAD_LITERAL: .badLiteral
        case MJT_TRUNCATED: .truncated
        case MJT_TRAILING: .trailing
        case MJT_TOO_DEEP: .tooDeep
        case MJT_TOO_LARGE: .tooLarge
        case MJT_NO_MEMORY: .noMemory
        default: .unexpected
        }
    }
}
