package import Base
package import JSONTape

/// A JSON Patch: operations that are applied in order, all of them or none.
///
/// Members of an operation that are not known are passed over, as the standard asks; a member that stands twice is an
/// error, because readers differ on which counts.
/// - Source: RFC 6902.
package struct JSONPatch {
    enum Action {
        case add(JSONNode), remove, replace(JSONNode), test(JSONNode)
        case move(from: JSONPointer), copy(from: JSONPointer)
    }

    struct Operation {
        let action: Action
        let path: JSONPointer
        let pathText: String
    }

    let operations: [Operation]
    let limits: PatchLimits

    /// How many operations there are.
    package var count: Int { operations.count }

    /// Reads a patch document: an array of operations. Nothing of the tape is kept.
    /// - Throws: `PatchError.malformed` naming the operation, `.limit`.
    package init(_ document: JSONValue, limits: PatchLimits = PatchLimits()) throws(PatchError) {
        guard document.isArray else {
            throw PatchError(code: .malformed, detail: "a JSON Patch is an array of operations")
        }
        var operations: [Operation] = []
        var valuesLeft = limits.valuesMax
        for (place, value) in document.elements.enumerated() {
            guard place < limits.operationsMax else {
                throw PatchError(code: .limit, detail: "a patch may have at most \(limits.operationsMax) operations")
            }
            do throws(PatchError) {
                operations.append(try Self.operation(value, &valuesLeft))
            } catch {
                var error = error
                error.operation = place
                throw error
            }
        }
        self.operations = operations
        self.limits = limits
    }

    private static func operation(_ value: JSONValue, _ valuesLeft: inout Int) throws(PatchError) -> Operation {
        guard value.isObject else {
            throw PatchError(code: .malformed, detail: "an operation is an object")
        }
        guard let name = try member("op", of: value)?.string else {
            throw PatchError(code: .malformed, detail: "the operation has no \"op\" that is a string")
        }
        let (path, text) = try pointer("path", of: value)
        func content() throws(PatchError) -> JSONNode {
            guard let content = try member("value", of: value) else {
                throw PatchError(code: .malformed, detail: "\"\(name)\" needs a \"value\"", path: text)
            }
            return try JSONNode(content, valuesLeft: &valuesLeft)
        }
        let action: Action
        switch name {
        case "add": action = .add(try content())
        case "remove": action = .remove
        case "replace": action = .replace(try content())
        case "test": action = .test(try content())
        case "move": action = .move(from: try pointer("from", of: value).pointer)
        case "copy": action = .copy(from: try pointer("from", of: value).pointer)
        default:
            throw PatchError(
                code: .malformed,
                detail: "\"op\" is add, remove, replace, move, copy or test, not \"\(name.prefix(64))\"", path: text)
        }
        return Operation(action: action, path: path, pathText: text)
    }

    private static func member(_ name: StaticString, of value: JSONValue) throws(PatchError) -> JSONValue? {
        var found: JSONValue?
        for member in value.members where bytesEqual(member.name, name) {
            guard found == nil else {
                throw PatchError(code: .malformed, detail: "the operation has \"\(name)\" twice")
            }
            found = member.value
        }
        return found
    }

    private static func pointer(
        _ name: StaticString, of value: JSONValue
    ) throws(PatchError) -> (pointer: JSONPointer, text: String) {
        guard let text = try member(name, of: value)?.string else {
            throw PatchError(code: .malformed, detail: "the operation has no \"\(name)\" that is a string")
        }
        guard let pointer = JSONPointer(Array(text.utf8)) else {
            throw PatchError(code: .malformed, detail: "\"\(name)\" is no JSON Pointer", path: text)
        }
        return (pointer, text)
    }

    /// Applies the operations to a document and writes the result, minified.
    /// - Throws: `PatchError` naming the operation and its path; then nothing is written.
    package func apply(to document: JSONValue, writing writer: ByteWriter) throws(PatchError) {
        let root = try applied(to: document)
        root.write(to: writer)
    }

    private func applied(to document: JSONValue) throws(PatchError) -> JSONNode {
        let editor = try JSONEditor(document, limits: limits)
        for (place, operation) in operations.enumerated() {
            try PatchError.naming(place, operation.pathText) { () throws(PatchError) in try editor.apply(operation) }
        }
        return editor.root
    }
}
