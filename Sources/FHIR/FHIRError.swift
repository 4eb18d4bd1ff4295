/// Why the definitions could not be read.
package struct FHIRError: Error {
    package enum Code: String, Sendable {
        /// The table of definitions is not what the reader expects: the program was built wrongly.
        case badDefinitions
        /// No memory left.
        case noMemory
    }

    package var code: Code
    package var detail: String
    package var cause: (any Error)?

    package init(code: Code, detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }
}
