package import Base
internal import JSONTape

/// One version of a resource as it lies in the log.
package struct StoredResource: @unchecked Sendable {
    // Safe to share: the slices point into `owner`, which never changes and lives as long as this does.
    /// The entry's sequence number, which is also its `meta.versionId`.
    package let sequence: UInt64
    /// The version before this one.
    package let replaces: UInt64?
    package let operation: LogOperation
    /// When it was committed: `meta.lastUpdated`.
    package let lastUpdated: Instant
    /// Who wrote it.
    package let actor: String
    let typeText: UnsafeRawBufferPointer
    let idText: UnsafeRawBufferPointer
    let meta: UnsafeRawBufferPointer
    let rest: UnsafeRawBufferPointer
    let owner: CachedBytes

    /// The resource's type, made anew at each call.
    package var type: String { text(typeText) }

    /// The resource's id, made anew at each call.
    package var id: String { text(idText) }

    private func text(_ bytes: UnsafeRawBufferPointer) -> String {
        defer { withExtendedLifetime(owner) {} }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether it is a version of the resource with this type and id.
    func isVersion(ofType type: String, id: String) -> Bool {
        func isEqual(_ bytes: UnsafeRawBufferPointer, _ text: String) -> Bool {
            var text = text
            return text.withUTF8 { bytesEqual(bytes, UnsafeRawBufferPointer($0)) }
        }
        defer { withExtendedLifetime(owner) {} }
        return isEqual(typeText, type) && isEqual(idText, id)
    }

    /// Writes `Type/id`.
    package func writeReference(to writer: ByteWriter) {
        writer.write(typeText)
        writer.write(UInt8(ascii: "/"))
        writer.write(idText)
        withExtendedLifetime(owner) {}
    }

    /// Whether this version is the deletion of the resource.
    package var isDeleted: Bool { operation == .delete }

    /// The version's name in `meta.versionId`, `ETag` and `_history` addresses.
    package var versionID: String { String(sequence) }

    /// Writes the resource as minified JSON, `meta.versionId` and `meta.lastUpdated` included.
    /// A deletion has no content: only type, id and meta are written.
    package func writeJSON(to writer: ByteWriter) {
        writer.reserve(rest.count + meta.count + typeText.count + idText.count + 160)
        writer.write("{\"resourceType\":\"")
        writer.write(typeText)
        writer.write("\",\"id\":\"")
        writer.write(idText)
        writer.write("\",\"meta\":{\"versionId\":\"")
        writer.writeDecimal(Int(sequence))
        writer.write("\",\"lastUpdated\":\"")
        writeInstant(lastUpdated, to: writer)
        writer.write("\"")
        if !meta.isEmpty {
            writer.write(UInt8(ascii: ","))
            writer.write(meta)
        }
        writer.write(UInt8(ascii: "}"))
        if !rest.isEmpty {
            writer.write(UInt8(ascii: ","))
            writer.write(rest)
        }
        writer.write(UInt8(ascii: "}"))
        withExtendedLifetime(owner) {}
    }

    /// Writes the entry's body as it lies in the log.
    func writeBody(to writer: ByteWriter) {
        writer.write(operation.rawValue)
        writer.writeVarint(UInt64(typeText.count))
        writer.write(typeText)
        writer.writeVarint(UInt64(idText.count))
        writer.write(idText)
        writer.writeVarint(UInt64(meta.count))
        writer.write(meta)
        writer.write(rest)
        withExtendedLifetime(owner) {}
    }

    /// The resource as minified JSON.
    package var json: [UInt8] {
        let writer = ByteWriter(capacity: rest.count + meta.count + 256)
        writeJSON(to: writer)
        return writer.copy()
    }
}

/// Writes a moment as a FHIR `instant` in UTC, to the microsecond: `2026-01-31T08:05:09.123456Z`.
package func writeInstant(_ instant: Instant, to writer: ByteWriter) {
    writer.writeTimestamp(instant)
}
