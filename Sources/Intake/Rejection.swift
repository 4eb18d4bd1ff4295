/// Something of the input that was not taken, and why. The rest of the input goes on.
package struct Rejection: Sendable, Hashable {
    /// The closed set of reasons, as written into `rejects.ndjson`.
    package enum Code: String, Sendable {
        /// The file, folder or archive member can't be read.
        case unreadable
        /// The file or member holds nothing, or only blanks.
        case empty
        /// Not JSON, NDJSON or an archive, though its name or the user says so.
        case notJSON = "not-json"
        /// A format that is recognised but not read.
        case unsupported
        /// The member's name leads out of the archive, or is absolute.
        case unsafeName = "unsafe-name"
        /// A symbolic or hard link, or a device.
        case link
        /// The member needs a password.
        case encrypted
        /// Unpacks to far more than it holds.
        case bomb
        /// Over an absolute limit.
        case tooLarge = "too-large"
        /// Containers in containers beyond the limit.
        case nestedTooDeep = "nested-too-deep"
        /// Checksum, size or compression don't agree.
        case damaged
        /// The input ends too early.
        case truncated
        /// The text is not well-formed JSON.
        case invalidJSON = "invalid-json"
        /// Objects and arrays nest beyond the limit.
        case tooDeep = "too-deep"
        /// `Bundle.entry` is not an array, or is there twice.
        case bundleShape = "bundle-shape"
        /// Well-formed JSON that is no valid resource.
        case invalidResource = "invalid-resource"
        /// The resource's type is none of FHIR R4.
        case unknownType = "unknown-type"
        /// The store did not take it.
        case notStored = "not-stored"
    }

    package var place: Place
    package var code: Code
    /// Plain words for a human.
    package var reason: String
    /// Path of the element at fault within the resource, where one is known.
    package var path: String?

    package init(_ place: Place, _ code: Code, _ reason: String, path: String? = nil) {
        self.place = place
        self.code = code
        self.reason = reason
        self.path = path
    }
}

/// What rejects are counted by: why, and at which element, whichever of a list it was.
package struct RejectFinding: Sendable, Hashable {
    package var code: String
    package var path: String?

    package init(code: String, path: String?) {
        self.code = code
        self.path = path
    }

    init(_ rejection: Rejection) {
        code = rejection.code.rawValue
        path = rejection.path.map { path in
            var isIndex = false
            return String(
                path.prefix(256).filter { character in
                    if character == "[" { isIndex = true }
                    defer { if character == "]" { isIndex = false } }
                    return !isIndex
                })
        }
    }
}

/// A file that is left out on purpose, because it holds no resources.
package struct SkippedFile: Sendable, Hashable {
    /// The closed set of reasons.
    package enum Reason: String, Sendable {
        /// `log.ndjson` of a Bulk Data export.
        case exportLog = "export-log"
        /// The manifest of a Bulk Data export.
        case exportManifest = "export-manifest"
        /// Made by an operating system: `.DS_Store`, `__MACOSX/`, `Thumbs.db`.
        case systemFile = "system-file"
        /// Neither JSON nor an archive, and its name doesn't claim to be.
        case notFHIR = "not-fhir"
        /// A link to a file that the same folder holds, and that is read there.
        case linkInside = "link-inside"
        /// A socket, pipe or device in a folder.
        case specialFile = "special-file"
    }

    package var file: String
    package var reason: Reason
}
