internal import Base

extension PatientRecord {
    /// The clinician of a visit.
    private func clinician(for visit: Visit) -> Int {
        let specialty: Specialty
        switch visit.kind {
        case .emergency: specialty = .emergency
        case .prenatal, .delivery: specialty = .obstetrics
        case .dialysis: specialty = .nephrology
        case .inpatient:
            let isSurgical = visit.complaint.map { Complaint.all[$0].intervention == .appendectomy } ?? false
            specialty = isSurgical ? .surgery : .hospitalist
        default:
            switch visit.illness {
            case .coronaryDisease, .atrialFibrillation, .heartFailure: specialty = .cardiology
            case .severeKidneyDisease: specialty = .nephrology
            case .depression where physiology.severity(of: .depression) > 600: specialty = .psychiatry
            default: return familyClinician
            }
        }
        return network.clinician(specialty, city: person.cityIndex, choice: constitution.choice)
    }

    /// Writes the Encounter and everything that happened at it.
    mutating func write(_ visit: Visit) {
        let encounter = draw.resourceID()
        let meeting = Meeting(
            visit: visit, encounter: encounter, clinician: clinician(for: visit), diagnosis: diagnosis(at: visit))
        visitConditions.removeAll(keepingCapacity: true)
        results.removeAll(keepingCapacity: true)
        visitInterventions.removeAll(keepingCapacity: true)
        writeEncounter(meeting)
        if !hasBeenSeen { writeAllergies(meeting) }
        hasBeenSeen = true
        writeConditions(meeting)
        writeVitals(meeting)
        writeSurveys(meeting)
        writeLaboratory(meeting)
        writeInterventions(meeting)
        writeMedications(meeting)
        writeImmunizations(meeting)
        if visit.kind != .dialysis || visit.order % 12 == 0 { writeNote(meeting) }
        writeClaim(meeting)
    }

    /// The diagnosis that a visit is about.
    private mutating func diagnosis(at visit: Visit) -> (id: ResourceID, concept: Concept)? {
        if let illness = visit.illness {
            let known = problems.first { $0.illness == illness }
            return (known?.id ?? draw.resourceID(), illness.facts.concept)
        }
        if let complaint = visit.complaint { return (draw.resourceID(), Complaint.all[complaint].concept) }
        return nil
    }

    private mutating func writeEncounter(_ meeting: Meeting) {
        let out = writer.out
        let visit = meeting.visit
        let isStay = visit.kind == .inpatient || visit.kind == .delivery
        writer.open(.encounter, meeting.encounter)
        writer.field("status", "finished")
        writer.name("class")
        visit.kind.actCode.writeCoding(into: out)
        writer.list("type", visit.kind.concept)
        writer.field("subject", .patient, person.id)
        out.write(#","participant":[{"type":["#)
        Concept(.participationType, "PPRF", "primary performer").write(into: out)
        out.write("]")
        writer.period("period", from: visit.start, to: visit.end, zone: zone)
        writeClinician("individual", meeting.clinician)
        out.write("}]")
        writer.period("period", from: visit.start, to: visit.end, zone: zone)
        if let diagnosis = meeting.diagnosis {
            writer.list("reasonCode", diagnosis.concept)
            out.write(#","diagnosis":[{"condition":"#)
            writer.openReference(.condition, diagnosis.id)
            writer.field("display", diagnosis.concept.display)
            out.write("}")
            writer.field(
                "use",
                isStay
                    ? Concept(.diagnosisRole, "DD", "Discharge diagnosis")
                    : Concept(.diagnosisRole, "billing", "Billing"))
            out.write(#","rank":1}]"#)
        }
        if isStay {
            out.write(#","hospitalization":{"dischargeDisposition":"#)
            Concept(.dischargeDisposition, "home", "Home").write(into: out)
            out.write("}")
        }
        if visit.kind != .remote {
            out.write(#","location":[{"location":"#)
            let place = visit.kind == .emergency ? 2 : isStay ? 3 : visit.kind.isInHospital ? 1 : 0
            let site = network.sites[person.cityIndex * CareNetwork.sitesPerCity + place]
            writer.reference(.location, site.id, site.identifier, display: site.name)
            out.write("}]")
        }
        writer.name("serviceProvider")
        writeOrganizationReference(network.organizations[network.clinicians[meeting.clinician].organization])
        writer.close(.encounter)
    }

    private mutating func writeClaim(_ meeting: Meeting) {
        let out = writer.out
        let visit = meeting.visit
        let cents = visit.kind.charge * 100 + draw.below(4000) + results.count * 950
        writer.open(.claim, draw.resourceID())
        writer.field("status", "active")
        writer.field(
            "type",
            visit.kind.isInHospital
                ? Concept(.claimType, "institutional", "Institutional")
                : Concept(.claimType, "professional", "Professional"))
        writer.field("use", "claim")
        writer.field("patient", .patient, person.id)
        writer.period("billablePeriod", from: visit.start, to: visit.end, zone: zone)
        let created = visit.end.adding(minutes: 60 + draw.below(2880))
        writer.field("created", min(created, WallTime(day: lastDay, minute: 1430)), zone: zone)
        writer.name("provider")
        writeOrganizationReference(network.organizations[network.clinicians[meeting.clinician].organization])
        writer.field("priority", Concept(.processPriority, "normal", "Normal"))
        for (index, condition) in visitConditions.enumerated() {
            out.write(index == 0 ? #","diagnosis":[{"sequence":"# : #",{"sequence":"#)
            out.writeWhole(index + 1)
            writer.field("diagnosisReference", .condition, condition)
            out.write(index + 1 == visitConditions.count ? "}]" : "}")
        }
        out.write(#","insurance":[{"sequence":1,"focal":true"#)
        writer.field("coverage", .coverage, coverageID)
        out.write(#"}],"item":[{"sequence":1"#)
        writer.field("productOrService", visit.kind.concept)
        out.write(#","net":{"value":"#)
        out.writeScaled(cents, digits: 2)
        out.write(#","currency":"USD"},"encounter":["#)
        writer.reference(.encounter, meeting.encounter)
        out.write(#"]}],"total":{"value":"#)
        out.writeScaled(cents, digits: 2)
        out.write(#","currency":"USD"}"#)
        writer.close(.claim)
    }
}
