internal import Base

extension PatientRecord {
    /// Writes the diagnoses that this visit adds, with allergies at the first one.
    mutating func writeConditions(
        _ meeting: Meeting
    ) {
        for illness in Illness.allCases where course.has(illness, on: meeting.visit.day) {
            let isSubject = meeting.visit.illness == illness
            guard !problems.contains(where: { $0.illness == illness }) else {
                if isSubject, let diagnosis = meeting.diagnosis { visitConditions.append(diagnosis.id) }
                continue
            }
            let onset = course.onsets[illness.rawValue]
            // what began before the record is entered at the first visit, the rest when it is the subject or is found
            guard
                isSubject || onset < plan.firstDay || meeting.visit.kind == .wellness
                    || meeting.visit.kind == .wellChild
            else {
                continue
            }
            let id = isSubject ? meeting.diagnosis?.id ?? draw.resourceID() : draw.resourceID()
            let facts = illness.facts
            writeCondition(
                id, (facts.concept, facts.billing),
                category: Concept(.conditionCategory, "problem-list-item", "Problem List Item"),
                onset: onset < plan.firstDay ? nil : min(meeting.visit.start, WallTime(day: onset, minute: 480)),
                onsetDay: onset,
                abatement: end(of: illness), meeting)
            problems.append(Problem(illness: illness, id: id, since: onset, until: end(of: illness)?.day))
            writeCarePlan(illness, condition: id, meeting)
        }
        if let complaint = meeting.visit.complaint, let diagnosis = meeting.diagnosis {
            let facts = Complaint.all[complaint]
            let healed = meeting.visit.start.adding(
                minutes: draw.between(facts.days.lowerBound, facts.days.upperBound) * 1440)
            writeCondition(
                diagnosis.id, (facts.concept, facts.billing),
                category: Concept(.conditionCategory, "encounter-diagnosis", "Encounter Diagnosis"),
                onset: meeting.visit.start.adding(minutes: -draw.between(60, 4000)), onsetDay: meeting.visit.day,
                abatement: healed,
                meeting)
        }
        if let start = meeting.visit.pregnancyStart, meeting.visit.kind == .prenatal, meeting.visit.day < start + 63 {
            writeCondition(
                draw.resourceID(),
                (
                    Concept(.snomed, "72892002", "Normal pregnancy"),
                    Concept(.icd10, "Z34.90", "Encounter for supervision of normal pregnancy, unspecified")
                ),
                category: Concept(.conditionCategory, "encounter-diagnosis", "Encounter Diagnosis"),
                onset: meeting.visit.start,
                onsetDay: meeting.visit.day, abatement: WallTime(day: start + 280, minute: 600), meeting)
        }
    }

    /// When an illness is over: events after their healing, a precursor when it has become the illness itself.
    private func end(of illness: Illness) -> WallTime? {
        if illness == .prediabetes {
            let onset = course.onsets[Illness.diabetes.rawValue]
            return onset == .max ? nil : WallTime(day: onset, minute: 540)
        }
        guard illness.facts.startsInHospital else { return nil }
        let onset = course.onsets[illness.rawValue]
        return WallTime(day: onset + 60 + physiology.severity(of: illness) / 10, minute: 540)
    }

    private mutating func writeCondition(
        _ id: ResourceID, _ codes: (clinical: Concept, billing: Concept), category: Concept, onset: WallTime?,
        onsetDay: Int, abatement: WallTime?, _ meeting: Meeting
    ) {
        let out = writer.out
        let hasEnded = abatement.map { $0.day < lastDay && $0.day > onsetDay } ?? false
        visitConditions.append(id)
        writer.open(.condition, id)
        writer.field(
            "clinicalStatus",
            hasEnded
                ? Concept(.conditionClinical, "resolved", "Resolved") : Concept(.conditionClinical, "active", "Active"))
        writer.field("verificationStatus", Concept(.conditionVerification, "confirmed", "Confirmed"))
        writer.list("category", category)
        writer.name("code")
        codes.clinical.write(into: out, also: codes.billing)
        writeContext(subject: "subject", encounter: meeting.encounter)
        if let onset {
            writer.field("onsetDateTime", onset, zone: zone)
        } else {
            writer.field("onsetDateTime", day: onsetDay)
        }
        if let abatement, hasEnded { writer.field("abatementDateTime", abatement, zone: zone) }
        writer.field("recordedDate", meeting.visit.start, zone: zone)
        writeClinician("recorder", meeting.clinician)
        writer.close(.condition)
    }

    /// Writes what the patient does not tolerate.
    mutating func writeAllergies(_ meeting: Meeting) {
        let out = writer.out
        for index in constitution.allergies {
            let allergen = Allergen.all[index]
            writer.open(.allergyIntolerance, draw.resourceID())
            writer.field("clinicalStatus", Concept(.allergyClinical, "active", "Active"))
            writer.field("verificationStatus", Concept(.allergyVerification, "confirmed", "Confirmed"))
            writer.field("type", allergen.type)
            out.write(#","category":[""#)
            out.write(allergen.category)
            out.write(#""]"#)
            writer.field("criticality", allergen.gravity.criticality)
            writer.field("code", allergen.concept)
            writer.field("patient", .patient, person.id)
            writer.field("encounter", .encounter, meeting.encounter)
            writer.field("recordedDate", meeting.visit.start, zone: zone)
            writeClinician("recorder", meeting.clinician)
            out.write(#","reaction":[{"manifestation":["#)
            allergen.reaction.write(into: out)
            out.write("]")
            writer.field("severity", allergen.gravity.severity)
            out.write("}]")
            writer.close(.allergyIntolerance)
        }
    }
}
