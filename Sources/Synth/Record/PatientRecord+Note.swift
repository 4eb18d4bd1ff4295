internal import Base

extension PatientRecord {
    /// Writes the DocumentReference that holds the clinician's note of a visit as plain text.
    mutating func writeNote(_ meeting: Meeting) {
        composeNote(meeting)
        let out = writer.out
        let visit = meeting.visit
        let id = draw.resourceID()
        let written = visit.end.adding(minutes: 10 + draw.below(40))
        let type = visit.kind.note
        writer.open(.documentReference, id)
        out.write(#","identifier":[{"system":"urn:ietf:rfc:3986","value":"urn:uuid:"#)
        draw.resourceID().write(into: out)
        out.write(#""}]"#)
        writer.field("status", "current")
        writer.field("docStatus", "final")
        writer.field("type", type)
        writer.list("category", Concept(.documentCategory, "clinical-note", "Clinical Note"))
        writer.field("subject", .patient, person.id)
        writer.name("date")
        out.write("\"")
        written.write(into: out, zone: zone, milliseconds: Int(id.low & 0xFF) * 3)
        out.write(#"","author":["#)
        writeClinicianReference(meeting.clinician)
        out.write("]")
        writer.name("custodian")
        writeOrganizationReference(network.organizations[network.clinicians[meeting.clinician].organization])
        out.write(#","content":[{"attachment":{"contentType":"text/plain; charset=utf-8","language":"en-US","data":""#)
        out.writeBase64(note.bytes)
        out.write(#"","size":"#)
        out.writeWhole(note.count)
        writer.field("title", type.display)
        writer.field("creation", written, zone: zone)
        out.write(#"}}],"context":{"encounter":["#)
        writer.reference(.encounter, meeting.encounter)
        out.write("]")
        writer.period("period", from: visit.start, to: visit.end, zone: zone)
        out.write("}")
        writer.close(.documentReference)
    }

    private mutating func composeNote(_ meeting: Meeting) {
        note.removeAll()
        composeHead(meeting)
        composeStory(meeting)
        composeHistory(meeting)
        composeFindings(meeting)
        composePlan(meeting)
        note.write("\nElectronically signed by ")
        note.write(network.clinicians[meeting.clinician].display)
        note.write(", ")
        note.write(network.clinicians[meeting.clinician].specialty.concept.display)
        note.write("\n")
    }

    private func composeHead(_ meeting: Meeting) {
        let visit = meeting.visit
        note.write(visit.kind.note.display)
        note.write("\n\nPatient: ")
        note.write(person.name.given)
        note.write(" ")
        note.write(person.name.family)
        note.write("    Born: ")
        note.writeDay(person.birthDay)
        note.write("    MRN: ")
        note.writeWhole(person.medicalRecordNumber)
        note.write("\nDate of service: ")
        note.writeDay(visit.day)
        note.write("    Place: ")
        note.write(network.organizations[network.clinicians[meeting.clinician].organization].name)
        note.write("\n\n")
    }

    private func composeStory(_ meeting: Meeting) {
        let visit = meeting.visit
        let age = person.age(on: visit.day)
        note.write("HISTORY OF PRESENT ILLNESS\n")
        note.write(person.name.given)
        note.write(" is a ")
        if age < 2 {
            note.writeWhole((visit.day - person.birthDay) / 30)
            note.write("-month-old ")
        } else {
            note.writeWhole(age)
            note.write("-year-old ")
        }
        note.write(age < 18 ? (person.sex == .female ? "girl" : "boy") : person.sex.noun)
        if let complaint = visit.complaint {
            note.write(" seen for a new complaint. ")
            note.write(Complaint.all[complaint].story.told)
        } else if let illness = visit.illness {
            note.write(
                visit.kind == .inpatient
                    ? " admitted for " : visit.kind == .remote ? " seen by video for " : " seen for ")
            note.writeLowered(illness.facts.concept.display)
            note.write(". ")
            let isWell = physiology.control(of: illness, on: visit.day) > 600
            note.write(
                isWell ? "Feels well and takes the medicines as prescribed." : "Troubled by it since the last visit.")
        } else {
            switch visit.kind {
            case .prenatal: note.write(" seen for prenatal care. Feels the baby move, no bleeding, no headache.")
            case .delivery: note.write(" admitted in labor at term. Uncomplicated birth of a healthy child.")
            case .wellChild: note.write(" brought for a routine visit. Eating and sleeping well, meeting milestones.")
            default: note.write(" here for the yearly examination. No new complaints.")
            }
        }
        note.write("\n")
    }

    private func composeHistory(_ meeting: Meeting) {
        note.write("\nPROBLEM LIST\n")
        let lasting = problems.filter { ($0.until ?? .max) > meeting.visit.day }
        if lasting.isEmpty { note.write("No lasting illness.\n") }
        for problem in lasting {
            note.write("- ")
            note.write(problem.illness.facts.concept.display)
            note.write(", since ")
            note.writeWhole(CalendarDate(daysSinceEpoch: problem.since).year)
            note.write("\n")
        }
        note.write("\nMEDICATIONS\n")
        var count = 0
        for prescription in prescriptions where prescription.until > meeting.visit.day {
            note.write("- ")
            note.write(prescription.drug.concept.display)
            note.write(": ")
            note.write(prescription.drug.instruction)
            note.write("\n")
            count += 1
        }
        if count == 0 { note.write("None.\n") }
        note.write("\nALLERGIES\n")
        if constitution.allergies.isEmpty { note.write("No known allergies.\n") }
        for index in constitution.allergies {
            note.write("- ")
            note.write(Allergen.all[index].concept.display)
            note.write(" (")
            note.writeLowered(Allergen.all[index].reaction.display)
            note.write(")\n")
        }
    }

    private func composeFindings(_ meeting: Meeting) {
        if meeting.visit.kind != .remote {
            note.write("\nVITAL SIGNS\n")
            if meeting.visit.day - person.birthDay > 1095 {
                note.write("BP ")
                note.writeWhole(vitals.systolic)
                note.write("/")
                note.writeWhole(vitals.diastolic)
                note.write(" mmHg, ")
            }
            note.write("pulse ")
            note.writeWhole(vitals.pulse)
            note.write("/min, temperature ")
            note.writeScaled(vitals.temperature, digits: 1)
            note.write(" °C, weight ")
            note.writeScaled(vitals.weight, digits: 1)
            note.write(" kg, height ")
            note.writeScaled(vitals.height, digits: 1)
            note.write(" cm\n")
        }
        guard !results.isEmpty else { return }
        note.write("\nRESULTS\n")
        for result in results {
            let facts = result.analyte.facts
            note.write(facts.shortName)
            note.write(" ")
            note.writeScaled(result.value, digits: facts.digits)
            if facts.unit.text.utf8Start[0] != 0x7B {
                note.write(" ")
                note.write(facts.unit.text)
            }
            note.write(result.flag.mark)
            note.write("\n")
        }
    }

    private func composePlan(_ meeting: Meeting) {
        let visit = meeting.visit
        note.write("\nASSESSMENT AND PLAN\n")
        var number = 0
        func item(_ title: StaticString, _ text: StaticString) {
            number += 1
            note.writeWhole(number)
            note.write(". ")
            note.write(title)
            note.write(". ")
            note.write(text)
            note.write("\n")
        }
        if let complaint = visit.complaint {
            item(Complaint.all[complaint].concept.display, Complaint.all[complaint].story.done)
        }
        if let illness = visit.illness {
            let facts = illness.facts
            item(
                facts.concept.display,
                physiology.control(of: illness, on: visit.day) > 600 ? facts.plan.well : facts.plan.ill)
        }
        for intervention in visitInterventions { item(intervention.concept.display, "Done today.") }
        switch visit.kind {
        case .wellness: item("Health maintenance", "Vaccines and screening brought up to date. Return in one year.")
        case .wellChild: item("Growth and development", "On its curve. Safety at home and reading aloud discussed.")
        case .prenatal: item("Pregnancy", "Progressing as expected. Warning signs reviewed.")
        case .delivery: item("After birth", "Mother and child well, home on the second day, visit in six weeks.")
        default: item("Follow-up", "Return if not better, sooner if worse.")
        }
    }
}

extension ByteWriter {
    /// Writes `text` with its first letter in lower case, unless the second is a capital too, as in COVID-19.
    fileprivate func writeLowered(_ text: StaticString) {
        let start = count
        write(text)
        guard text.utf8CodeUnitCount > 1, (0x41...0x5A).contains(base[start]) else { return }
        if !(0x41...0x5A).contains(base[start + 1]) { base[start] += 32 }
    }
}
