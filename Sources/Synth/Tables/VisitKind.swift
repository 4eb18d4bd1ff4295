/// Why a patient meets a clinician, and where.
package enum VisitKind: UInt8, Sendable {
    case wellness, wellChild, followUp, symptom, emergency, inpatient, remote, dialysis, prenatal, delivery

    /// Encounter.type.
    var concept: Concept {
        switch self {
        case .wellness: Concept(.snomed, "162673000", "General examination of patient (procedure)")
        case .wellChild: Concept(.snomed, "410620009", "Well child visit (procedure)")
        case .followUp: Concept(.snomed, "390906007", "Follow-up encounter")
        case .symptom: Concept(.snomed, "185345009", "Encounter for symptom (procedure)")
        case .emergency: Concept(.snomed, "50849002", "Emergency room admission (procedure)")
        case .inpatient: Concept(.snomed, "183452005", "Emergency hospital admission (procedure)")
        case .remote: Concept(.snomed, "448337001", "Telemedicine consultation with patient (procedure)")
        case .dialysis: Concept(.snomed, "371883000", "Outpatient procedure (procedure)")
        case .prenatal: Concept(.snomed, "424619006", "Prenatal visit (regime/therapy)")
        case .delivery: Concept(.snomed, "183460006", "Obstetric emergency hospital admission (procedure)")
        }
    }

    /// Encounter.class.
    var actCode: Concept {
        switch self {
        case .emergency: Concept(.actCode, "EMER", "emergency")
        case .inpatient, .delivery: Concept(.actCode, "IMP", "inpatient encounter")
        case .remote: Concept(.actCode, "VR", "virtual")
        default: Concept(.actCode, "AMB", "ambulatory")
        }
    }

    /// The type of the note that is written at its end.
    var note: Concept {
        switch self {
        case .wellness, .wellChild: Concept(.loinc, "34117-2", "History and physical note")
        case .emergency: Concept(.loinc, "34111-5", "Emergency department Note")
        case .inpatient, .delivery: Concept(.loinc, "18842-5", "Discharge summary")
        default: Concept(.loinc, "11506-3", "Progress note")
        }
    }

    /// True where it takes place in the hospital rather than in the clinic.
    var isInHospital: Bool {
        switch self {
        case .emergency, .inpatient, .dialysis, .delivery: true
        default: false
        }
    }

    /// The usual charge in US dollars.
    var charge: Int {
        switch self {
        case .inpatient, .delivery: 9400
        case .emergency: 980
        case .dialysis: 510
        case .wellness, .wellChild: 210
        case .remote: 85
        default: 135
        }
    }
}
