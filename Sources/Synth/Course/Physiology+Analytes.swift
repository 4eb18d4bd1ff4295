extension Physiology {
    /// The result of each test of `panel` on `day`, in the order of the panel and in units of the last digit.
    ///
    /// Tests that depend on each other agree: the red cell indices with each other, LDL with the other lipids,
    /// creatinine with filtration. `inflammation` is 0 to 1000 for an infection of the day.
    package func results(_ draw: inout Draw, panel: Panel, on day: Int, inflammation: Int) -> [Int] {
        var values = panel.analytes.map { analyte in
            level(analyte, on: day, inflammation: inflammation) + draw.bell() * analyte.facts.spread.within / 1000
        }
        switch panel {
        case .metabolic:
            // creatinine (hundredths) follows filtration, the fourth value
            values[3] = max(5, values[3])
            values[2] = (person.sex == .female ? 7300 : 9200) / values[3] + draw.between(-2, 2)
        case .bloodCount:
            let (hemoglobin, volume) = (values[2], max(600, values[4]))
            values[3] = max(150, hemoglobin * 3 + draw.between(-5, 5))
            values[1] = max(150, values[3] * 1000 / volume)
            values[5] = hemoglobin * 1000 / values[1]
            values[6] = hemoglobin * 1000 / values[3]
        case .lipids:
            values[1] = max(38, values[1])
            values[2] = max(22, values[2])
            values[3] = max(30, values[0] - values[2] - values[1] / 5)
        case .coagulation:
            if course.has(.atrialFibrillation, on: day) { values[1] = max(11, draw.bell(25, spread: 6)) }
            values[0] = values[1] * 12 + draw.between(-2, 3)
        default: break
        }
        return values.map { max(1, $0) }
    }

    private func level(_ analyte: Analyte, on day: Int, inflammation: Int) -> Int {
        let facts = analyte.facts
        let own = facts.level + constitution.deviations[analyte.rawValue] * facts.spread.between / 1000
        let isFailing = course.has(.kidneyFailure, on: day)
        let isWeak = course.has(.severeKidneyDisease, on: day)
        switch analyte {
        case .glucose: return own + max(0, hemoglobinA1c(on: day) - 54) * 27 / 10
        case .hemoglobinA1c: return hemoglobinA1c(on: day)
        case .filtration: return filtration(on: day)
        case .hemoglobin: return hemoglobin(on: day)
        case .corpuscularVolume: return own - lacksIron(on: day) * 150 / 1000
        case .redCellWidth: return own + lacksIron(on: day) * 34 / 1000
        case .ferritin: return max(6, own - (own - 8) * lacksIron(on: day) / 1000)
        case .ureaNitrogen: return own + max(0, 75 - filtration(on: day)) * 6 / 10
        case .potassium: return own + (isFailing ? 11 : isWeak ? 6 : 0)
        case .carbonDioxide: return own - (isFailing ? 5 : isWeak ? 2 : 0)
        case .calcium: return own - (isFailing ? 7 : 0)
        case .albumin: return own - (isFailing || course.has(.colonCancer, on: day) ? 6 : 0)
        case .alkalinePhosphatase: return person.age(on: day) < 16 ? own * 3 : own
        case .alanineTransferase: return own + (course.has(.obesity, on: day) ? 13 : 0)
        case .leukocytes: return own + inflammation * 62 / 1000
        case .reactiveProtein:
            let joints = course.has(.rheumatoidArthritis, on: day) ? severity(of: .rheumatoidArthritis) / 4 : 0
            return own + inflammation * 820 / 1000 + joints
        default: return otherLevel(analyte, own: own, on: day)
        }
    }

    private func otherLevel(_ analyte: Analyte, own: Int, on day: Int) -> Int {
        switch analyte {
        case .cholesterol:
            guard course.has(.hyperlipidemia, on: day) else { return own }
            return own + 58 - control(of: .hyperlipidemia, on: day) * 70 / 1000
        case .triglycerides:
            return own + (course.has(.obesity, on: day) ? 42 : 0) + (course.has(.diabetes, on: day) ? 28 : 0)
        case .highDensity:
            return own + (person.sex == .female ? 8 : 0) - (course.has(.obesity, on: day) ? 6 : 0)
        case .thyrotropin:
            guard course.has(.hypothyroidism, on: day) else { return own }
            return 310 + (1000 - control(of: .hypothyroidism, on: day)) * 11 / 10
        case .thyroxine:
            return own - (1000 - control(of: .hypothyroidism, on: day)) * (course.has(.hypothyroidism, on: day) ? 4 : 0)
                / 100
        case .urineAlbumin:
            let leak = course.has(.kidneyDisease, on: day) ? 900 + severity(of: .kidneyDisease) * 2 : 0
            return own + leak + (course.days(of: .diabetes, on: day) ?? 0) / 30
        case .prostateAntigen:
            let age = max(0, person.age(on: day) - 45) * 3
            if let days = course.days(of: .prostateCancer, on: day) { return days < 200 ? 980 : 60 }
            return own + age + (course.has(.enlargedProstate, on: day) ? 210 : 0)
        case .vitaminD:
            guard let days = course.days(of: .vitaminDeficiency, on: day) else { return own }
            return days < 90 ? 142 : own - 15
        case .urate:
            guard course.has(.gout, on: day) else { return own }
            return own + 34 - control(of: .gout, on: day) * 32 / 1000
        case .natriuretic:
            guard course.has(.heartFailure, on: day) else { return own }
            return 900 + severity(of: .heartFailure) * 4 - control(of: .heartFailure, on: day) / 2
        case .troponin:
            guard let days = course.days(of: .myocardialInfarction, on: day), days < 6 else { return own }
            return 180 + severity(of: .myocardialInfarction)
        default: return own
        }
    }
}
