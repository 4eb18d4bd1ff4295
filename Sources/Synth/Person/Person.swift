internal import Base

/// Who a synthetic patient is: everything that identifies and describes, before any illness.
package struct Person {
    /// The position of the patient in the population.
    package let index: Int
    /// Where the numbers of the seed's patients start, so that those of two seeds seldom meet; below 2^31.
    let numberOffset: Int
    let id: ResourceID
    /// The sex assigned at birth.
    package let sex: Sex
    let name: PersonName
    /// The family name before marriage, for some.
    let maidenName: String?
    let motherName: String
    let heritage: Heritage
    /// True where the language of the heritage is spoken best.
    let speaksHeritageLanguage: Bool
    /// Days since 1970-01-01.
    package let birthDay: Int
    /// The day of death, for some, counted alike.
    let deathDay: Int?
    /// Minute of the day of death.
    let deathMinute: Int
    /// An index of `City.all`.
    let cityIndex: Int
    let street: String
    let apartment: Int?
    let postalCode: StaticString
    let maritalStatus: Concept
    let hasMarriedName: Bool
    let isTwin: Bool
    let emailHost: StaticString?
    /// Four last digits of home and mobile telephone.
    let phones: (home: Int?, mobile: Int?)
    let contact: PersonName
    /// The last day that the record can speak of, counted from 1970-01-01.
    package let lastDay: Int

    var city: City { City.all[cityIndex] }

    /// Draws patient `index` as of `today`, counted from 1970-01-01.
    package init(_ draw: inout Draw, index: Int, numberOffset: Int, today: Int) {
        self.index = index
        self.numberOffset = numberOffset
        id = draw.resourceID()
        sex = draw.chance(520) ? .female : .male
        heritage = Heritage.all[draw.index(weights: Heritage.all.map(\.weight))]
        let bands: [(weight: Int, ages: ClosedRange<Int>)] = [
            (9, 1...9), (7, 10...17), (22, 18...39), (34, 40...62), (21, 63...77), (7, 78...94),
        ]
        let band = bands[draw.index(weights: bands.map(\.weight))]
        let years = draw.between(band.ages.lowerBound, band.ages.upperBound)
        birthDay = today - years * 365 - years / 4 - draw.between(1, 364)
        let isDead = draw.chance(years < 50 ? 8 : years < 70 ? 40 : 190)
        let yearsAgo = draw.below(min(6, max(1, years / 8)))
        let died = max(birthDay + 200, today - 20 - yearsAgo * 365 - draw.below(365))
        deathDay = isDead ? died : nil
        deathMinute = draw.below(1440)
        lastDay = isDead ? died : today - 1
        let ageAtEnd = (lastDay - birthDay) * 4 / 1461

        let wasMarried = ageAtEnd > 22 && draw.chance(min(850, (ageAtEnd - 22) * 40))
        maritalStatus = Person.maritalStatus(&draw, age: ageAtEnd, wasMarried: wasMarried)
        let prefix: StaticString = ageAtEnd < 18 ? "" : sex == .male ? "Mr." : wasMarried ? "Mrs." : "Ms."
        name = PersonName(&draw, sex: sex, heritage: heritage, prefix: prefix)
        hasMarriedName = wasMarried && sex == .female && draw.chance(700)
        let maiden = PersonName(&draw, sex: .female, heritage: heritage, prefix: "")
        maidenName = hasMarriedName ? maiden.family : nil
        let mother = PersonName(&draw, sex: .female, heritage: heritage, prefix: "")
        motherName = "\(mother.given) \(mother.family)"
        contact = PersonName(&draw, sex: draw.chance(500) ? .female : .male, heritage: heritage, prefix: "")
        speaksHeritageLanguage = draw.chance(heritage.languagePerMille)
        isTwin = draw.chance(30)

        cityIndex = draw.index(weights: City.all.map(\.weight))
        let city = City.all[cityIndex]
        street = "\(draw.between(1, 1199)) \(draw.pick(City.streets)) \(draw.pick(City.streetKinds))"
        let door = draw.between(1, 48)
        apartment = draw.chance(340) ? door : nil
        postalCode = draw.pick(city.postalCodes)
        let host = draw.pick(["example.com", "example.org", "example.net"] as [StaticString])
        emailHost = ageAtEnd >= 16 && draw.chance(860) ? host : nil
        let (home, mobile) = (draw.between(100, 199), draw.between(100, 199))
        let hasHome = draw.chance(ageAtEnd > 55 ? 800 : 300)
        phones = (hasHome ? home : nil, ageAtEnd >= 13 ? mobile : nil)
    }

    /// The age in whole years on a day; a birthday is 365.25 days after the last.
    package func age(on day: Int) -> Int {
        max(0, (day - birthDay) * 4 / 1461)
    }

    private static func maritalStatus(_ draw: inout Draw, age: Int, wasMarried: Bool) -> Concept {
        guard wasMarried else { return Concept(.maritalStatus, "S", "Never Married") }
        let fate = draw.below(1000)
        if fate < (age > 70 ? 380 : age > 55 ? 70 : 8) { return Concept(.maritalStatus, "W", "Widowed") }
        if fate > 820 { return Concept(.maritalStatus, "D", "Divorced") }
        return Concept(.maritalStatus, "M", "Married")
    }
}
