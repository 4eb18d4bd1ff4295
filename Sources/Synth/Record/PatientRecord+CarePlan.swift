internal import Base

extension PatientRecord {
    /// Writes care team, goal and plan where there is a program for the illness.
    mutating func writeCarePlan(_ illness: Illness, condition: ResourceID, _ meeting: Meeting) {
        guard let program = CareProgram.program(for: illness) else { return }
        let (team, goal) = (draw.resourceID(), draw.resourceID())
        writeCareTeam(team, program, condition, meeting)
        writeGoal(goal, program, condition, illness, meeting)
        let out = writer.out
        writer.open(.carePlan, draw.resourceID())
        out.write(#","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">"#)
        let category = program.category.display
        writeJSONEscaped(UnsafeRawBufferPointer(start: category.utf8Start, count: category.utf8CodeUnitCount), to: out)
        out.write(#"</div>"}"#)
        writer.field("status", isAlive ? "active" : "completed")
        writer.field("intent", "plan")
        writer.list("category", program.category)
        writeContext(subject: "subject", encounter: meeting.encounter)
        writer.period("period", from: meeting.visit.start, to: isAlive ? nil : lastMoment, zone: zone)
        out.write(#","careTeam":["#)
        writer.reference(.careTeam, team)
        out.write(#"],"addresses":["#)
        writer.reference(.condition, condition)
        out.write(#"],"goal":["#)
        writer.reference(.goal, goal)
        out.write("]")
        for (index, activity) in program.activities.enumerated() {
            out.write(index == 0 ? #","activity":[{"detail":{"code":"# : #",{"detail":{"code":"#)
            activity.write(into: out)
            writer.field("status", isAlive ? "in-progress" : "completed")
            out.write(index + 1 == program.activities.count ? "}}]" : "}}")
        }
        writer.close(.carePlan)
    }

    /// The last moment of the record.
    private var lastMoment: WallTime { WallTime(day: lastDay, minute: person.deathMinute) }

    private mutating func writeCareTeam(
        _ id: ResourceID, _ program: CareProgram, _ condition: ResourceID, _ meeting: Meeting
    ) {
        let out = writer.out
        let clinician = network.clinicians[meeting.clinician]
        writer.open(.careTeam, id)
        writer.field("status", isAlive ? "active" : "inactive")
        writer.field("name", program.category.display)
        writeContext(subject: "subject", encounter: meeting.encounter)
        writer.period("period", from: meeting.visit.start, to: isAlive ? nil : lastMoment, zone: zone)
        out.write(#","participant":[{"role":["#)
        Concept(.snomed, "116154003", "Patient").write(into: out)
        out.write("]")
        writer.field("member", .patient, person.id)
        out.write(#"},{"role":["#)
        Concept(.snomed, "223366009", "Healthcare professional").write(into: out)
        out.write("]")
        writeClinician("member", meeting.clinician)
        out.write("}]")
        out.write(#","reasonReference":["#)
        writer.reference(.condition, condition)
        out.write(#"],"managingOrganization":["#)
        writeOrganizationReference(network.organizations[clinician.organization])
        out.write("]")
        writer.close(.careTeam)
    }

    private mutating func writeGoal(
        _ id: ResourceID, _ program: CareProgram, _ condition: ResourceID, _ illness: Illness, _ meeting: Meeting
    ) {
        let out = writer.out
        let isReached = physiology.severity(of: illness) < 420
        writer.open(.goal, id)
        writer.field("lifecycleStatus", isAlive ? "active" : "completed")
        writer.field(
            "achievementStatus",
            isReached
                ? Concept(.goalAchievement, "achieved", "Achieved")
                : Concept(.goalAchievement, "in-progress", "In Progress"))
        out.write(#","description":{"text":"#)
        writeJSONString(program.goal, to: out)
        out.write("}")
        writer.field("subject", .patient, person.id)
        writer.field("startDate", day: meeting.visit.day)
        if let target = program.target {
            let facts = target.analyte.facts
            out.write(#","target":[{"measure":"#)
            facts.concept.write(into: out)
            out.write(#","detailRange":{"high":"#)
            writer.quantity(target.below, digits: facts.digits, unit: facts.unit.text, code: facts.unit.code)
            out.write("}}]")
        }
        out.write(#","addresses":["#)
        writer.reference(.condition, condition)
        out.write("]")
        writer.close(.goal)
    }
}
