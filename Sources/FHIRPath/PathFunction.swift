/// The functions that can be evaluated. What is not here is an error when an expression is compiled.
/// - Source: FHIRPath N1, http://hl7.org/fhirpath/N1/#functions; FHIR R4, https://hl7.org/fhir/R4/fhirpath.html#functions.
enum PathFunction: String, CaseIterable {
    // Existence
    case empty, exists, all, allTrue, anyTrue, allFalse, anyFalse, subsetOf, supersetOf, count, distinct, isDistinct
    case not
    // Filtering and projection
    case `where`, select, `repeat`, repeatAll, ofType, aggregate, sort, coalesce, sum, min, max, avg
    // Subsetting and combining
    case single, first, last, tail, skip, take, intersect, exclude, union, combine
    // Conversion
    case iif, toBoolean, toInteger, toDecimal, toString, toDate, toDateTime, toTime, toQuantity
    case convertsToBoolean, convertsToInteger, convertsToDecimal, convertsToString, convertsToDate
    case convertsToDateTime, convertsToTime, convertsToQuantity
    // Text
    case indexOf, lastIndexOf, substring, startsWith, endsWith, contains, upper, lower, replace, length, toChars
    case trim, split, join, encode, decode, escape, unescape, matches, matchesFull, replaceMatches
    // Mathematics
    case abs, ceiling, exp, floor, ln, log, power, round, sqrt, truncate
    case lowBoundary, highBoundary, precision, comparable
    // Parts and spans of dates and times
    case yearOf, monthOf, dayOf, hourOf, minuteOf, secondOf, millisecondOf, timezoneOffsetOf, dateOf, timeOf
    case duration, difference
    // Tree, types, utilities
    case children, descendants, type, `is`, `as`, trace, defineVariable, now, today, timeOfDay
    // FHIR
    case `extension`, hasExtension, hasValue, getValue, resolve, memberOf, subsumes, subsumedBy, conformsTo
    case elementDefinition, slice, checkModifiers, htmlChecks

    /// Functions of drafts and of guides that are known and cannot be evaluated.
    static let unsupported: Set<String> = [
        "toLong", "convertsToLong", "weight", "ordinal", "hasTemplateIdOf", "pathname",
    ]

    /// How many arguments it takes.
    var arguments: ClosedRange<Int> {
        switch self {
        case .exists, .round, .single, .join, .lowBoundary, .highBoundary: 0...1
        case .all, .subsetOf, .supersetOf, .where, .select, .repeat, .ofType, .skip, .take, .intersect, .exclude,
            .union, .combine, .indexOf, .lastIndexOf, .startsWith, .endsWith, .contains, .split, .encode, .decode,
            .escape, .unescape, .log, .power, .is, .as, .extension, .hasExtension, .repeatAll, .comparable, .memberOf,
            .subsumes, .subsumedBy, .conformsTo:
            1...1
        case .duration, .difference, .slice: 2...2
        case .defineVariable, .matches, .matchesFull: 1...2
        case .replaceMatches: 2...3
        case .coalesce: 1...32
        case .checkModifiers: 0...32
        case .toQuantity, .convertsToQuantity: 0...1
        case .aggregate, .substring, .trace: 1...2
        case .replace: 2...2
        case .iif: 2...3
        case .sort: 0...8
        default: 0...0
        }
    }

    /// Whether the arguments are evaluated for each item, which is `$this` in them.
    var takesCriteria: Bool {
        switch self {
        case .exists, .all, .where, .select, .repeat, .repeatAll, .aggregate, .sort, .iif: true
        default: false
        }
    }

    /// The type of the result where it does not depend on the input.
    var resultType: SystemType? {
        switch self {
        case .empty, .exists, .all, .allTrue, .anyTrue, .allFalse, .anyFalse, .subsetOf, .supersetOf, .isDistinct,
            .not, .toBoolean, .convertsToBoolean, .convertsToInteger, .convertsToDecimal, .convertsToString,
            .convertsToDate, .convertsToDateTime, .convertsToTime, .convertsToQuantity, .startsWith, .endsWith,
            .contains, .is, .hasExtension, .hasValue, .matches, .matchesFull, .comparable, .memberOf, .subsumes,
            .subsumedBy, .conformsTo, .htmlChecks:
            .boolean
        case .count, .toInteger, .indexOf, .lastIndexOf, .length, .precision, .yearOf, .monthOf,
            .dayOf, .hourOf, .minuteOf, .secondOf, .millisecondOf, .duration, .difference:
            .integer
        case .toDecimal, .exp, .ln, .log, .sqrt, .timezoneOffsetOf: .decimal
        case .toString, .substring, .upper, .lower, .replace, .toChars, .trim, .split, .join, .encode, .decode,
            .escape, .unescape, .replaceMatches:
            .string
        case .toDate, .today, .dateOf: .date
        case .toDateTime, .now: .dateTime
        case .toTime, .timeOfDay, .timeOf: .time
        case .toQuantity: .quantity
        default: nil
        }
    }
}
