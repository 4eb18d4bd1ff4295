internal import Base

extension DateTimeValue {
    /// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD` and these with `Thh`, `Thh:mm`, `Thh:mm:ss`, `Thh:mm:ss.f` and a zone
    /// (`Z`, `±hh:mm`), as far as hours. Digits behind the sixth of a fraction are read and dropped.
    /// - Returns: `nil` for anything else: no such day, hour 24, white space around.
    package static func parse(_ text: UnsafeRawBufferPointer) -> DateTimeValue? {
        guard let year = digits(text, 0, 4), year > 0 else { return nil }
        if text.count == 4 { return make(year, 1, 1, .year) }
        guard text.count >= 7, text[4] == UInt8(ascii: "-"), let month = digits(text, 5, 2), (1...12).contains(month)
        else { return nil }
        if text.count == 7 { return make(year, month, 1, .month) }
        guard text.count >= 10, text[7] == UInt8(ascii: "-"), let day = digits(text, 8, 2), day >= 1,
            day <= CalendarDate.daysInMonth(month, year: year)
        else { return nil }
        if text.count == 10 { return make(year, month, day, .day) }
        guard text[10] == UInt8(ascii: "T") else { return nil }
        var offset = 11
        guard let time = TimeOfDay.read(text, &offset, secondMax: 60),
            let zone = zone(UnsafeRawBufferPointer(rebasing: text[offset...]))
        else { return nil }
        let midnight = microseconds(ofDay: CalendarDate(year: year, month: month, day: day))
        return DateTimeValue(
            localMicroseconds: midnight + time.microseconds, precision: time.precision, hasZone: zone.isGiven,
            zoneMinutes: zone.minutes, fractionDigits: time.fractionDigits)
    }

    private static func make(_ year: Int, _ month: Int, _ day: Int, _ precision: Precision) -> DateTimeValue {
        DateTimeValue(
            localMicroseconds: microseconds(ofDay: CalendarDate(year: year, month: month, day: day)),
            precision: precision)
    }

    private static func zone(_ text: UnsafeRawBufferPointer) -> (isGiven: Bool, minutes: Int16)? {
        if text.isEmpty { return (false, 0) }
        if text.count == 1, text[0] == UInt8(ascii: "Z") { return (true, 0) }
        guard text.count == 6, text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-"),
            text[3] == UInt8(ascii: ":"), let hours = digits(text, 1, 2), let minutes = digits(text, 4, 2),
            minutes < 60, hours * 60 + minutes <= 14 * 60
        else { return nil }
        let east = Int16(hours * 60 + minutes)
        return (true, text[0] == UInt8(ascii: "-") ? -east : east)
    }

    /// The value as FHIR writes it, to its precision.
    package var text: String {
        let date = date
        var text = padded(date.year, 4)
        if precision >= .month { text += "-" + padded(date.month, 2) }
        if precision >= .day { text += "-" + padded(date.day, 2) }
        guard precision >= .hour else { return text }
        text += "T"
        text +=
            TimeOfDay(
                microseconds: microsecondsOfDay, precision: precision, fractionDigits: fractionDigits
            ).text
        guard hasZone else { return text }
        if zoneMinutes == 0 { return text + "Z" }
        let minutes = Int(zoneMinutes.magnitude)
        return text + (zoneMinutes < 0 ? "-" : "+") + padded(minutes / 60, 2) + ":" + padded(minutes % 60, 2)
    }
}

/// The number that `count` digits at `offset` make.
func digits(_ text: UnsafeRawBufferPointer, _ offset: Int, _ count: Int) -> Int? {
    guard text.count >= offset + count else { return nil }
    var value = 0
    for place in offset..<offset + count {
        guard isDigit(text[place]) else { return nil }
        value = value * 10 + Int(text[place] - 0x30)
    }
    return value
}

/// A number with zeros before it.
func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
