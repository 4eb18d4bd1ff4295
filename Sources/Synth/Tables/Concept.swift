internal import Base

/// Where a code comes from.
enum CodeSystem: UInt8, Sendable {
    case snomed
    case loinc
    case rxNorm
    case vaccine
    case icd10
    case actCode
    case conditionClinical
    case conditionVerification
    case conditionCategory
    case allergyClinical
    case allergyVerification
    case observationCategory
    case observationInterpretation
    case diagnosticService
    case documentCategory
    case maritalStatus
    case identifierType
    case claimType
    case processPriority
    case goalAchievement
    case organizationType
    case providerTaxonomy
    case locationPhysicalType
    case contactRole
    case participationType
    case diagnosisRole
    case dischargeDisposition
    case subscriberRelationship
    case dataAbsentReason

    /// The canonical address of the system.
    var uri: StaticString {
        switch self {
        case .snomed: "http://snomed.info/sct"
        case .loinc: "http://loinc.org"
        case .rxNorm: "http://www.nlm.nih.gov/research/umls/rxnorm"
        case .vaccine: "http://hl7.org/fhir/sid/cvx"
        case .icd10: "http://hl7.org/fhir/sid/icd-10-cm"
        case .actCode: "http://terminology.hl7.org/CodeSystem/v3-ActCode"
        case .conditionClinical: "http://terminology.hl7.org/CodeSystem/condition-clinical"
        case .conditionVerification: "http://terminology.hl7.org/CodeSystem/condition-ver-status"
        case .conditionCategory: "http://terminology.hl7.org/CodeSystem/condition-category"
        case .allergyClinical: "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
        case .allergyVerification: "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
        case .observationCategory: "http://terminology.hl7.org/CodeSystem/observation-category"
        case .observationInterpretation: "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
        case .diagnosticService: "http://terminology.hl7.org/CodeSystem/v2-0074"
        case .documentCategory: "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"
        case .maritalStatus: "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
        case .identifierType: "http://terminology.hl7.org/CodeSystem/v2-0203"
        case .claimType: "http://terminology.hl7.org/CodeSystem/claim-type"
        case .processPriority: "http://terminology.hl7.org/CodeSystem/processpriority"
        case .goalAchievement: "http://terminology.hl7.org/CodeSystem/goal-achievement"
        case .organizationType: "http://terminology.hl7.org/CodeSystem/organization-type"
        case .providerTaxonomy: "http://nucc.org/provider-taxonomy"
        case .locationPhysicalType: "http://terminology.hl7.org/CodeSystem/location-physical-type"
        case .contactRole: "http://terminology.hl7.org/CodeSystem/v2-0131"
        case .participationType: "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
        case .diagnosisRole: "http://terminology.hl7.org/CodeSystem/diagnosis-role"
        case .dischargeDisposition: "http://terminology.hl7.org/CodeSystem/discharge-disposition"
        case .subscriberRelationship: "http://terminology.hl7.org/CodeSystem/subscriber-relationship"
        case .dataAbsentReason: "http://terminology.hl7.org/CodeSystem/data-absent-reason"
        }
    }
}

/// A code of a code system with the words for it.
package struct Concept: Sendable {
    let system: CodeSystem
    /// The code, without its system.
    package let code: StaticString
    let display: StaticString

    init(_ system: CodeSystem, _ code: StaticString, _ display: StaticString) {
        self.system = system
        self.code = code
        self.display = display
    }

    /// Writes a Coding.
    func writeCoding(into out: ByteWriter) {
        out.write(#"{"system":""#)
        out.write(system.uri)
        out.write(#"","code":""#)
        out.write(code)
        out.write(#"","display":"#)
        writeJSONString(display, to: out)
        out.write(0x7D)
    }

    /// Writes a CodeableConcept of one coding, or of two where `other` names the same thing in another system.
    func write(into out: ByteWriter, also other: Concept? = nil) {
        out.write(#"{"coding":["#)
        writeCoding(into: out)
        if let other {
            out.write(0x2C)
            other.writeCoding(into: out)
        }
        out.write(#"],"text":"#)
        writeJSONString(display, to: out)
        out.write(0x7D)
    }
}
