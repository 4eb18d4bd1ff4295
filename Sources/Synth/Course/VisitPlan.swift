/// The visits of one patient, from the start of the electronic record to its last day.
package struct VisitPlan {
    /// In order of time.
    package private(set) var visits: [Visit] = []
    /// The first day of the record, counted from 1970-01-01.
    let firstDay: Int

    private let person: Person
    private let course: IllnessCourse

    /// Draws the visits of `person`.
    init(_ draw: inout Draw, person: Person, constitution: Constitution, course: IllnessCourse) {
        self.person = person
        self.course = course
        let years = draw.between(6, 10) + draw.below(6) + draw.below(7)
        firstDay = person.age(on: person.lastDay) < 20 ? person.birthDay : person.lastDay - years * 365
        addExaminations(&draw, attendance: constitution.attendance)
        addOnsets(&draw)
        addFollowUps(&draw)
        addComplaints(&draw, frailty: constitution.frailty)
        addPregnancies(&draw)
        addDialysis(&draw)
        addLastDays(&draw)
        visits.sort { ($0.start, $0.order) < ($1.start, $1.order) }
    }

    /// Adds a visit in office hours, or at any time of day where it is in hospital, if it lies within the record.
    private mutating func add(
        _ draw: inout Draw, _ kind: VisitKind, day: Int, illness: Illness? = nil, complaint: Int? = nil,
        pregnancyStart: Int? = nil
    ) {
        var day = day
        let isAnyTime = kind == .emergency || kind == .inpatient || kind == .delivery
        let minute = isAnyTime ? draw.below(1435) : 480 + draw.below(36) * 15
        let minutes: Int
        switch kind {
        case .inpatient: minutes = draw.between(30, 170) * 60
        case .delivery: minutes = draw.between(36, 74) * 60
        case .emergency: minutes = draw.between(70, 420)
        case .dialysis: minutes = 240
        default: minutes = draw.between(1, 3) * 15
        }
        if !isAnyTime && kind != .dialysis {
            let weekday = Zone.weekday(day)
            if weekday == 6 { day += 2 } else if weekday == 0 { day += 1 }
        }
        let start = WallTime(day: day, minute: minute)
        guard day >= firstDay, start.adding(minutes: minutes).day < person.lastDay else { return }
        visits.append(
            Visit(
                start: start, minutes: minutes, kind: kind, illness: illness, complaint: complaint,
                pregnancyStart: pregnancyStart, order: visits.count))
    }

    private mutating func addExaminations(_ draw: inout Draw, attendance: Int) {
        for age in [4, 30, 61, 122, 183, 274, 366, 457, 549, 731, 914] {
            add(&draw, .wellChild, day: person.birthDay + age + draw.below(8))
        }
        var year = max(3, person.age(on: firstDay))
        let lastYear = person.age(on: person.lastDay)
        while year <= lastYear {
            let day = person.birthDay + year * 1461 / 4 + draw.below(90)
            if draw.chance(year < 18 ? 880 : year < 30 ? attendance * 4 / 5 : attendance) {
                add(&draw, year < 18 ? .wellChild : .wellness, day: day)
            }
            year += 1
        }
    }

    private mutating func addOnsets(_ draw: inout Draw) {
        for illness in Illness.allCases {
            let onset = course.onsets[illness.rawValue]
            guard onset >= firstDay, onset < person.lastDay else { continue }
            add(&draw, illness.facts.startsInHospital ? .inpatient : .followUp, day: onset, illness: illness)
        }
    }

    private mutating func addFollowUps(_ draw: inout Draw) {
        var day = firstDay + draw.between(10, 120)
        while day < person.lastDay {
            let weights = Illness.allCases.map { course.has($0, on: day) ? $0.facts.visitsPerDecade : 0 }
            let sum = weights.reduce(0, +)
            guard sum > 0 else {
                day += 120
                continue
            }
            let illness = Illness.allCases[draw.index(weights: weights)]
            let isRemote = draw.chance(day > 18_350 ? 140 : 15)
            add(&draw, isRemote ? .remote : .followUp, day: day, illness: illness)
            let gap = max(24, 3650 * 3 / (sum * 2 + 12))
            day += draw.between(gap * 7 / 10, gap * 13 / 10)
        }
    }

    private mutating func addComplaints(_ draw: inout Draw, frailty: Int) {
        var day = firstDay + draw.between(20, 300)
        while day < person.lastDay {
            let age = person.age(on: day)
            let weights = Complaint.all.map { complaint in
                guard complaint.ages.contains(age), complaint.sex == nil || complaint.sex == person.sex else {
                    return 0
                }
                return complaint.panels.contains(.coronavirus) && !(18_330...20_000).contains(day)
                    ? 0 : complaint.weight
            }
            let complaint = draw.index(weights: weights)
            add(&draw, Complaint.all[complaint].visit, day: day, complaint: complaint)
            let gap = (age < 6 ? 150 : age < 18 ? 330 : age < 65 ? 420 : 300) * 1000 / (500 + frailty / 2)
            day += draw.between(gap / 4, gap * 7 / 4)
        }
    }

    private mutating func addPregnancies(_ draw: inout Draw) {
        guard person.sex == .female else { return }
        var day = person.birthDay + draw.between(19 * 365, 33 * 365)
        for _ in 0..<draw.below(4) {
            let isWithin = day > firstDay && day + 290 < person.lastDay && person.age(on: day) < 43
            if isWithin {
                for week in [8, 12, 16, 20, 24, 28, 31, 34, 36, 38, 39] {
                    add(&draw, .prenatal, day: day + week * 7 + draw.below(4), pregnancyStart: day)
                }
                add(&draw, .delivery, day: day + 275 + draw.below(9), pregnancyStart: day)
            }
            day += draw.between(600, 1700)
        }
    }

    private mutating func addDialysis(_ draw: inout Draw) {
        let onset = course.onsets[Illness.kidneyFailure.rawValue]
        guard onset != .max else { return }
        var day = max(onset + 40, person.lastDay - 420)
        while day < person.lastDay {
            add(&draw, .dialysis, day: day, illness: .kidneyFailure)
            day += draw.chance(667) ? 2 : 3
        }
    }

    private mutating func addLastDays(_ draw: inout Draw) {
        guard person.deathDay != nil, draw.chance(600) else { return }
        let grave: [Illness] = [.heartFailure, .lungDisease, .colonCancer, .kidneyFailure, .stroke, .dementia]
        let illness = grave.first { course.has($0, on: person.lastDay - 40) }
        guard let illness else { return }
        add(&draw, .inpatient, day: person.lastDay - draw.between(10, 20), illness: illness)
    }
}
