/// Why a patch is refused, or does not fit what it is applied to. Nothing is changed then.
package struct PatchError: Error, CustomStringConvertible {
    /// What kind of error it is.
    package enum Code: String, Sendable, CaseIterable {
        /// The patch itself is not well-formed.
        case malformed
        /// What an operation names is not there, or not of a kind that the operation can be used on.
        case inapplicable
        /// A `test` found another value.
        case testFailed
        /// The patch has too many operations, or its result would be too large or take too long to make.
        case limit
    }

    package var code: Code
    /// What is wrong, in words; it may name what the patch says, never what a resource holds.
    package var detail: String
    /// The place of the operation in the patch, from 0; `nil` if it is the patch as a whole.
    package var operation: Int?
    /// The path that the operation names.
    package var path: String?
    package var cause: (any Error)?

    package init(
        code: Code, detail: String, operation: Int? = nil, path: String? = nil, cause: (any Error)? = nil
    ) {
        self.code = code
        self.detail = detail
        self.operation = operation
        self.path = path
        self.cause = cause
    }

    /// The operation, its path, and what is wrong with it.
    package var description: String {
        guard let operation else { return detail }
        let place = path.map { " at \"\($0.count > 200 ? String($0.prefix(200)) + "…" : $0)\"" } ?? ""
        return "operation \(operation)\(place): \(detail)"
    }

    /// Does one operation; an error of it names the operation and its path.
    static func naming(
        _ operation: Int, _ path: String?, _ body: () throws(PatchError) -> Void
    ) throws(PatchError) {
        do throws(PatchError) {
            try body()
        } catch {
            var named = error
            named.operation = operation
            named.path = path
            throw named
        }
    }
}
