/// One document with a parser of its own.
package final class JSONDocument {
    private let parser: JSONParser
    private let root: JSONValue

    package init(_ source: UnsafeRawBufferPointer, names: NameTable? = nil, depthMax: Int = 64) throws(JSONError) {
        parser = try JSONParser(names: names, depthMax: depthMax)
        root = try parser.parse(source)
    }

    package init(_ source: [UInt8], names: NameTable? = nil, depthMax: Int = 64) throws(JSONError) {
        let parser = try JSONParser(names: names, depthMax: depthMax)
        let parsed = source.withUnsafeBytes { bytes in
            Result { () throws(JSONError) in try parser.parse(bytes) }
        }
        self.parser = parser
        root = try parsed.get()
    }

    /// Hands out the document's value; no value of it may leave `body`.
    package func withRoot<Result, Failure: Error>(
        _ body: (JSONValue) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(root)
    }
}
