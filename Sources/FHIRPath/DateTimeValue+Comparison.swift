internal import Base

extension DateTimeValue {
    /// -1, 0 or 1 as this value is before, the same as or after `other`, compared as far as both are given; `nil` where
    /// that does not tell, because one goes on where the other ends, or a zone is missing.
    /// - Source: FHIRPath N1, http://hl7.org/fhirpath/N1/#comparison.
    package func compare(_ other: DateTimeValue) -> Int? {
        var left = localMicroseconds
        var right = other.localMicroseconds
        if precision >= .hour, other.precision >= .hour {
            if hasZone, other.hasZone {
                left -= Int64(zoneMinutes) * 60_000_000
                right -= Int64(other.zoneMinutes) * 60_000_000
            } else if hasZone != other.hasZone {
                return compareUnzoned(other)
            }
        }
        let common = min(precision, other.precision)
        let (one, two) = (Self.truncate(left, to: common), Self.truncate(right, to: common))
        if one != two { return one < two ? -1 : 1 }
        if precision == other.precision || common >= .second { return 0 }
        return nil
    }

    /// With one zone missing only a distance of more than all zones tells.
    private func compareUnzoned(_ other: DateTimeValue) -> Int? {
        let widest: Int64 = 14 * 3_600_000_000
        if upperBound.microseconds + widest <= other.lowerBound.microseconds { return -1 }
        if other.upperBound.microseconds + widest <= lowerBound.microseconds { return 1 }
        return nil
    }

    private static func truncate(_ microseconds: Int64, to precision: Precision) -> Int64 {
        switch precision {
        case .second, .fraction: return microseconds
        case .minute: return floorDivide(microseconds, 60_000_000).quotient
        case .hour: return floorDivide(microseconds, 3_600_000_000).quotient
        case .day: return floorDivide(microseconds, 86_400_000_000).quotient
        case .month, .year:
            let date = CalendarDate(daysSinceEpoch: Int(floorDivide(microseconds, 86_400_000_000).quotient))
            return Int64(precision == .year ? date.year : date.year * 12 + date.month)
        }
    }
}

extension TimeOfDay {
    /// As `DateTimeValue.compare`.
    package func compare(_ other: TimeOfDay) -> Int? {
        let common = min(precision, other.precision)
        let unit: Int64 = common == .hour ? 3_600_000_000 : common == .minute ? 60_000_000 : 1
        let (one, two) = (microseconds / unit, other.microseconds / unit)
        if one != two { return one < two ? -1 : 1 }
        return precision == other.precision || common >= .second ? 0 : nil
    }
}
