/// When each lasting illness begins in one patient's life.
package struct IllnessCourse {
    /// The first day of each illness, counted from 1970-01-01; `Int.max` where it never comes.
    package private(set) var onsets: [Int]

    /// Draws the course of `person` up to the last day of the record.
    init(_ draw: inout Draw, person: Person, constitution: Constitution) {
        onsets = Illness.allCases.map { _ in Int.max }
        for illness in Illness.allCases {
            let facts = illness.facts
            let ageDays = draw.between(facts.ages.lowerBound * 365, facts.ages.upperBound * 365 + 364)
            let fate = draw.below(1000)
            if let sex = facts.sex, sex != person.sex { continue }
            var chance = facts.perMille * constitution.frailty / 1000
            for promoter in facts.promotedBy where onsets[promoter.rawValue] != .max { chance = chance * 8 / 5 }
            if illness == .lungDisease && constitution.smoking == .never { chance /= 4 }
            guard fate < min(chance, 930) else { continue }
            var day = person.birthDay + ageDays
            if let earlier = facts.follows {
                let first = onsets[earlier.illness.rawValue]
                guard first != .max else { continue }
                day = max(day, first + earlier.days + ageDays % 900)
            }
            if day < person.lastDay { onsets[illness.rawValue] = day }
        }
    }

    /// True from the day on which the illness begins.
    func has(_ illness: Illness, on day: Int) -> Bool {
        onsets[illness.rawValue] <= day
    }

    /// Days since the illness began; nil where it has not.
    func days(of illness: Illness, on day: Int) -> Int? {
        let onset = onsets[illness.rawValue]
        return onset <= day ? day - onset : nil
    }
}
