internal import Access
internal import Audit
internal import Base
internal import FHIR
internal import Glibc
internal import HTTP
internal import JSONTape

/// What a request is handed out and changes, collected for its entry in the audit trail.
final class RequestTrace: AccessWitness, @unchecked Sendable {
    // Safe to share: everything that changes is used under `lock`.
    private let lock = Lock()
    private var patients: [String] = []
    private var known: Set<String> = []
    private var resources: [String] = []
    private var resourceCount = 0
    private var note: String?
    private var event: String?

    /// Names of resources that are kept; beyond, only their number is.
    private static let resourcesMax = 1_000
    /// Patients that are named of what is told of the trail.
    private static let toldPatientsMax = 1_000
    /// Distinct patients up to which a list is looked through instead of a set.
    private static let listedMax = 8

    func saw(
        type: UnsafeRawBufferPointer, id: UnsafeRawBufferPointer, version: UInt64, content: UnsafeRawBufferPointer
    ) {
        let id = String(decoding: id, as: UTF8.self)
        let isPatient = bytesEqual(type, "Patient")
        lock.withLock {
            if isPatient { addPatient(id) }
            PatientMentions.forEach(in: content) { mention in
                // Most of an answer is about one patient.
                if let last = patients.last, last.utf8.elementsEqual(mention) { return }
                addPatient(String(decoding: mention, as: UTF8.self))
            }
            resourceCount += 1
            guard resources.count < Self.resourcesMax else { return }
            resources.append(String(decoding: type, as: UTF8.self) + "/" + id + "/_history/" + String(version))
        }
    }

    /// An entry of the audit trail is handed out. Entries may name many patients each: those beyond a number are not named
    /// again, as the entry itself is.
    func told(_ entry: NumberedEntry) {
        lock.withLock {
            for patient in entry.entry.patients where patients.count < Self.toldPatientsMax { addPatient(patient) }
            resourceCount += 1
            guard resources.count < Self.resourcesMax else { return }
            resources.append("\(TrailNumber.type)/\(TrailNumber.prefix)\(entry.number)")
        }
    }

    /// Something is done with a patient's whole record.
    func touched(patient id: String) {
        lock.withLock { addPatient(id) }
    }

    /// A resource is to be written.
    /// - Parameter resource: what is written; `nil` for a deletion.
    func wrote(_ resource: CheckedResource?, _ target: WriteTarget) {
        lock.withLock {
            if target.typeName == "Patient" { addPatient(target.id) }
            for site in resource?.references ?? [] where site.kind == .reference {
                guard let tape = resource?.root.tape,
                    let text = JSONValue(tape: tape, index: Int(site.nodeIndex)).string, text.hasPrefix("Patient/")
                else { continue }
                addPatient(String(text.dropFirst(8).prefix { $0 != "/" }))
            }
            resourceCount += 1
            if resources.count < Self.resourcesMax { resources.append(target.reference) }
        }
    }

    /// Forgets what was collected: the same is done again from the beginning.
    func restart() {
        lock.withLock {
            patients = []
            known = []
            resources = []
            resourceCount = 0
        }
    }

    /// Says something of the request that its entry is to tell.
    func say(_ text: String) {
        lock.withLock { note = note.map { $0 + "; " + text } ?? text }
    }

    /// Says more exactly than the route what this is.
    func name(_ event: String) {
        lock.withLock { self.event = event }
    }

    /// Puts what was collected into an entry.
    func fill(_ entry: inout AuditEntry) {
        lock.withLock {
            entry.patients = patients
            entry.resources = resources
            entry.detail = note
            if let event { entry.event = event }
            if resourceCount > resources.count {
                let text = "\(resourceCount) resources, \(resources.count) of them named"
                entry.detail = entry.detail.map { $0 + "; " + text } ?? text
            }
        }
    }

    private func addPatient(_ id: String) {
        if patients.count < Self.listedMax {
            if !patients.contains(id) { patients.append(id) }
            return
        }
        if known.isEmpty { known = Set(patients) }
        if known.insert(id).inserted { patients.append(id) }
    }
}

/// Finds the patients that minified JSON refers to.
enum PatientMentions {
    private static let mark: StaticString = "\"reference\":\"Patient/"
    private static let idBytesMax = 64

    /// Hands out the id of every relative reference to a patient, in order and as often as there is one.
    static func forEach(in json: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard let base = json.baseAddress else { return }
        let end = base + json.count
        let length = mark.utf8CodeUnitCount
        var place = base
        // The mark ends in what is rare elsewhere.
        while place < end, let found = memchr(place, Int32(UInt8(ascii: "/")), end - place) {
            place = UnsafeRawPointer(found) + 1
            guard place - base >= length, memcmp(place - length, mark.utf8Start, length) == 0 else { continue }
            let start = place
            while place < end, place - start < idBytesMax, isIDByte(place.load(as: UInt8.self)) { place += 1 }
            if place > start { body(UnsafeRawBufferPointer(start: start, count: place - start)) }
        }
    }

    private static func isIDByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
