internal import Base

/// Writes the whole record of one patient, visit by visit, keeping in mind what was found and prescribed before.
package struct PatientRecord {
    /// A diagnosis on the problem list.
    struct Problem {
        let illness: Illness
        let id: ResourceID
        let since: Int
        /// The day on which it is over, for some.
        let until: Int?
    }

    /// A prescription and its last day.
    struct Prescription {
        let drug: Drug
        let until: Int
    }

    /// A laboratory result of the visit at hand, for the note.
    struct Result {
        let analyte: Analyte
        let value: Int
        let flag: Flag
    }

    let network: CareNetwork
    /// Whose record it is.
    package let person: Person
    /// What the patient is born with or prone to.
    package let constitution: Constitution
    /// What would be measured on any day.
    package let physiology: Physiology
    /// Every visit, in order.
    package let plan: VisitPlan
    let zone: Zone
    var draw: Draw
    /// Where the resources go.
    package var writer: ResourceWriter

    var problems: [Problem] = []
    var prescriptions: [Prescription] = []
    var results: [Result] = []
    /// The day each panel was last drawn, by its raw value.
    var panelDays: [Int] = Array(repeating: -100_000, count: 32)
    /// The day each examination was last done, by the raw value of `Intervention`.
    var interventionDays: [Int] = Array(repeating: -100_000, count: 32)
    /// Doses of each of `Vaccine.byAge` given so far, and the day of the last.
    var doses: [Int] = Array(repeating: 0, count: Vaccine.byAge.count)
    var doseDays: [Int] = Array(repeating: -100_000, count: Vaccine.byAge.count)
    var influenzaSeason = 0
    var coronavirusDoses = (count: 0, lastDay: 0)
    var vitals = Vitals()
    /// Conditions newly written at the visit at hand.
    var visitConditions: [ResourceID] = []
    /// What was done at the visit at hand, for the note.
    var visitInterventions: [Intervention] = []
    /// True from the first visit on.
    var hasBeenSeen = false
    let coverageID: ResourceID
    /// The text of the note at hand.
    let note = ByteWriter(capacity: 4096)

    /// Draws everything that is decided before the first resource is written.
    package init(seed: UInt64, index: Int, today: Int, network: CareNetwork, writer: ResourceWriter) {
        var draw = Draw(seed: seed, stream: UInt64(truncatingIfNeeded: index))
        person = Person(&draw, index: index, numberOffset: PatientRecord.numberOffset(seed: seed), today: today)
        constitution = Constitution(&draw, sex: person.sex)
        let course = IllnessCourse(&draw, person: person, constitution: constitution)
        plan = VisitPlan(&draw, person: person, constitution: constitution, course: course)
        physiology = Physiology(person: person, constitution: constitution, course: course)
        zone = person.city.zone
        coverageID = draw.resourceID()
        self.network = network
        self.draw = draw
        self.writer = writer
    }

    /// Where the numbers of a seed's patients start.
    static func numberOffset(seed: UInt64) -> Int {
        Int(truncatingIfNeeded: Draw.mix(seed ^ 0x5EED) >> 33)
    }

    /// Which illnesses begin when.
    package var course: IllnessCourse { physiology.course }

    /// The last day that the record can speak of, counted from 1970-01-01.
    var lastDay: Int { person.lastDay }

    /// True where the patient lives, so that what is open stays open.
    var isAlive: Bool { person.deathDay == nil }

    /// The fields by which most resources point to the patient and the visit.
    func writeContext(subject: StaticString, encounter: ResourceID) {
        writer.field(subject, .patient, person.id)
        writer.field("encounter", .encounter, encounter)
    }

    /// A Reference field to a clinician of the network.
    func writeClinician(_ name: StaticString, _ clinician: Int) {
        writer.name(name)
        writeClinicianReference(clinician)
    }

    /// A Reference to a clinician of the network.
    func writeClinicianReference(_ clinician: Int) {
        let clinician = network.clinicians[clinician]
        writer.reference(.practitioner, clinician.id, clinician.identifier, display: clinician.display)
    }

    /// A Reference to an organization of the network.
    func writeOrganizationReference(_ organization: CareNetwork.Organization) {
        writer.reference(.organization, organization.id, organization.identifier, display: organization.name)
    }

    /// Writes the patient, the coverage, the allergies and all visits.
    package mutating func write() {
        writePatient()
        writeCoverage()
        for visit in plan.visits { write(visit) }
        writer.finish()
    }
}
