/// Why an upload does not go on as it was asked to.
package struct UploadError: Error, Sendable {
    package enum Code: Hashable, Sendable {
        /// What was stated of the upload contradicts itself, or is beyond a limit.
        case invalid
        /// There is no such upload of this tenant.
        case notFound
        /// It was cancelled.
        case cancelled
        /// Nothing came for too long.
        case expired
        /// It is whole, and takes no parts any more.
        case closed
        /// The number is none that the upload has.
        case numberOutOfRange(max: Int)
        /// The part has other bytes than stated, more than a part may have, or more than fit into the whole.
        case sizeMismatch(stated: UInt64, received: UInt64)
        case partTooLarge(max: UInt64)
        /// What came is not what its digest says.
        case digestMismatch
        /// All parts are there, and the whole is not what its digest says.
        case wholeMismatch
        /// Other bytes are there under this number, and nobody said to replace them.
        case partDiffers
        /// Parts are missing: from one number to another, both included.
        case incomplete(missing: [ClosedRange<Int>])
        /// All parts are there, and together they have not the bytes that were stated.
        case totalMismatch(stated: UInt64, received: UInt64)
        /// The tenant has no room left, or too many uploads.
        case quota(bytesLeft: UInt64)
        case tooMany(max: Int)
        /// The disk is full.
        case diskFull
        /// A part on the disk is not what was written.
        case damaged
        /// The disk or the database failed.
        case storage
        /// The store is closing.
        case stopping
    }

    package var code: Code
    package var detail: String
    package var cause: (any Error)?

    package init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }
}
