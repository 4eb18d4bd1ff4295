internal import Base
internal import JSONTape
internal import RecordStore
internal import Search

/// The profiles, tags and security labels of one or many resources, each once.
/// - Source: FHIR R4 resource-operation-meta, https://hl7.org/fhir/R4/resource-operation-meta.html
struct MetaLabels {
    /// A tag or security label, as JSON.
    struct Label {
        let system: String
        let code: String
        let version: String
        let json: [UInt8]

        init(_ value: JSONValue) {
            system = value.member("system")?.string ?? ""
            code = value.member("code")?.string ?? ""
            version = value.member("version")?.string ?? ""
            let writer = ByteWriter(capacity: 128)
            value.write(to: writer)
            json = writer.copy()
        }

        /// Labels are the same if system and code are; the version and what is shown to people play no part.
        func isSame(as other: Label) -> Bool { system == other.system && code == other.code }
    }

    private(set) var profiles: [String] = []
    private(set) var security: [Label] = []
    private(set) var tags: [Label] = []
    private var known: Set<String> = []

    /// How many there are.
    var count: Int { profiles.count + security.count + tags.count }

    /// Takes in what a Meta holds.
    mutating func add(_ meta: JSONValue) {
        for profile in meta.member("profile")?.elements ?? meta.elements {
            if let text = profile.string, known.insert("p" + text).inserted { profiles.append(text) }
        }
        for value in meta.member("security")?.elements ?? meta.elements where value.isObject {
            let label = Label(value)
            if known.insert("s\(label.system)|\(label.code)").inserted { security.append(label) }
        }
        for value in meta.member("tag")?.elements ?? meta.elements where value.isObject {
            let label = Label(value)
            if known.insert("t\(label.system)|\(label.code)").inserted { tags.append(label) }
        }
    }

    /// Takes away what another one names.
    mutating func remove(_ other: MetaLabels) {
        profiles.removeAll { other.profiles.contains($0) }
        security.removeAll { label in other.security.contains { $0.isSame(as: label) } }
        tags.removeAll { label in other.tags.contains { $0.isSame(as: label) } }
    }

    /// Writes the members `profile`, `security` and `tag`, as far as there are any.
    /// - Parameter isFirst: whether no member stands before them.
    /// - Returns: whether any was written.
    @discardableResult
    func write(to writer: ByteWriter, isFirst: Bool) -> Bool {
        var isFirst = isFirst
        func begin(_ name: StaticString) {
            if !isFirst { writer.write(",") }
            isFirst = false
            writer.write("\"")
            writer.write(name)
            writer.write("\":[")
        }
        if !profiles.isEmpty {
            begin("profile")
            for (place, profile) in profiles.enumerated() {
                if place > 0 { writer.write(",") }
                writeJSONString(profile, to: writer)
            }
            writer.write("]")
        }
        for (name, labels) in [("security" as StaticString, security), ("tag", tags)] where !labels.isEmpty {
            begin(name)
            for (place, label) in labels.enumerated() {
                if place > 0 { writer.write(",") }
                label.json.withUnsafeBytes { writer.write($0) }
            }
            writer.write("]")
        }
        return count > 0
    }

    /// The answer of the operations: Parameters with a Meta.
    /// - Parameter version: the version whose Meta it is; `nil` for that of many.
    func parameters(of version: StoredResource?) -> ByteWriter {
        let writer = ByteWriter(capacity: 1024)
        writer.write("{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"return\"")
        if count > 0 || version != nil {
            writer.write(",\"valueMeta\":{")
            if let version {
                writer.write("\"versionId\":\"")
                writer.writeDecimal(Int(version.sequence))
                writer.write("\",\"lastUpdated\":\"")
                writeInstant(version.lastUpdated, to: writer)
                writer.write("\"")
            }
            write(to: writer, isFirst: version == nil)
            writer.write("}")
        }
        writer.write("}]}")
        return writer
    }
}
