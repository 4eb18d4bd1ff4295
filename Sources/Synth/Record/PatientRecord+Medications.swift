internal import Base

extension PatientRecord {
    /// Writes what is newly prescribed and what has run out and is renewed.
    mutating func writeMedications(_ meeting: Meeting) {
        let visit = meeting.visit
        guard visit.kind != .dialysis || visit.order % 4 == 0, visit.kind != .prenatal else { return }
        prescriptions.removeAll { $0.until < visit.day - 400 }
        for index in problems.indices {
            let problem = problems[index]
            let severity = physiology.severity(of: problem.illness)
            for (step, drug) in problem.illness.facts.drugs.enumerated() {
                // each further drug is for graver courses, and comes later
                guard severity >= step * 260, visit.day >= problem.since + step * 320 else { continue }
                guard drug.courseDays == nil || visit.illness == problem.illness else { continue }
                prescribe(drug, for: (problem.id, problem.illness.facts.concept), meeting)
            }
        }
        if let complaint = visit.complaint, let drug = Complaint.all[complaint].drug, let diagnosis = meeting.diagnosis
        {
            prescribe(drug, for: diagnosis, meeting)
        }
        if let illness = visit.illness, illness == .lungDisease, draw.chance(180), let diagnosis = meeting.diagnosis {
            prescribe(.prednisone, for: diagnosis, meeting)
        }
        let age = person.age(on: visit.day)
        if visit.kind == .wellness && person.sex == .female && (18...40).contains(age) && constitution.choice & 96 == 0
        {
            prescribe(.contraceptive, for: nil, meeting)
        }
    }

    /// `drug`, or another in its place where an allergy, an illness or a second drug of its class speaks against it.
    private func suited(_ drug: Drug, on day: Int) -> Drug {
        let allergies = constitution.allergies.compactMap { Allergen.all[$0].drugClass }
        switch drug.number {
        case Drug.penicillin.number, Drug.amoxicillin.number, Drug.amoxicillinClavulanate.number:
            return allergies.contains(.penicillins) ? .azithromycin : drug
        case Drug.aspirin.number:
            return allergies.contains(.salicylates) ? .clopidogrel : drug
        case Drug.ibuprofen.number, Drug.naproxen.number:
            let isUnsafe =
                course.has(.kidneyDisease, on: day) || course.has(.heartFailure, on: day)
                || course.has(.atrialFibrillation, on: day) || allergies.contains(.salicylates)
            return isUnsafe ? .acetaminophen : drug
        case Drug.simvastatin.number:
            let needsMore = course.has(.coronaryDisease, on: day) || course.has(.stroke, on: day)
            return needsMore ? .atorvastatin : drug
        case Drug.losartan.number: return course.has(.hypertension, on: day) ? .lisinopril : drug
        case Drug.metformin.number: return course.has(.severeKidneyDisease, on: day) ? .insulin : drug
        default: return drug
        }
    }

    private mutating func prescribe(
        _ wanted: Drug, for reason: (id: ResourceID, concept: Concept)?, _ meeting: Meeting
    ) {
        let visit = meeting.visit
        let drug = suited(wanted, on: visit.day)
        // what is still in the house is not prescribed again
        let isSpent = prescriptions.contains { $0.drug.number == drug.number && $0.until > visit.day + 20 }
        guard !isSpent else { return }
        let until = visit.day + (drug.courseDays ?? 365)
        prescriptions.removeAll { $0.drug.number == drug.number }
        prescriptions.append(Prescription(drug: drug, until: until))
        let out = writer.out
        writer.open(.medicationRequest, draw.resourceID())
        writer.field("status", until > lastDay && isAlive ? "active" : "completed")
        writer.field("intent", "order")
        writer.field("medicationCodeableConcept", drug.concept)
        writeContext(subject: "subject", encounter: meeting.encounter)
        writer.field("authoredOn", visit.start.adding(minutes: 14), zone: zone)
        writeClinician("requester", meeting.clinician)
        if let reason {
            out.write(#","reasonReference":["#)
            writer.openReference(.condition, reason.id)
            writer.field("display", reason.concept.display)
            out.write("}]")
        }
        out.write(#","dosageInstruction":[{"sequence":1"#)
        writer.field("text", drug.instruction)
        if !drug.isWeekly {
            out.write(#","timing":{"repeat":{"frequency":"#)
            out.writeWhole(drug.timesPerDay)
            out.write(#","period":1,"periodUnit":"d"}}"#)
        } else {
            out.write(#","timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"wk"}}"#)
        }
        out.write(drug.isAsNeeded ? #","asNeededBoolean":true}]"# : #","asNeededBoolean":false}]"#)
        let supply = drug.courseDays ?? 90
        out.write(#","dispenseRequest":{"validityPeriod":{"start":""#)
        out.writeDay(visit.day)
        out.write(#"","end":""#)
        out.writeDay(until)
        out.write(#""},"numberOfRepeatsAllowed":"#)
        out.writeWhole(drug.courseDays == nil ? 3 : 0)
        out.write(#","expectedSupplyDuration":"#)
        writer.quantity(supply, digits: 0, unit: "days", code: "d")
        out.write("}")
        writer.close(.medicationRequest)
    }
}
