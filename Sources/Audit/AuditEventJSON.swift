package import Access
package import Base

/// Writes entries of the trail as FHIR R4 AuditEvents, after the patterns of IHE BALP. Pure: it reads nothing.
/// - Source: FHIR R4 AuditEvent, https://hl7.org/fhir/R4/auditevent.html; IHE Basic Audit Log Patterns 1.1,
///   https://profiles.ihe.net/ITI/BALP; DICOM PS3.16 CID 400 for the codes of what is no RESTful operation.
package struct AuditEventJSON: Sendable {
    /// Who wrote it, as a Device's name: the address that clients know the server by.
    package var observer: String
    /// The FHIR reference of an agent such as `user/ID`, where it is known: `Practitioner/ID`, `Patient/ID`.
    package var reference: @Sendable (_ agent: String) -> String?
    /// Whether `meta.profile` says which pattern the event follows.
    package var claimsProfiles: Bool

    /// What an entry's id begins with, before its number.
    package var idPrefix: String

    package init(
        observer: String, claimsProfiles: Bool = true, idPrefix: String = "",
        reference: @escaping @Sendable (_ agent: String) -> String? = { _ in nil }
    ) {
        self.observer = observer
        self.claimsProfiles = claimsProfiles
        self.idPrefix = idPrefix
        self.reference = reference
    }

    /// Appends the resource of an entry; its id is the prefix and the entry's number.
    package func write(_ numbered: NumberedEntry, tenant: TenantName, to writer: ByteWriter) {
        let entry = numbered.entry
        let json = FHIRText(writer)
        let words = AuditEventWords(entry)
        json.object {
            json.member("resourceType", "AuditEvent")
            json.member("id", "\(idPrefix)\(numbered.number)")
            json.key("meta")
            json.object {
                json.member("versionId", "1")
                json.member("lastUpdated", Self.recorded(entry.time))
                if claimsProfiles, let profile = words.profile {
                    json.key("profile")
                    json.array { json.string(profile) }
                }
            }
            json.key("type")
            json.coding(words.type)
            if !words.subtypes.isEmpty {
                json.key("subtype")
                json.array { for subtype in words.subtypes { json.coding(subtype) } }
            }
            json.member("action", entry.action.code)
            json.member("recorded", Self.recorded(entry.time))
            json.member("outcome", "\(entry.outcome.rawValue)")
            if let detail = entry.detail, !detail.isEmpty { json.member("outcomeDesc", Self.text(detail)) }
            if let purpose = entry.purposeOfUse, !purpose.isEmpty {
                json.key("purposeOfEvent")
                json.array { writePurpose(purpose, json) }
            }
            json.key("agent")
            json.array { writeAgents(entry, words, json) }
            json.key("source")
            writeSource(tenant, json)
            writeEntities(entry, words, json)
        }
    }

    /// The codes of an entry as an AuditEvent: its type and its subtypes.
    package static func codes(of entry: AuditEntry) -> (type: CodeKey, subtypes: [CodeKey]) {
        let words = AuditEventWords(entry)
        return (
            CodeKey(words.type.system, words.type.code), words.subtypes.map { CodeKey($0.system, $0.code) }
        )
    }

    // MARK: Agents

    /// The client and the server that spoke with each other, and the person behind the client.
    private func writeAgents(_ entry: AuditEntry, _ words: AuditEventWords, _ json: FHIRText) {
        let isClient = entry.agent.hasPrefix("client/")
        let person = entry.onBehalfOf ?? (isClient ? nil : entry.agent)
        if entry.address.isEmpty, entry.request == nil, entry.agent.hasPrefix("martlet") {
            // What Martlet does by itself nobody asked for.
            return writeAgent(entry.agent, words.serverType, isRequestor: true, json) {}
        }
        writeAgent(isClient ? entry.agent : nil, words.clientType, isRequestor: person == nil, json) {
            writeNetwork(entry.address, json)
            if person == nil { writePurposes(entry, json) }
        }
        if let person {
            writeAgent(person, words.userType, isRequestor: true, json) {
                if let role = entry.role, !role.isEmpty {
                    json.key("role")
                    json.array { json.object { json.member("text", Self.text(role)) } }
                }
                writePurposes(entry, json)
            }
        }
        json.object {
            json.key("type")
            json.concept(words.serverType)
            json.key("who")
            json.object { json.member("display", Self.text(observer)) }
            json.member("requestor", false)
            json.key("network")
            json.object {
                json.member("address", Self.text(observer))
                json.member("type", observer.contains("://") ? "5" : "1")
            }
        }
    }

    private func writeAgent(
        _ agent: String?, _ type: AuditCoding, isRequestor: Bool, _ json: FHIRText, _ rest: () -> Void
    ) {
        json.object {
            json.key("type")
            json.concept(type)
            json.key("who")
            if let agent {
                writeWho(agent, json)
                json.member("altId", Self.text(agent))
            } else {
                json.object { json.member("display", "the person's browser or program") }
            }
            json.member("requestor", isRequestor)
            rest()
        }
    }

    private func writePurposes(_ entry: AuditEntry, _ json: FHIRText) {
        guard let purpose = entry.purposeOfUse, !purpose.isEmpty else { return }
        json.key("purposeOfUse")
        json.array { writePurpose(purpose, json) }
    }

    private func writeWho(_ agent: String, _ json: FHIRText) {
        json.object {
            if let reference = reference(agent) {
                json.member("reference", reference)
            } else {
                json.key("identifier")
                json.object { json.member("value", Self.text(agent)) }
            }
        }
    }

    /// What was claimed in a request that was refused may be no code.
    private func writePurpose(_ purpose: String, _ json: FHIRText) {
        if Self.isWord(purpose) {
            json.concept(.purpose(purpose))
        } else {
            json.object { json.member("text", Self.text(purpose)) }
        }
    }

    /// What was asked for in a request that was refused may be no reference.
    private func writeReference(_ target: String, _ json: FHIRText) {
        json.object { json.member(Self.isWord(target) ? "reference" : "display", Self.text(target)) }
    }

    private func writeNetwork(_ address: String, _ json: FHIRText) {
        guard !address.isEmpty else { return }
        let isNumber = address.utf8.allSatisfy { byte in
            byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":") || (0x30...0x39).contains(byte)
                || (0x41...0x46).contains(byte & 0xDF)
        }
        json.key("network")
        json.object {
            json.member("address", Self.text(address))
            json.member("type", isNumber ? "2" : "1")
        }
    }

    private func writeSource(_ tenant: TenantName, _ json: FHIRText) {
        json.object {
            json.member("site", tenant.description)
            json.key("observer")
            json.object { json.member("display", Self.text(observer)) }
            json.key("type")
            json.array { json.coding(.applicationServer) }
        }
    }

    // MARK: Entities

    private func writeEntities(_ entry: AuditEntry, _ words: AuditEventWords, _ json: FHIRText) {
        let request = entry.request?.isEmpty == false ? entry.request : nil
        guard !entry.patients.isEmpty || !entry.resources.isEmpty || request != nil || !entry.requestID.isEmpty
        else { return }
        json.key("entity")
        json.array {
            for patient in entry.patients { writeEntity("Patient/" + patient, .person, .patient, json) }
            for resource in entry.resources {
                // Of a search only the request is a system object: what it found is told by its own types.
                let type = resource.split(separator: "/").first.map(String.init) ?? ""
                let isFound = words.isSearch && Self.isWord(resource) && type.allSatisfy(\.isLetter)
                writeEntity(resource, isFound ? .resource(type) : .systemObject, .domainResource, json)
            }
            if let request, words.isSearch || entry.requestID.isEmpty { writeRequest(request, json) }
            guard !entry.requestID.isEmpty else { return }
            json.object {
                json.key("what")
                json.object {
                    json.key("identifier")
                    json.object { json.member("value", Self.text(entry.requestID)) }
                }
                json.key("type")
                json.coding(.requestID)
                if let request, !words.isSearch { json.member("description", Self.text(request)) }
            }
        }
    }

    private func writeEntity(_ target: String, _ type: AuditCoding, _ role: AuditCoding, _ json: FHIRText) {
        json.object {
            json.key("what")
            writeReference(target, json)
            json.key("type")
            json.coding(type)
            json.key("role")
            json.coding(role)
        }
    }

    /// The request as it came, in base64, so that hostile ones are kept as they are.
    private func writeRequest(_ request: String, _ json: FHIRText) {
        json.object {
            json.key("type")
            json.coding(.systemObject)
            json.key("role")
            json.coding(.query)
            json.key("query")
            var request = request
            let text = request.withUTF8 { Base64Text.encode(UnsafeRawBufferPointer($0)) }
            json.string(text)
        }
    }

    // MARK: Texts

    /// Whether a text is something without spaces and control characters.
    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy {
                !$0.properties.isWhitespace && $0.properties.generalCategory != .control
            }
    }

    /// What FHIR's `string` may hold: no control characters but tab and line breaks, no space around it, and something.
    private static func text(_ value: String) -> String {
        let kept = value.unicodeScalars.map { scalar -> Character in
            let isAllowed = scalar.value >= 0x20 || scalar == "\t" || scalar == "\n" || scalar == "\r"
            return isAllowed ? Character(scalar) : "\u{FFFD}"
        }
        let text = kept.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
        return text.isEmpty ? "-" : String(text)
    }

    /// An `instant` to the millisecond, as readers of FHIR expect; clamped to the years that it can tell.
    private static func recorded(_ time: Instant) -> String {
        let lowest: Int64 = -62_135_596_800_000_000
        let highest: Int64 = 253_402_300_799_999_999
        let text = Instant(microseconds: min(max(time.microseconds, lowest), highest)).text
        return String(text.dropLast(4)) + "Z"
    }
}
