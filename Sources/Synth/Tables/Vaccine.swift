/// A vaccine with the ages at which it is due.
struct Vaccine: Sendable {
    let concept: Concept
    /// The ages in days at which the doses are due, rising.
    let ages: [Int]
    /// The day, counted from 1970-01-01, before which nobody was offered it.
    let availableFrom: Int
    /// For how many days after its age a missed dose is still given.
    let catchUpDays: Int

    init(_ code: StaticString, _ display: StaticString, ages: [Int], from year: Int, catchUpDays: Int) {
        concept = Concept(.vaccine, code, display)
        self.ages = ages
        availableFrom = (year - 1970) * 365 + (year - 1968) / 4
        self.catchUpDays = catchUpDays
    }

    /// The vaccines given by age; influenza and COVID-19 go by season.
    static let byAge: [Vaccine] = [
        Vaccine("08", "Hep B, adolescent or pediatric", ages: [2, 45, 185], from: 1992, catchUpDays: 500),
        Vaccine("119", "rotavirus, monovalent", ages: [60, 121], from: 2008, catchUpDays: 60),
        Vaccine("20", "DTaP", ages: [60, 121, 182, 470, 1520], from: 1997, catchUpDays: 400),
        Vaccine("49", "Hib (PRP-OMP)", ages: [60, 121, 380], from: 1991, catchUpDays: 300),
        Vaccine("133", "Pneumococcal conjugate PCV 13", ages: [60, 121, 182, 380], from: 2010, catchUpDays: 300),
        Vaccine("10", "IPV", ages: [60, 121, 200, 1520], from: 1988, catchUpDays: 500),
        Vaccine("03", "MMR", ages: [380, 1520], from: 1980, catchUpDays: 900),
        Vaccine("21", "varicella", ages: [380, 1520], from: 1995, catchUpDays: 900),
        Vaccine("83", "Hep A, ped/adol, 2 dose", ages: [380, 560], from: 2006, catchUpDays: 700),
        Vaccine("115", "Tdap", ages: [4020], from: 2005, catchUpDays: 1800),
        Vaccine("165", "HPV9", ages: [4020, 4390], from: 2015, catchUpDays: 3600),
        Vaccine("114", "meningococcal MCV4P", ages: [4020, 5850], from: 2006, catchUpDays: 1100),
        Vaccine(
            "113", "Td (adult) preservative free", ages: [7700, 11_350, 15_000, 18_650, 22_300, 25_950, 29_600],
            from: 1980, catchUpDays: 3000),
        Vaccine("187", "zoster recombinant", ages: [18_280, 18_400], from: 2018, catchUpDays: 16_000),
        Vaccine(
            "33", "pneumococcal polysaccharide PPV23", ages: [23_750], from: 1985, catchUpDays: 9000),
    ]

    /// The yearly influenza vaccine.
    static let influenza = Concept(.vaccine, "140", "Influenza, seasonal, injectable, preservative free")

    /// The vaccine against COVID-19.
    static let coronavirus = Concept(
        .vaccine, "208", "SARS-COV-2 (COVID-19) vaccine, mRNA, spike protein, LNP, preservative free, 30 mcg/0.3mL dose"
    )

    /// The letters that lot numbers begin with; I, O and Q are left out.
    static let lotLetters: StaticString = "ABCDEFGHJKLMNPRSTUVWXYZ"
}
