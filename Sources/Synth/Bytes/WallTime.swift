package import Base

/// A moment as the clock on the wall shows it: seconds since 1970-01-01T00:00:00 local time.
package struct WallTime: Comparable, Sendable {
    var seconds: Int

    init(seconds: Int) {
        self.seconds = seconds
    }

    /// `minute` minutes after midnight of `day`, which is counted from 1970-01-01.
    package init(day: Int, minute: Int) {
        seconds = day * 86_400 + minute * 60
    }

    /// Days since 1970-01-01.
    package var day: Int { seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400 }

    func adding(minutes: Int) -> WallTime { WallTime(seconds: seconds + minutes * 60) }

    /// Earlier by the same clock.
    package static func < (left: WallTime, right: WallTime) -> Bool { left.seconds < right.seconds }

    /// Writes a FHIR `dateTime` with seconds and offset; with `milliseconds` an `instant` as systems stamp it.
    package func write(into out: ByteWriter, zone: Zone, milliseconds: Int? = nil) {
        let today = day
        let second = seconds - today * 86_400
        out.writeDay(today)
        out.write(0x54)
        out.writePadded(second / 3600, width: 2)
        out.write(0x3A)
        out.writePadded(second / 60 % 60, width: 2)
        out.write(0x3A)
        out.writePadded(second % 60, width: 2)
        if let milliseconds {
            out.write(0x2E)
            out.writePadded(milliseconds, width: 3)
        }
        let hours = zone.offsetHours(on: today)
        out.write(hours < 0 ? 0x2D : 0x2B)
        out.writePadded(abs(hours), width: 2)
        out.write(":00")
    }
}

extension ByteWriter {
    /// Writes a FHIR `date`, `2019-03-04`; `day` is counted from 1970-01-01.
    func writeDay(_ day: Int) {
        let date = CalendarDate(daysSinceEpoch: day)
        writePadded(date.year, width: 4)
        write(0x2D)
        writePadded(date.month, width: 2)
        write(0x2D)
        writePadded(date.day, width: 2)
    }
}
