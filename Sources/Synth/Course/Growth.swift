/// Height and mass of a body by age.
/// - Source: medians of the CDC growth charts of 2000, rounded.
enum Growth {
    private static let girls = [
        492, 741, 855, 941, 1010, 1077, 1150, 1218, 1278, 1331, 1383, 1445, 1515, 1573, 1605, 1619, 1625, 1629, 1632,
    ]
    private static let boys = [
        499, 757, 868, 953, 1025, 1092, 1157, 1220, 1281, 1336, 1387, 1437, 1491, 1560, 1640, 1701, 1735, 1752, 1762,
    ]
    private static let massIndex = [
        145, 172, 165, 160, 157, 154, 154, 156, 159, 163, 168, 174, 180, 186, 193, 199, 205, 211, 217,
    ]
    private static let headCircumference = [350, 460, 485, 495]

    /// Height in millimetres for someone who will reach or has reached `adult`.
    static func height(ageDays: Int, sex: Sex, adult: Int) -> Int {
        let table = sex == .female ? girls : boys
        let median = interpolate(table, ageDays)
        let shrinking = max(0, ageDays / 365 - 60)
        return median * adult / (sex == .female ? 1632 : 1762) - shrinking
    }

    /// Body mass index in tenths for someone whose index at 25 years is `adult`.
    static func massIndex(ageDays: Int, adult: Int) -> Int {
        let years = ageDays / 365
        if years < 18 { return interpolate(massIndex, ageDays) * (1000 + (adult - 248) * 2) / 1000 }
        if years < 25 { return adult - (25 - years) * 4 }
        return adult + min(years - 25, 35) * 7 / 10 - max(0, years - 74)
    }

    /// Head circumference in millimetres in the first three years.
    static func headCircumference(ageDays: Int) -> Int {
        interpolate(headCircumference, ageDays)
    }

    /// Between yearly values; growth within the first year is fastest at its start.
    private static func interpolate(_ table: [Int], _ ageDays: Int) -> Int {
        let year = ageDays / 365
        guard year + 1 < table.count else { return table.last ?? 0 }
        let day = ageDays % 365
        let fraction = year == 0 ? day * (730 - day) / 365 : day
        return table[year] + (table[year + 1] - table[year]) * fraction / 365
    }
}
