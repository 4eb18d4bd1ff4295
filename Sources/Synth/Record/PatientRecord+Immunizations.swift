internal import Base

extension PatientRecord {
    /// Writes the vaccines that are due and given at a visit.
    mutating func writeImmunizations(_ meeting: Meeting) {
        let visit = meeting.visit
        switch visit.kind {
        case .wellness, .wellChild, .followUp: break
        default: return
        }
        let age = visit.day - person.birthDay
        for (index, vaccine) in Vaccine.byAge.enumerated() {
            guard visit.kind != .followUp || age > 18 * 365 else { continue }
            // doses whose time has passed were missed or lie before the record
            while doses[index] < vaccine.ages.count, age > vaccine.ages[doses[index]] + vaccine.catchUpDays {
                doses[index] += 1
            }
            guard doses[index] < vaccine.ages.count, age >= vaccine.ages[doses[index]],
                visit.day >= vaccine.availableFrom, visit.day - doseDays[index] >= 26
            else { continue }
            guard draw.chance(age < 7 * 365 ? 970 : 780) else { continue }
            doses[index] += 1
            doseDays[index] = visit.day
            writeImmunization(vaccine.concept, dose: doses[index], of: vaccine.ages.count, meeting)
        }
        let date = CalendarDate(daysSinceEpoch: visit.day)
        let season = date.month >= 9 ? date.year + 1 : date.year
        let isFluTime = date.month >= 9 || date.month <= 2
        if isFluTime && age > 183 && season != influenzaSeason && draw.chance(age > 60 * 365 ? 780 : 560) {
            influenzaSeason = season
            writeImmunization(Vaccine.influenza, dose: nil, of: 0, meeting)
        }
        let gap = coronavirusDoses.count == 0 ? 0 : coronavirusDoses.count == 1 ? 21 : 300
        if visit.day > 18_680 && age > 12 * 365 && visit.day - coronavirusDoses.lastDay >= gap
            && coronavirusDoses.count < 5
            && draw.chance(420)
        {
            coronavirusDoses = (coronavirusDoses.count + 1, visit.day)
            writeImmunization(Vaccine.coronavirus, dose: coronavirusDoses.count, of: 0, meeting)
        }
    }

    private mutating func writeImmunization(_ vaccine: Concept, dose: Int?, of count: Int, _ meeting: Meeting) {
        let out = writer.out
        let visit = meeting.visit
        writer.open(.immunization, draw.resourceID())
        writer.field("status", "completed")
        writer.field("vaccineCode", vaccine)
        writeContext(subject: "patient", encounter: meeting.encounter)
        writer.field("occurrenceDateTime", visit.start.adding(minutes: 16), zone: zone)
        out.write(#","primarySource":true"#)
        let site = network.sites[person.cityIndex * CareNetwork.sitesPerCity]
        writer.name("location")
        writer.reference(.location, site.id, site.identifier, display: site.name)
        let letters = Vaccine.lotLetters
        out.write(#","lotNumber":""#)
        out.write(letters.utf8Start[draw.below(letters.utf8CodeUnitCount)])
        out.write(letters.utf8Start[draw.below(letters.utf8CodeUnitCount)])
        out.writePadded(draw.below(10_000), width: 4)
        out.write("\"")
        out.write(#","expirationDate":""#)
        out.writeDay(visit.day + draw.between(60, 500))
        out.write(#"","performer":[{"actor":"#)
        writeClinicianReference(meeting.clinician)
        out.write("}]")
        if let dose {
            out.write(#","protocolApplied":[{"doseNumberPositiveInt":"#)
            out.writeWhole(dose)
            if count > 0 {
                out.write(#","seriesDosesPositiveInt":"#)
                out.writeWhole(count)
            }
            out.write("}]")
        }
        writer.close(.immunization)
    }
}
