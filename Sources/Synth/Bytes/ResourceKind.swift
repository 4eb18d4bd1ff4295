/// The resource types that a synthetic record holds.
enum ResourceKind: UInt8, Sendable {
    case allergyIntolerance
    case carePlan
    case careTeam
    case claim
    case condition
    case coverage
    case diagnosticReport
    case documentReference
    case encounter
    case goal
    case immunization
    case location
    case medicationRequest
    case observation
    case organization
    case patient
    case practitioner
    case practitionerRole
    case procedure

    /// The FHIR name of the type.
    var name: StaticString {
        switch self {
        case .allergyIntolerance: "AllergyIntolerance"
        case .carePlan: "CarePlan"
        case .careTeam: "CareTeam"
        case .claim: "Claim"
        case .condition: "Condition"
        case .coverage: "Coverage"
        case .diagnosticReport: "DiagnosticReport"
        case .documentReference: "DocumentReference"
        case .encounter: "Encounter"
        case .goal: "Goal"
        case .immunization: "Immunization"
        case .location: "Location"
        case .medicationRequest: "MedicationRequest"
        case .observation: "Observation"
        case .organization: "Organization"
        case .patient: "Patient"
        case .practitioner: "Practitioner"
        case .practitionerRole: "PractitionerRole"
        case .procedure: "Procedure"
        }
    }
}
